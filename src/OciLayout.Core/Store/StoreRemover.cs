using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Graph;
using OciLayout.Index;
using OciLayout.Layout;
using OciLayout.Model;
using OciLayout.Planning;
using OciLayout.Sessions;

namespace OciLayout.Store;

/// <summary>
/// Plans and runs deletion and garbage collection. Plans are made without locks, and are updated and run under the exclusive store lock.
/// </summary>
internal sealed class StoreRemover
{
    /// <summary>The number of files that are deleted before the next attempt to write the index to a full disk.</summary>
    private const int AtOnce = 16;

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
        return Plan(target, isTag ? reference : null, options, _state.Entries(), cancellationToken);
    }

    public List<RemovedItem> Delete(DeletionPlan plan, StoreWriter writer, Action<RemovedItem>? removed, CancellationToken cancellationToken)
    {
        using var scope = plan.FallbackEdits.Count > 0 ? writer.Begin(cancellationToken) : null;
        var lists = scope is null ? [] : Publish(plan, writer, scope, cancellationToken);
        var sweeper = new Sweeper(_state, _options, removed, cancellationToken);
        var planned = new HashSet<Digest>(plan.Digests);
        var isSaved = false;
        try
        {
            return sweeper.Sweep(
                _ =>
                {
                    var current = BringUpToDate(plan, cancellationToken);
                    planned.IntersectWith(current.Digests);
                    RequirePlaces(current.Items);
                    Save(new RemoveChange([.. planned]), lists, cancellationToken);
                    isSaved = true;

                    // The saved index lists the new referrers lists by their tags. Release their claims, which would keep all referrers
                    // that the lists name.
                    scope?.Dispose();
                    _state.OpenSession?.Release(lists.OfType<TagChange>().Select(l => l.Target.Digest));
                    return [.. current.Items.Where(i => planned.Contains(i.Digest))];
                },
                (entries, claims, begun) =>
                {
                    if (!begun) return _ => false;
                    var isHeld = HeldBy(entries, plan.Forced, planned, cancellationToken);
                    var claimed = _state.Graph.Reach(claims.Select(c => c.Target), _options.ManifestSizeLimit, cancellationToken);
                    return digest => claimed.Contains(digest) || isHeld(digest);
                });
        }
        catch (Exception e) when (isSaved && e is (IOException or UnauthorizedAccessException or OciException))
        {
            var name = plan.Target.Digest.ToString();
            throw new OciException(OciErrorKind.IncompleteChange, $"{name} was deleted from the index, but some of the files that belong to it were not deleted: {e.Message.TrimEnd('.')}. Garbage collection deletes them.", name, e);
        }
    }

    public GarbagePlan PlanGarbage(GarbageOptions options, CancellationToken cancellationToken)
    {
        var now = DateTime.UtcNow;
        return Plan(Planner(options, cancellationToken), now).With(_state.Leftovers(now));
    }

    public GarbageResult Collect(GarbageOptions options, Action<RemovedItem>? removed, CancellationToken cancellationToken)
    {
        try
        {
            return CollectOnce(options, false, removed, cancellationToken);
        }
        catch (IOException e) when (SystemError.IsFull(e.HResult))
        {
            // The disk is too full to write the index. Delete first the content that the index does not list, which may free enough space.
            var forLocks = MakeRoomForLocks(options, removed, cancellationToken);
            var spared = new GarbageOptions { MinimumAge = options.MinimumAge, Force = options.Force, KeepUntagged = true };
            var first = CollectOnce(spared, true, removed, cancellationToken);
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
    }

    // Deletes garbage file by file until the disk has space for the lock files. Without lock files no process can have claimed content, and
    // none can create them while the disk is full.
    private List<RemovedItem> MakeRoomForLocks(GarbageOptions options, Action<RemovedItem>? removed, CancellationToken cancellationToken)
    {
        var gone = new List<RemovedItem>();
        if (_state.Locks.HasLockFile) return gone;
        foreach (var item in Plan(Planner(options, cancellationToken), DateTime.UtcNow).Items.Reverse())
        {
            try
            {
                _state.Locks.LockStoreExclusive(_options.LockTimeout, cancellationToken).Dispose();
                break;
            }
            catch (IOException e) when (SystemError.IsFull(e.HResult) && !_state.Locks.HasLockFile)
            {
                Remove(item);
                gone.Add(item);
                removed?.Invoke(item);
            }
        }

        return gone;
    }

    private void Remove(RemovedItem item)
    {
        _state.Directory.RequirePlace(item.Digest.KnownAlgorithm!.Value);
        _state.Directory.Remove(item.Digest, _state.OpenSession);
        _state.Graph.Forget(item.Digest);
    }

    private GarbageResult CollectOnce(GarbageOptions options, bool makeRoom, Action<RemovedItem>? removed, CancellationToken cancellationToken)
    {
        var planner = Planner(options, cancellationToken);
        var now = DateTime.UtcNow;
        var plan = Plan(planner, now);
        var sweeper = new Sweeper(_state, _options, removed, cancellationToken);
        var gone = new List<RemovedItem>();
        var entries = 0;
        if (plan.Items.Count > 0 || plan.EntryDigests.Count > 0)
        {
            // After this save, every listed entry keeps its content. Content that was added after the plan was made, and that is garbage
            // again, is left to the next collection.
            gone = sweeper.Sweep(
                isNeeded =>
                {
                    RequirePlaces(plan.Items);
                    var digests = new Rows<Digest>();
                    foreach (var digest in plan.EntryDigests)
                    {
                        if (!isNeeded(digest)) digests.Add(digest);
                    }

                    _state.Index.Read(table =>
                    {
                        foreach (var digest in digests) entries += table.CountOf(digest);
                        return true;
                    });
                    if (digests.Count > 0) SaveWithout(digests, makeRoom ? plan.Items : [], isNeeded, cancellationToken);
                    else if (_options.Flush) LayoutFiles.FlushIndex(_state.Layout, _state.Files); // deletions must survive a power loss
                    return plan.Items;
                },
                (listed, claims, begun) => (begun ? planner.KeepOn(listed, claims, now) : planner.KeepStill(listed, claims, now)).Contains);
        }

        var kept = plan.KeptCount + plan.Items.Count - gone.Count;
        var keptSize = plan.KeptSize + plan.Items.Sum(i => i.Size) - gone.Sum(i => i.Size);
        if (_state.Leftovers(now).Any()) gone.AddRange(sweeper.SweepIngest());
        return new GarbageResult
        {
            RemovedCount = gone.Count,
            RemovedSize = gone.Sum(i => i.Size),
            KeptCount = kept,
            KeptSize = keptSize,
            RemovedEntries = entries,
            ClaimedCount = plan.ClaimedCount,
        };
    }

    // If the disk is too full for a new index, deletes garbage before the save, starting at the end of the plan: blobs of untagged
    // manifests.
    private void SaveWithout(Rows<Digest> digests, IReadOnlyList<RemovedItem> garbage, Func<Digest, bool> isNeeded, CancellationToken cancellationToken)
    {
        for (var last = garbage.Count - 1; ;)
        {
            try
            {
                Save(new RemoveChange(digests), [], cancellationToken);
                return;
            }
            catch (IOException e) when (SystemError.IsFull(e.HResult) && last >= 0)
            {
                for (var end = last - AtOnce; last >= 0 && last > end; last--)
                {
                    if (!isNeeded(garbage[last].Digest)) Remove(garbage[last]);
                }
            }
        }
    }

    private GarbagePlanner Planner(GarbageOptions options, CancellationToken cancellationToken) =>
        new(_state.Graph, _state.Blobs, _options.ManifestSizeLimit, options, cancellationToken);

    // No lock is held, so another process can delete content that the index listed when it was read. In that case the index has changed
    // since, and the plan is made again from the new index.
    private GarbagePlan Plan(GarbagePlanner planner, DateTime now)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var entries = _state.Entries();
            try
            {
                return planner.Plan(entries, _state.ClaimsOfOthers(), now);
            }
            catch (OciException e) when (e.Kind == OciErrorKind.IncompleteGraph && clock.Elapsed < _options.LockTimeout && _state.Entries().Version != entries.Version)
            {
            }
        }
    }

    private DeletionPlan Plan(Descriptor target, string? tag, DeletionOptions options, IndexSnapshot index, CancellationToken cancellationToken) =>
        new DeletionPlanner(_state.Graph, _state.Blobs, index, target, _options.ManifestSizeLimit, cancellationToken)
            .Plan(tag, options.Cascade ?? _options.AutoGC, options);

    // If the index changed since the plan was made, plans again. The new plan must not delete a tag that the caller has not seen.
    private DeletionPlan BringUpToDate(DeletionPlan plan, CancellationToken cancellationToken)
    {
        var index = _state.Entries();
        if (index.Version == plan.Version) return plan;
        var current = Plan(plan.Target, plan.Tag, plan.Options, index, cancellationToken);
        if (!plan.Options.Force && !current.Tags.All(plan.Tags.Contains))
            throw new OciException(OciErrorKind.ContentReferenced, $"{plan.Target.Digest} is not deleted: it was tagged meanwhile.", plan.Target.Digest.ToString()) { Related = current.Tags };
        if (!current.FallbackEdits.SequenceEqual(plan.FallbackEdits))
            throw new OciException(OciErrorKind.StoreBusy, $"{plan.Target.Digest} is not deleted: its referrers changed meanwhile. Try again.", plan.Target.Digest.ToString());
        return current;
    }

    // Returns whether a digest is listed or has a holder that stays. Such content must not be deleted. Content that is deleted by force
    // although other manifests reference it is not held, and holds nothing.
    private Func<Digest, bool> HeldBy(IndexSnapshot entries, IReadOnlyCollection<Digest> forced, HashSet<Digest> planned, CancellationToken cancellationToken)
    {
        var off = new HashSet<Digest>(forced);
        var all = _state.Graph.Reached(entries, _options.ManifestSizeLimit, cancellationToken, isOff: off.Contains);
        var known = new Dictionary<Digest, bool>();
        Holders holders = null!;
        holders = new Holders(all, digest => planned.Contains(digest) && !IsHeld(digest));
        return IsHeld;

        // Callers query parents before their children, so the recursion stays shallow.
        bool IsHeld(Digest digest)
        {
            if (off.Contains(digest)) return false;
            if (known.TryGetValue(digest, out var isHeld)) return isHeld;
            known[digest] = false; // guards against a cycle, which requires a hash collision
            return known[digest] = entries.Lists(digest) || holders.Any(digest);
        }
    }

    private static List<IndexChange> Publish(DeletionPlan plan, StoreWriter writer, Session.ClaimScope scope, CancellationToken cancellationToken)
    {
        var changes = new List<IndexChange>();
        foreach (var edit in plan.FallbackEdits)
        {
            if (edit.Replacement is null)
            {
                changes.Add(new UntagChange(edit.Tag));
                continue;
            }

            var request = new PushRequest { MediaType = edit.Old.MediaType, AsManifest = true, IsCarried = true, Algorithm = edit.Old.Digest.KnownAlgorithm ?? DigestAlgorithm.Sha256 };
            var staged = writer.Stage(request, new MemoryStream(edit.Replacement), null, cancellationToken);
            writer.Publish([staged], scope, cancellationToken, list: false);
            changes.Add(new TagChange(staged.Descriptor, edit.Tag));
        }

        return changes;
    }

    // Refuses before the index is changed, because the files could not be deleted afterwards.
    private void RequirePlaces(IReadOnlyList<RemovedItem> items)
    {
        foreach (var algorithm in DigestAlgorithms.All)
        {
            if (items.Any(i => i.Digest.KnownAlgorithm == algorithm)) _state.Directory.RequirePlace(algorithm);
        }
    }

    private void Save(IndexChange removal, IReadOnlyList<IndexChange> others, CancellationToken cancellationToken)
    {
        using var transaction = IndexTransaction.Begin(_state.Index, _state.Layout, _state.Files, _state.Locks, _state.OpenSession, _options.LockTimeout, cancellationToken);
        foreach (var change in others) transaction.Apply(change);
        transaction.Apply(removal);
        transaction.Commit(_state.Blobs, _options.Flush, cancellationToken);
    }
}
