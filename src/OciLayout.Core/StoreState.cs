using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using OciLayout.Graph;
using OciLayout.Storage;

namespace OciLayout;

/// <summary>What all store objects of one real path share in a process: the parts of the store, and its session.</summary>
internal sealed class StoreState : IDisposable
{
    private readonly object _sync = new();
    private Session? _session;

    public StoreState(string root, IFileSystem files)
    {
        Disk = files;
        files = new StoreFileSystem(files, root);
        Root = root;
        Files = files;
        Layout = new DirectoryLayout(root, files);
        IsArchive = IsFile(files, root);
        Content = IsArchive ? new TarLayout(root, files) : Layout;
        LayoutFiles.Check(Content);
        Blobs = new BlobReader(Content);
        Directory = new BlobDirectory(Layout, files);
        Index = new IndexFile(Content);
        Graph = new ContentGraph(Blobs);
        Locks = new StoreLocks(Layout, files);
        Ingest = new IngestDirectory(files, Locks.Ingest);
    }

    /// <summary>Whether an archive is what a path names, not a directory.</summary>
    public static bool IsFile(IFileSystem files, string path) => files.Stat(path) is { Kind: FileKind.File };

    public string Root { get; }

    public IFileSystem Files { get; }

    /// <summary>The file system for what lies elsewhere, such as archives that are written.</summary>
    public IFileSystem Disk { get; }

    /// <summary>Whether the layout is an archive, which nobody can change.</summary>
    public bool IsArchive { get; }

    /// <summary>What is read: a directory or an archive.</summary>
    public ILayout Content { get; }

    /// <summary>What is written: always a directory.</summary>
    public DirectoryLayout Layout { get; }

    public BlobReader Blobs { get; }

    public BlobDirectory Directory { get; }

    public IndexFile Index { get; }

    public ContentGraph Graph { get; }

    public StoreLocks Locks { get; }

    public IngestDirectory Ingest { get; }

    /// <summary>Told when a session is opened: from now on this state must not be lost.</summary>
    public Action<StoreState>? SessionOpened { get; init; }

    /// <summary>The session of this process, opened on its first change.</summary>
    public Session Session(TimeSpan timeout, CancellationToken cancellation)
    {
        if (Volatile.Read(ref _session) is { } open && open.IsThere) return open;
        Session opened;
        using (Locks.EnterShared(timeout, cancellation))
        {
            lock (_sync)
            {
                if (_session is { IsThere: true }) return _session;
                _session?.Dispose(); // somebody removed ingest/, or the whole layout and made a new one
                opened = _session = Storage.Session.Open(Files, Locks.Ingest);
            }
        }

        SessionOpened?.Invoke(this);
        return opened;
    }

    /// <summary>Begins an operation in the session of this process.</summary>
    public Session.ClaimScope Begin(TimeSpan timeout, CancellationToken cancellation)
    {
        while (true)
        {
            if (Session(timeout, cancellation).TryBeginOperation() is { } scope) return scope;
        }
    }

    /// <summary>Whether this process has claims that must hold while it lives, an operation under way, or changes that wait.</summary>
    public bool IsInUse => Index.HasPending || (Volatile.Read(ref _session)?.IsInUse ?? false);

    /// <summary>Ends the session unless this state is in use.</summary>
    public bool TryRest()
    {
        lock (_sync)
        {
            if (Index.HasPending || _session?.TryEnd() == false) return false; // it has come into use since the look
            _session = null;
            return true;
        }
    }

    /// <summary>A session only if there is one.</summary>
    public Session? OpenSession => Volatile.Read(ref _session);

    /// <summary>The entries of the index as they are now.</summary>
    public ListedEntries Entries() => Graph.Entries(Index);

    /// <summary>Claims that garbage collection and deletion respect: of other processes, and of what this one is doing right now.</summary>
    public IReadOnlyList<Claim> ClaimsOfOthers()
    {
        var own = OpenSession;
        var claims = Ingest.LiveClaims(own?.Id);
        return own?.ActiveClaims() is { Count: > 0 } active ? [.. claims, .. active] : claims;
    }

    /// <summary>What nobody alive owns in <c>ingest/</c>.</summary>
    public IEnumerable<RemovedItem> Leftovers(DateTime now) => Ingest.Leftovers(OpenSession?.Id, now)
        .Select(f => new RemovedItem(default, f.Size, null, RemovalReason.StaleUpload, f.Path));

    /// <summary>Ends the session; the next change opens another one.</summary>
    public void Dispose()
    {
        lock (_sync)
        {
            _session?.Dispose();
            _session = null;
        }
    }
}

/// <summary>One state for one real path, however often and by whatever path it is opened.</summary>
internal static class StoreRegistry
{
    /// <summary>Idle states beyond this many give up their session, and live on only as long as somebody uses them.</summary>
    private const int Kept = 16;

    private static readonly object Sync = new();
    private static readonly Dictionary<string, WeakReference<StoreState>> States = new(StringComparer.Ordinal);
    private static readonly LinkedList<StoreState> Recent = [];

    public static StoreState Open(string path, IFileSystem files)
    {
        var key = Native.RealPath(path) ?? path;
        lock (Sync)
        {
            if (States.TryGetValue(key, out var weak) && weak.TryGetTarget(out var known) && known.IsArchive == StoreState.IsFile(files, key))
            {
                LayoutFiles.Check(known.Content);
                Keep(known);
                return known;
            }

            var state = new StoreState(key, files) { SessionOpened = Keep }; // a link by which it was opened may be turned elsewhere
            States[key] = new WeakReference<StoreState>(state);
            Keep(state);
            return state;
        }
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
