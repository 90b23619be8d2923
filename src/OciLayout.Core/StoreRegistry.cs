using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using OciLayout.Storage;

namespace OciLayout;

/// <summary>One state for one real path, however often and by whatever path it is opened.</summary>
internal static class StoreRegistry
{
    /// <summary>Idle states beyond this many give up their session, and live on only as long as somebody uses them.</summary>
    private const int Kept = 16;

    private static readonly object Sync = new();
    private static readonly Dictionary<string, WeakReference<StoreState>> States = new(StringComparer.Ordinal);
    private static readonly LinkedList<StoreState> Recent = [];

    /// <summary>Opens a store, or finds the state that this process has of it. No lock is held while files are read, so that stores do not wait for each other.</summary>
    public static StoreState Open(string path, IFileSystem files, CancellationToken cancellation)
    {
        var key = Native.RealPath(path) ?? path; // a link by which it was opened may be turned elsewhere
        var isArchive = StoreState.IsFile(files, key);
        if (Find(key, isArchive) is { } known)
        {
            known.Check(cancellation);
            Keep(known);
            return known;
        }

        var opened = new StoreState(key, files, cancellation) { SessionOpened = Keep };
        lock (Sync)
        {
            var state = Find(key, isArchive); // another thread may have opened it meanwhile
            if (state is null)
            {
                foreach (var dead in States.Where(s => !s.Value.TryGetTarget(out _)).Select(s => s.Key).ToList()) States.Remove(dead);
                States[key] = new WeakReference<StoreState>(state = opened);
            }

            Keep(state);
            return state;
        }
    }

    private static StoreState? Find(string key, bool isArchive)
    {
        lock (Sync) return States.TryGetValue(key, out var weak) && weak.TryGetTarget(out var known) && known.IsArchive == isArchive ? known : null;
    }

    // Also a state that was let go and is used again by somebody who held on to it.
    private static void Keep(StoreState state)
    {
        lock (Sync)
        {
            Recent.Remove(state);
            Recent.AddFirst(state);
            Trim();
        }
    }

    // Claims hold while the process lives, so a state that has some is never let go, nor is one that is at work: an upload belongs to
    // its session before anything is claimed.
    private static void Trim()
    {
        var idle = 0;
        for (var node = Recent.First; node is not null;)
        {
            var next = node.Next;
            if (!node.Value.IsInUse && ++idle > Kept && node.Value.TryRest()) Recent.Remove(node);
            node = next;
        }
    }
}
