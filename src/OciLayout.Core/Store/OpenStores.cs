using System;
using System.Collections.Generic;
using System.Threading;
using OciLayout.Files;

namespace OciLayout.Store;

/// <summary>Holds one state for each real path in the process, for all paths by which a store is opened.</summary>
internal static class OpenStores
{
    /// <summary>The number of idle states that keep their session. Further idle states end it and are only weakly referenced.</summary>
    private const int MaxIdle = 16;

    private static readonly object Sync = new();
    private static readonly Dictionary<string, WeakReference<StoreState>> States = new(StringComparer.Ordinal);
    private static readonly LinkedList<StoreState> Recent = [];

    /// <summary>
    /// Opens a store, or returns the existing state of this process. No lock is held while files are read, so stores do not wait for each
    /// other.
    /// </summary>
    public static StoreState Open(string path, IFileSystem files, CancellationToken cancellationToken)
    {
        var key = Native.RealPath(path) ?? path; // a symbolic link in the path can be changed later
        var isArchive = StoreState.IsFile(files, key);
        if (Find(key, isArchive) is { } known)
        {
            known.Check(cancellationToken);
            Touch(known);
            return known;
        }

        var opened = new StoreState(key, files, cancellationToken) { SessionOpened = Touch };
        lock (Sync)
        {
            var state = Find(key, isArchive); // another thread may have opened it in the meantime
            if (state is null)
            {
                RemoveDead();
                States[key] = new WeakReference<StoreState>(state = opened);
            }

            Touch(state);
            return state;
        }
    }

    private static void RemoveDead()
    {
        var dead = new List<string>();
        foreach (var state in States)
        {
            if (!state.Value.TryGetTarget(out _)) dead.Add(state.Key);
        }

        foreach (var key in dead) States.Remove(key);
    }

    private static StoreState? Find(string key, bool isArchive)
    {
        lock (Sync) return States.TryGetValue(key, out var weak) && weak.TryGetTarget(out var known) && known.IsArchive == isArchive ? known : null;
    }

    // Makes a state the one that was used last. Also called for a state that was dropped from the list before and opens a session again.
    private static void Touch(StoreState state)
    {
        lock (Sync)
        {
            Recent.Remove(state);
            Recent.AddFirst(state);
            Trim();
        }
    }

    // Never drops a state in use. Its claims are valid only while its session exists, and an upload belongs to its session before anything
    // is claimed.
    private static void Trim()
    {
        var idle = 0;
        for (var node = Recent.First; node is not null;)
        {
            var next = node.Next;
            if (!node.Value.IsInUse && ++idle > MaxIdle && node.Value.TryRest()) Recent.Remove(node);
            node = next;
        }
    }
}
