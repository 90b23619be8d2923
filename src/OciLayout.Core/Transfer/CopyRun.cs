using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Storage;

namespace OciLayout.Transfer;

/// <summary>
/// Carries out one plan: what it names in that order, then the tags. Whatever ends it early, nothing that was copied is named before all
/// below it is there; what was published is claimed, and the next run finds it.
/// </summary>
internal sealed class CopyRun
{
    private const int GroupCount = 256;
    private const long GroupBytes = 256 << 20;

    private readonly OciStore _source;
    private readonly OciStore _destination;
    private readonly StoreWriter _writer;
    private readonly Session.ClaimScope _scope;
    private readonly FileSharing _sharing;
    private readonly int _workers;
    private readonly Action<long> _copied;
    private readonly CancellationToken _cancellation;
    private readonly List<IndexChange> _changes = [];
    private int _count;
    private long _size;

    /// <param name="source">The store to read.</param>
    /// <param name="destination">The store to write.</param>
    /// <param name="scope">The operation that claims what is copied.</param>
    /// <param name="options">How content is copied.</param>
    /// <param name="copied">Told of bytes as they come over.</param>
    /// <param name="cancellation">Stops it.</param>
    public CopyRun(OciStore source, OciStore destination, Session.ClaimScope scope, CopyOptions options, Action<long> copied, CancellationToken cancellation)
    {
        _source = source;
        _destination = destination;
        _writer = new StoreWriter(destination.State, destination.Options);
        _scope = scope;
        _sharing = options.HardLink ? FileSharing.HardLink : FileSharing.Clone;
        _workers = options.Workers;
        _copied = copied;
        _cancellation = cancellation;
    }

    /// <returns>What was done; null when the destination's index no longer reaches what the plan took for reached.</returns>
    public CopyResult? Run(CopyPlan plan)
    {
        if (!ClaimReached(plan.Reached)) return null;
        try
        {
            Copy(plan.Items);
            foreach (var list in plan.Lists) TagList(list);
            foreach (var root in plan.Roots)
            {
                foreach (var tag in root.Tags) Tag(root.Descriptor, tag);
                if (root.Tags.Count == 0 && root.Descriptor.HasExtras) AddEntry(root.Descriptor);
            }
        }
        catch
        {
            _destination.State.Index.TakeBack(_changes);
            throw;
        }

        _destination.AutoSave(_changes, _cancellation);
        return new CopyResult { CopiedCount = _count, CopiedSize = _size, Roots = [.. plan.Roots.Select(r => r.Descriptor)] };
    }

    // First the claims, then a look whether the index still has the entries: a collection that comes later respects the claims, and one
    // that came before has taken the entries away.
    private bool ClaimReached(IReadOnlyList<ReachedNode> reached)
    {
        if (reached.Count == 0) return true;
        var state = _destination.State;
        using (state.Locks.EnterShared(_destination.Options.LockTimeout, _cancellation))
        {
            _scope.Claim([.. reached.Select(r => new Claim(r.Descriptor.Digest, r.Descriptor.MediaType))]);
            return state.Index.Read(table => reached.All(r => table.Lists(r.Entry)));
        }
    }

    private void Copy(IEnumerable<CopyItem> items)
    {
        var group = new List<CopyItem>();
        var bytes = 0L;
        foreach (var item in items)
        {
            group.Add(item);
            bytes += item.Descriptor.Size;
            if (group.Count < GroupCount && bytes < GroupBytes) continue;
            CopyGroup(group);
            group.Clear();
            bytes = 0;
        }

        CopyGroup(group);
    }

    // In any order into ingest/, but published in that of the plan.
    private void CopyGroup(List<CopyItem> group)
    {
        var staged = new StagedBlob?[group.Count];
        try
        {
            Workers.For(group.Count, _workers, (i, stop) => staged[i] = Stage(group[i], group.Count > 1, stop), _cancellation);
        }
        catch
        {
            _writer.Discard(staged.OfType<StagedBlob>());
            throw;
        }

        Publish([.. staged.OfType<StagedBlob>()]);
    }

    private void Publish(IReadOnlyList<StagedBlob> staged)
    {
        _changes.AddRange(_writer.Publish(staged, _scope, s => s.UserState is CopyItem { IsHead: true }, _cancellation));
        foreach (var blob in staged.Where(s => !s.AlreadyExisted))
        {
            _count++;
            _size += blob.Descriptor.Size;
        }
    }

    private StagedBlob Stage(CopyItem item, bool isOneOfMany, CancellationToken stop)
    {
        var request = PushRequest.For(item.Descriptor, isOneOfMany, isCarried: true);
        if (_writer.Reuse(request, item, _scope, stop) is { } reused) return reused;
        if (Share(item, request, stop) is { } shared) return shared;
        using var content = new MeteredStream(_source.State.Blobs.OpenUnverified(item.Descriptor.Digest, item.Descriptor.Size), read => _copied(read)); // staging verifies
        return _writer.Stage(request, content, item, stop);
    }

    // Where the file system can, content comes over without being copied. A clone is read and verified all the same; a link is the very file
    // of the source, which nobody asked to check.
    private StagedBlob? Share(CopyItem item, PushRequest request, CancellationToken stop)
    {
        if (IsManifest(item) || item.Descriptor.Size == 0) return null;
        return _source.FileOf(item.Descriptor.Digest) is { } file ? _writer.StageShared(request, file, _sharing, _copied, stop) : null;
    }

    private void Tag(Descriptor target, string tag)
    {
        if (_writer.Tag(target, tag, _scope, _cancellation) is { } change) _changes.Add(change);
    }

    // Content that is listed already may need one more entry, for its annotations.
    private void AddEntry(Descriptor target)
    {
        var change = new EntryChange(target);
        _destination.State.Index.Apply(change);
        _changes.Add(change);
    }

    // Read again now, since others may have attached something meanwhile.
    private void TagList(ReferrerList list)
    {
        if (new FallbackLists(_destination).Merge(list, _cancellation, out var bytes) is not { } request) return;
        using var content = new MemoryStream(bytes);
        var staged = _writer.Stage(request, content, null, _cancellation);
        Publish([staged]);
        _copied(bytes.Length);
        Tag(staged.Descriptor, list.Tag);
    }

    private static bool IsManifest(CopyItem item) => MediaTypes.IsManifest(item.Descriptor.MediaType);
}
