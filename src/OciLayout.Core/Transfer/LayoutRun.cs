using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Blobs;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Index;
using OciLayout.Referrers;
using OciLayout.Sessions;
using OciLayout.Store;

namespace OciLayout.Transfer;

/// <summary>
/// Carries out one plan whose destination is a store: copies the items in their order, then sets the tags. When it ends early, the index lists no content that is
/// incomplete. Published content is claimed, and the next run finds it.
/// </summary>
internal sealed class LayoutRun
{
    /// <summary>The size from which an interrupted download of a blob is continued by the next run, in bytes: 1 MiB.</summary>
    private const long SmallestPartial = 1 << 20;

    private readonly IContentSource _source;
    private readonly StoreReader _destination;
    private readonly StoreWriter _writer;
    private readonly ClaimScope _scope;
    private readonly FileSharing _sharing;
    private readonly int _workers;
    private readonly CopyProgress _progress;
    private readonly CancellationToken _cancellation;
    private readonly List<IndexChange> _changes = [];
    private int _count;
    private long _size;

    /// <param name="source">The content to read.</param>
    /// <param name="destination">The store to write, to read its fallback indexes.</param>
    /// <param name="writer">The writer of the same store.</param>
    /// <param name="scope">The operation that claims the copied content.</param>
    /// <param name="options">The settings of the copy.</param>
    /// <param name="progress">Counts what is copied.</param>
    /// <param name="cancellationToken">Stops the operation.</param>
    public LayoutRun(
        IContentSource source, StoreReader destination, StoreWriter writer, ClaimScope scope, CopyOptions options, CopyProgress progress, CancellationToken cancellationToken)
    {
        _source = source;
        _destination = destination;
        _writer = writer;
        _scope = scope;
        _sharing = options.HardLink ? FileSharing.HardLink : FileSharing.Clone;
        _workers = source.Requests > 0 ? source.Requests : options.Workers;
        _progress = progress;
        _cancellation = cancellationToken;
    }

    /// <summary>The changes of the index that the caller has to save when the run has a result.</summary>
    public IReadOnlyList<IndexChange> Changes => _changes;

    /// <summary>Carries out the plan.</summary>
    /// <returns>The result; null when the index of the destination no longer reaches content that the plan relies on.</returns>
    public CopyResult? Run(CopyPlan plan)
    {
        if (!_writer.TryClaim([.. plan.Reachable.Select(r => new Claim(r.Descriptor.Digest, r.Descriptor.MediaType))], [.. plan.Reachable.Select(r => r.Entry)], _scope, _cancellation)) return null;
        try
        {
            Copy(plan.Items);
            foreach (var index in plan.FallbackIndexes) StoreFallbackIndex(index);
            foreach (var root in plan.Roots)
            {
                foreach (var tag in root.Tags) Tag(root.Descriptor, tag);
                if (root.Tags.Count == 0 && root.Descriptor.HasExtras) _changes.Add(_writer.AddEntry(root.Descriptor));
            }
        }
        catch
        {
            _writer.TakeBack(_changes);
            throw;
        }

        return new CopyResult { CopiedCount = _count, CopiedSize = _size, Roots = [.. plan.Roots.Where(r => !r.IsAttached).Select(r => r.Descriptor)] };
    }

    // Stages the items in any order and publishes them in the order of the plan.
    private void Copy(IReadOnlyList<CopyItem> items)
    {
        var window = new StagingWindow(items.Count, _source.Requests > 0, PublishAndRelease);
        // Stored content is verified already, so a thread for it would take longer to start than its work takes.
        var workers = Math.Min(_workers, items.Count(i => !i.IsStored));
        try
        {
            ParallelLoop.ForWaiting(items.Count, workers, (i, stop) => Stage(window, items, i, stop), _cancellation);
            window.Complete();
        }
        catch (Exception e)
        {
            Keep(window.TakeUnpublished(), e is OperationCanceledException);
            throw;
        }
    }

    private void Stage(StagingWindow window, IReadOnlyList<CopyItem> items, int i, CancellationToken stop)
    {
        window.Enter(i, stop);
        var staged = Stage(items[i], items.Count > 1, stop);
        if (!items[i].IsStored) _progress.AddObject();
        window.Add(i, staged);
    }

    private void PublishAndRelease(IReadOnlyList<StagedBlob> staged)
    {
        var published = false;
        try
        {
            Publish(staged);
            published = true;
        }
        finally
        {
            StoreWriter.Release(staged, published);
        }
    }

    // Publishes verified blobs when the run ends early, so that the next run finds them. A manifest is not published without the content
    // below it. A cancelled run ends soon: large downloads remain in ingest/partial, and a local copy is repeated quickly.
    private void Keep(IReadOnlyList<StagedBlob> staged, bool isCancelled)
    {
        var kept = staged.Where(s => s.Node is null && !(isCancelled && (s.Partial is not null || _source.Requests == 0))).ToList();
        try
        {
            _writer.Discard(staged.Except(kept));
            _writer.Publish(kept, _scope, CancellationToken.None, list: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OciException)
        {
            // The error that ended the run is reported. The next run copies the blobs again.
            kept.Clear();
        }

        StoreWriter.Release(kept, arePublished: true);
        StoreWriter.Release(staged.Except(kept), arePublished: false);
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
        if (_source.Requests > 0 && item.Descriptor.Size >= SmallestPartial && !IsManifest(item)
            && _writer.StageDownload(request, offset => Open(item.Descriptor, offset, stop), _progress.Add, item, stop) is { } download) return download;
        using var content = new MeteredStream(Open(item.Descriptor, 0, stop), read => _progress.Add(read)); // staging verifies
        return _writer.Stage(request, content, item, stop);
    }

    // Workers have threads of their own, which wait for the network here.
    private Stream Open(Descriptor descriptor, long offset, CancellationToken stop) => _source.OpenAsync(descriptor, offset, stop).AsTask().GetAwaiter().GetResult();

    // Clones or links the file where the file system supports it. A clone is still read and verified. A hard link is the file of the source
    // itself and is not verified.
    private StagedBlob? Share(CopyItem item, PushRequest request, CancellationToken stop)
    {
        if (IsManifest(item) || item.Descriptor.Size == 0) return null;
        return (_source as StoreReader)?.FileOf(item.Descriptor.Digest) is { } file ? _writer.StageShared(request, file, _sharing, _progress.Add, stop) : null;
    }

    private void Tag(Descriptor target, string tag)
    {
        if (_writer.Tag(target, tag, null, _scope, _cancellation) is { } change) _changes.Add(change);
    }

    // Reads the index of the destination again, because another process may have attached a referrer since the plan was made.
    private void StoreFallbackIndex(FallbackDocument index)
    {
        if (_destination.GetFallbackIndexes().Merge(index, _cancellation, out var bytes) is not { } request) return;
        using var content = new MemoryStream(bytes);
        var staged = _writer.Stage(request, content, null, _cancellation);
        Publish([staged]);
        _progress.Add(bytes.Length);
        Tag(staged.Descriptor, index.Tag);
    }

    private static bool IsManifest(CopyItem item) => MediaTypes.IsManifest(item.Descriptor.MediaType);
}
