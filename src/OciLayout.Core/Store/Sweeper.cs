using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Graph;
using OciLayout.Sessions;

namespace OciLayout.Store;

/// <summary>
/// Runs a plan: saves the index first, then deletes the files in small batches under the exclusive store lock. For each batch the claims
/// and the index are read again, and files that they need are kept. The new index is the only file that is created, so a full disk is no
/// obstacle.
/// </summary>
internal sealed class Sweeper
{
    private const int First = 8;

    private readonly StoreState _state;
    private readonly TimeSpan _timeout;
    private readonly int _batch;
    private readonly TimeSpan _halfTime;
    private readonly Action<RemovedItem>? _removed;
    private readonly CancellationToken _cancellation;

    public Sweeper(StoreState state, OciStoreOptions options, Action<RemovedItem>? removed, CancellationToken cancellationToken)
    {
        _state = state;
        _timeout = options.LockTimeout;
        _batch = options.SweepBatch;
        _halfTime = TimeSpan.FromTicks(options.SweepTime.Ticks / 2);
        _removed = removed;
        _cancellation = cancellationToken;
    }

    /// <summary>Returns the test for content that must stay, given the current index and claims.</summary>
    /// <param name="entries">The index.</param>
    /// <param name="claims">The claims that must be respected.</param>
    /// <param name="begun">Whether the index was already saved. From then on all content that it lists stays.</param>
    public delegate Func<Digest, bool> Needs(IndexSnapshot entries, IReadOnlyList<Claim> claims, bool begun);

    /// <summary>Deletes the content of a plan.</summary>
    /// <param name="begin">The first step under the lock: updates the plan, saves the index, and returns the items to delete.</param>
    /// <param name="needs">The source of the test for items that must stay after all.</param>
    public List<RemovedItem> Sweep(Func<Func<Digest, bool>, IReadOnlyList<RemovedItem>> begin, Needs needs)
    {
        IReadOnlyList<RemovedItem>? items = null;
        var removed = new List<RemovedItem>();
        var look = new Look(this, needs);
        for (var next = 0; items is null || next < items.Count;)
        {
            _cancellation.ThrowIfCancellationRequested();
            var from = removed.Count;
            try
            {
                using var gate = _state.Locks.LockStoreExclusive(_timeout, _cancellation);
                if (items is null)
                {
                    items = begin(look.Again(begun: false));
                    removed.Capacity = items.Count;
                }

                next = RemoveBatch(items, next, look.Again(begun: true), removed);
                _state.OpenSession?.Release(removed.Skip(from).Select(r => r.Digest));
            }
            finally
            {
                // Report the deleted files even if a later step fails. Call the observer after releasing the lock because it may be slow.
                for (var i = from; i < removed.Count; i++) _removed?.Invoke(removed[i]);
            }
        }

        return removed;
    }

    /// <summary>Deletes the files of processes that have ended.</summary>
    public List<RemovedItem> SweepIngest()
    {
        var removed = new List<RemovedItem>();
        using (_state.Locks.LockStoreExclusive(_timeout, _cancellation))
        {
            foreach (var item in _state.Leftovers(DateTime.UtcNow))
            {
                _cancellation.ThrowIfCancellationRequested();
                try
                {
                    _state.Files.Delete(item.Path!);
                    removed.Add(item);
                }
                catch (IOException e) when (_state.Files.PinsOpenFiles && WindowsFiles.IsInUse(e))
                {
                    // A reader still has it open. The next collection deletes it.
                }
            }
        }

        foreach (var item in removed) _removed?.Invoke(item);
        return removed;
    }

    private int RemoveBatch(IReadOnlyList<RemovedItem> items, int next, Func<Digest, bool> isNeeded, List<RemovedItem> removed)
    {
        var clock = Stopwatch.StartNew();
        DigestAlgorithm? place = null; // the algorithm whose directory was checked last
        var going = new List<RemovedItem>();
        var end = Math.Min(items.Count, next + _batch);
        for (var room = First; next < end && clock.Elapsed < _halfTime; room *= 2)
        {
            // Double the number of files each round. A round then takes about as long as all earlier rounds together.
            going.Clear();
            for (var rank = items[next].Rank; next < end && items[next].Rank == rank && going.Count < room; next++)
            {
                if (isNeeded(items[next].Digest)) continue;
                var algorithm = items[next].Digest.KnownAlgorithm!.Value;
                if (place != algorithm) _state.Directory.RequirePlace(algorithm);
                place = algorithm;
                going.Add(items[next]);
            }

            RemoveAtOnce(going, removed);
        }

        return next;
    }

    // Parallel, because the kernel does much of the work of a deletion without holding the lock of the directory.
    private void RemoveAtOnce(List<RemovedItem> going, List<RemovedItem> removed)
    {
        var isGone = new bool[going.Count];
        try
        {
            ParallelLoop.For(
                going.Count,
                i =>
                {
                    _state.Directory.Remove(going[i].Digest, _state.OpenSession);
                    isGone[i] = true;
                },
                _cancellation);
        }
        finally
        {
            for (var i = 0; i < isGone.Length; i++)
            {
                if (!isGone[i]) continue;
                _state.Graph.Forget(going[i].Digest);
                removed.Add(going[i]);
            }
        }
    }

    /// <summary>Reads the claims and the index again, and computes the test for content that must stay only if they changed.</summary>
    private sealed class Look(Sweeper sweeper, Needs needs)
    {
        private IReadOnlyList<Claim>? _claims;
        private long _version;
        private bool _begun;
        private Func<Digest, bool> _isNeeded = _ => false;

        public Func<Digest, bool> Again(bool begun)
        {
            var claims = sweeper._state.ClaimsOfOthers();
            var entries = sweeper._state.Entries();
            if (_claims is not null && _version == entries.Version && _begun == begun && Claim.AreSame(claims, _claims)) return _isNeeded;
            (_claims, _version, _begun) = (claims, entries.Version, begun);
            return _isNeeded = needs(entries, claims, begun);
        }
    }
}
