using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Files;
using OciLayout.Model;
using OciLayout.Planning;

namespace OciLayout.Store;

/// <summary>
/// Plans and runs deletion and garbage collection. Plans are made without locks. A <see cref="Sweep"/> carries them out.
/// </summary>
internal sealed class StoreRemover
{
    private readonly StoreState _state;
    private readonly OciStoreOptions _options;
    private readonly Resolver _resolver;

    public StoreRemover(StoreState state, OciStoreOptions options, Resolver resolver)
    {
        _state = state;
        _options = options;
        _resolver = resolver;
    }

    public DeletionPlan PlanDeletion(string reference, DeletionOptions options, CancellationToken cancellationToken)
    {
        var target = _resolver.Resolve(reference, allowBarePrefix: false, cancellationToken);
        var isTag = _state.Index.Read(table => table.FindTag(reference)) is not null && !(Digest.TryParse(reference, out var digest) && digest.IsVerifiable);
        options = new DeletionOptions { Cascade = options.Cascade ?? _options.AutoGC, Force = options.Force };
        return new DeletionPlanner(_state.Graph, _state.Blobs, _state.Entries(), target, _options.ManifestSizeLimit, cancellationToken).Plan(isTag ? reference : null, options);
    }

    public List<RemovedItem> Delete(DeletionPlan plan, StoreWriter writer, Action<RemovedItem>? removed, CancellationToken cancellationToken)
    {
        var sweep = new DeletionSweep(_state, _options, plan, writer, removed, cancellationToken);
        using var scope = plan.FallbackEdits.Count > 0 ? writer.Begin(cancellationToken) : null;
        if (scope is not null) sweep.PublishLists(scope);
        try
        {
            return sweep.Run();
        }
        catch (Exception e) when (sweep.IsIndexSaved && e is (IOException or UnauthorizedAccessException or OciException))
        {
            var name = plan.Target.Digest.ToString();
            throw DeletionErrors.FilesLeft(plan.Target.Digest, e);
        }
    }

    public GarbagePlan PlanGarbage(GarbageOptions options, CancellationToken cancellationToken)
    {
        var now = DateTime.UtcNow;
        return Plan(Planner(options, now, cancellationToken)).With(_state.Leftovers(now));
    }

    public GarbageResult Collect(GarbageOptions options, Action<RemovedItem>? removed, CancellationToken cancellationToken)
    {
        try
        {
            return CollectOnce(options, false, removed, cancellationToken);
        }
        catch (IOException e) when (SystemError.IsFull(e.HResult))
        {
            return CollectOnFullDisk(options, removed, cancellationToken);
        }
    }

    // The disk is too full to write the index. Deletes first the content that the index does not list, which may free enough space.
    private GarbageResult CollectOnFullDisk(GarbageOptions options, Action<RemovedItem>? removed, CancellationToken cancellationToken)
    {
        List<RemovedItem> forLocks = [];
        if (!_state.Locks.HasLockFile)
        {
            var planner = Planner(options, DateTime.UtcNow, cancellationToken);
            forLocks = new CollectionSweep(_state, _options, planner, Plan(planner), removed, cancellationToken).MakeRoomForLocks();
        }

        var unlisted = new GarbageOptions { MinimumAge = options.MinimumAge, Force = options.Force, KeepUntagged = true };
        var first = CollectOnce(unlisted, true, removed, cancellationToken);
        var second = CollectOnce(options, true, removed, cancellationToken);
        return new GarbageResult
        {
            RemovedCount = forLocks.Count + first.RemovedCount + second.RemovedCount,
            RemovedSize = forLocks.Sum(i => i.Size) + first.RemovedSize + second.RemovedSize,
            KeptCount = second.KeptCount,
            KeptSize = second.KeptSize,
            RemovedEntries = second.RemovedEntries,
            ClaimedCount = second.ClaimedCount,
        };
    }

    private GarbageResult CollectOnce(GarbageOptions options, bool isDiskFull, Action<RemovedItem>? removed, CancellationToken cancellationToken)
    {
        var now = DateTime.UtcNow;
        var planner = Planner(options, now, cancellationToken);
        var plan = Plan(planner);
        var sweep = new CollectionSweep(_state, _options, planner, plan, removed, cancellationToken) { IsDiskFull = isDiskFull };
        var items = plan.Items.Count > 0 || plan.EntryDigests.Count > 0 ? sweep.Run() : [];
        var kept = plan.KeptCount + plan.Items.Count - items.Count;
        var keptSize = plan.KeptSize + plan.Items.Sum(i => i.Size) - items.Sum(i => i.Size);
        if (_state.Leftovers(now).Any()) items.AddRange(RemoveLeftovers(removed, cancellationToken));
        return new GarbageResult
        {
            RemovedCount = items.Count,
            RemovedSize = items.Sum(i => i.Size),
            KeptCount = kept,
            KeptSize = keptSize,
            RemovedEntries = sweep.RemovedEntries,
            ClaimedCount = plan.ClaimedCount,
        };
    }

    // Deletes the files of processes that have ended.
    private List<RemovedItem> RemoveLeftovers(Action<RemovedItem>? removed, CancellationToken cancellationToken)
    {
        var items = new List<RemovedItem>();
        using (_state.Locks.LockStoreExclusive(_options.LockTimeout, cancellationToken))
        {
            foreach (var item in _state.Leftovers(DateTime.UtcNow))
            {
                cancellationToken.ThrowIfCancellationRequested();
                try
                {
                    _state.Files.Delete(item.Path!);
                    items.Add(item);
                }
                catch (IOException e) when (_state.Files.PinsOpenFiles && WindowsFiles.IsInUse(e))
                {
                    // A reader still has it open. The next collection deletes it.
                }
            }
        }

        foreach (var item in items) removed?.Invoke(item);
        return items;
    }

    private GarbagePlanner Planner(GarbageOptions options, DateTime now, CancellationToken cancellationToken) =>
        new(_state.Graph, _state.Blobs, _options.ManifestSizeLimit, options, now, cancellationToken);

    // No lock is held, so another process can delete content that the index listed when it was read. In that case the index has changed
    // since, and the plan is made again from the new index.
    private GarbagePlan Plan(GarbagePlanner planner)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var entries = _state.Entries();
            try
            {
                return planner.Plan(entries, _state.ClaimsToRespect());
            }
            catch (OciException e) when (e.Kind == OciErrorKind.IncompleteGraph && clock.Elapsed < _options.LockTimeout && _state.Entries().Version != entries.Version)
            {
            }
        }
    }
}
