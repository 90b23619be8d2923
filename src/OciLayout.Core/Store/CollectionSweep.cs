using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Files;
using OciLayout.Graph;
using OciLayout.Index;
using OciLayout.Layout;
using OciLayout.Planning;
using OciLayout.Sessions;

namespace OciLayout.Store;

/// <summary>
/// Carries out the plan of a garbage collection. After the index is saved, every listed entry retains its content. Content that was added
/// after the plan was made, and that is garbage again, is left to the next collection.
/// </summary>
internal sealed class CollectionSweep : Sweep
{
    /// <summary>The number of files that are deleted before the next attempt to write the index to a full disk.</summary>
    private const int FilesPerAttempt = 16;

    private readonly GarbagePlanner _planner;
    private readonly GarbagePlan _plan;
    private ReachableSet? _retained;

    public CollectionSweep(StoreState state, OciStoreOptions options, GarbagePlanner planner, GarbagePlan plan, Action<RemovedItem>? removed, CancellationToken cancellationToken)
        : base(state, options, removed, cancellationToken)
    {
        _planner = planner;
        _plan = plan;
    }

    /// <summary>Gets whether to delete garbage before the index is saved, if the disk is too full for the new index.</summary>
    public bool IsDiskFull { get; init; }

    /// <summary>Gets the number of entries that were removed from the index.</summary>
    public int RemovedEntries { get; private set; }

    protected override IReadOnlyList<RemovedItem> Begin()
    {
        var claims = State.ClaimsToRespect();
        _retained = _planner.FindRetained(State.Entries(), claims);
        RequirePlaces(_plan.Items);
        var digests = new List<Digest>();
        foreach (var digest in _plan.EntryDigests)
        {
            if (!IsRetained(digest)) digests.Add(digest);
        }

        State.Index.Read(table =>
        {
            foreach (var digest in digests) RemovedEntries += table.CountOf(digest);
            return true;
        });
        if (digests.Count > 0) SaveWithout(digests);
        else if (Options.Flush) LayoutFiles.FlushIndex(State.Layout, State.Files); // deletions must survive a power loss
        return _plan.Items;
    }

    protected override void FindRetained(IndexSnapshot index, IReadOnlyList<Claim> claims) => _retained = _planner.ExtendRetained(index, claims);

    protected override bool IsRetained(Digest digest) => _retained!.Contains(digest);

    // If the disk is too full for a new index, deletes garbage before the save, starting at the end of the plan: blobs of untagged
    // manifests.
    private void SaveWithout(List<Digest> digests)
    {
        for (var last = IsDiskFull ? _plan.Items.Count - 1 : -1; ;)
        {
            try
            {
                Save([new RemoveChange(digests)]);
                return;
            }
            catch (IOException e) when (SystemError.IsFull(e.HResult) && last >= 0)
            {
                for (var end = last - FilesPerAttempt; last >= 0 && last > end; last--)
                {
                    if (!IsRetained(_plan.Items[last].Digest)) Remove(_plan.Items[last]);
                }
            }
        }
    }

    /// <summary>
    /// Deletes garbage file by file until the disk has space for the lock files. Without lock files no process can have claimed content,
    /// and none can create them while the disk is full.
    /// </summary>
    /// <returns>The deleted items.</returns>
    public List<RemovedItem> MakeRoomForLocks()
    {
        var removed = new List<RemovedItem>();
        foreach (var item in _plan.Items.Reverse())
        {
            try
            {
                State.Locks.LockStoreExclusive(Options.LockTimeout, Cancellation).Dispose();
                break;
            }
            catch (IOException e) when (SystemError.IsFull(e.HResult) && !State.Locks.HasLockFile)
            {
                Remove(item);
                removed.Add(item);
                Report(item);
            }
        }

        return removed;
    }
}
