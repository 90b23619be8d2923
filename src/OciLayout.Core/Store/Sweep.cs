using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using OciLayout.Common;
using OciLayout.Graph;
using OciLayout.Index;
using OciLayout.Model;
using OciLayout.Sessions;

namespace OciLayout.Store;

/// <summary>
/// Carries out a plan to delete content. Saves the index without the content first, then deletes the files in small batches. Each batch
/// holds the exclusive store lock, and starts with reading the claims and the index again: content that they retain is not deleted. The
/// new index is the only file that is created, so a sweep can run on a full disk.
/// </summary>
internal abstract class Sweep
{
    private const int FirstRound = 8;
    private const int LargestRound = 1 << 20;

    private readonly Action<RemovedItem>? _removed;
    private IReadOnlyList<Claim>? _claims;
    private long _version;

    protected Sweep(StoreState state, OciStoreOptions options, Action<RemovedItem>? removed, CancellationToken cancellationToken)
    {
        State = state;
        Options = options;
        Cancellation = cancellationToken;
        _removed = removed;
    }

    protected StoreState State { get; }

    protected OciStoreOptions Options { get; }

    protected CancellationToken Cancellation { get; }

    /// <summary>Deletes the content of the plan.</summary>
    /// <returns>The deleted items.</returns>
    public List<RemovedItem> Run()
    {
        IReadOnlyList<RemovedItem>? items = null;
        var removed = new List<RemovedItem>();
        for (var next = 0; items is null || next < items.Count;)
        {
            Cancellation.ThrowIfCancellationRequested();
            var from = removed.Count;
            try
            {
                using var storeLock = State.Locks.LockStoreExclusive(Options.LockTimeout, Cancellation);
                if (items is null)
                {
                    items = Begin();
                    removed.Capacity = items.Count;
                }

                ReadAgain();
                next = RemoveBatch(items, next, removed);
                State.OpenSession?.Release(removed.Skip(from).Select(r => r.Digest));
            }
            finally
            {
                // Report the deleted files even if a later step fails. Call the observer after releasing the lock because it may be slow.
                for (var i = from; i < removed.Count; i++) Report(removed[i]);
            }
        }

        return removed;
    }

    /// <summary>
    /// Updates the plan and saves the index without the content to delete. Runs once, under the lock of the first batch.
    /// </summary>
    /// <returns>The items to delete, ordered by rank.</returns>
    protected abstract IReadOnlyList<RemovedItem> Begin();

    /// <summary>
    /// Finds the content that must not be deleted. Runs after <see cref="Begin"/>, and before a later batch if the index or the claims
    /// have changed. All content that the index lists is retained.
    /// </summary>
    protected abstract void FindRetained(IndexSnapshot index, IReadOnlyList<Claim> claims);

    /// <summary>Returns whether content must not be deleted.</summary>
    protected abstract bool IsRetained(Digest digest);

    /// <summary>
    /// Refuses items whose directory is unsafe. Called before the index is changed, because the files could not be deleted afterwards.
    /// </summary>
    protected void RequirePlaces(IReadOnlyList<RemovedItem> items)
    {
        foreach (var algorithm in DigestAlgorithms.All)
        {
            if (items.Any(i => i.Digest.KnownAlgorithm == algorithm)) State.Directory.RequirePlace(algorithm);
        }
    }

    /// <summary>Saves the index with the changes.</summary>
    protected void Save(IEnumerable<IndexChange> changes)
    {
        using var transaction = IndexTransaction.Begin(State.Index, State.Layout, State.Files, State.Locks, State.OpenSession, Options.LockTimeout, Cancellation);
        foreach (var change in changes) transaction.Apply(change);
        transaction.Commit(State.Blobs, Options.Flush, Cancellation);
    }

    /// <summary>Deletes one file outside the batches.</summary>
    protected void Remove(RemovedItem item)
    {
        State.Directory.RequirePlace(item.Digest.KnownAlgorithm!.Value);
        State.Directory.Remove(item.Digest, State.OpenSession);
        State.Graph.Forget(item.Digest);
    }

    /// <summary>Reports a deleted item to the observer of the caller.</summary>
    protected void Report(RemovedItem item) => _removed?.Invoke(item);

    // Reads the claims before the index. A process saves the index before it releases its claims, so content is always in one of them.
    private void ReadAgain()
    {
        var claims = State.ClaimsToRespect();
        var index = State.Entries();
        if (_claims is not null && _version == index.Version && Claim.AreSame(claims, _claims)) return;
        (_claims, _version) = (claims, index.Version);
        FindRetained(index, claims);
    }

    private int RemoveBatch(IReadOnlyList<RemovedItem> items, int next, List<RemovedItem> removed)
    {
        var clock = Stopwatch.StartNew();
        var halfTime = TimeSpan.FromTicks(Options.SweepTime.Ticks / 2);
        DigestAlgorithm? place = null; // the algorithm whose directory was checked last
        var round = new List<RemovedItem>();
        var end = Math.Min(items.Count, next + Options.SweepBatch);

        // Double the number of files each round. A round then takes about as long as all earlier rounds together.
        // A round ends with the rank, so a deep graph has many rounds.
        for (var size = FirstRound; next < end && clock.Elapsed < halfTime; size = Math.Min(2 * size, LargestRound))
        {
            round.Clear();
            for (var rank = items[next].Rank; next < end && items[next].Rank == rank && round.Count < size; next++)
            {
                if (IsRetained(items[next].Digest)) continue;
                var algorithm = items[next].Digest.KnownAlgorithm!.Value;
                if (place != algorithm) State.Directory.RequirePlace(algorithm);
                place = algorithm;
                round.Add(items[next]);
            }

            RemoveParallel(round, removed);
        }

        return next;
    }

    // Parallel, because the kernel does much of the work of a deletion without holding the lock of the directory.
    private void RemoveParallel(List<RemovedItem> items, List<RemovedItem> removed)
    {
        var digests = new Digest[items.Count];
        for (var i = 0; i < digests.Length; i++) digests[i] = items[i].Digest;
        var isRemoved = new bool[items.Count];
        try
        {
            ParallelLoop.ForRanges(
                items.Count,
                (start, end) => State.Directory.RemoveAll(digests, start, end, State.OpenSession, i => isRemoved[i] = true),
                Cancellation);
        }
        finally
        {
            for (var i = 0; i < isRemoved.Length; i++)
            {
                if (!isRemoved[i]) continue;
                State.Graph.Forget(items[i].Digest);
                removed.Add(items[i]);
            }
        }
    }
}
