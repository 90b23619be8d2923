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

    /// <summary>Opens a store; the layout is checked and its index is read.</summary>
    public StoreState(string root, IFileSystem files, CancellationToken cancellation = default)
    {
        Disk = files;
        files = new StoreFileSystem(files, root);
        Root = root;
        Files = files;
        Layout = new DirectoryLayout(root, files);
        IsArchive = IsFile(files, root);
        Content = IsArchive ? new TarLayout(root, files) : Layout;
        (Content as TarLayout)?.Scan(cancellation);
        LayoutFiles.Check(Content, cancellation);
        Blobs = new BlobReader(Content);
        Verified = new VerifiedBlobs(Blobs);
        Directory = new BlobDirectory(Layout, files, Verified);
        Index = new IndexFile(Content, cancellation);
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

    /// <summary>The blobs that this process has verified.</summary>
    public VerifiedBlobs Verified { get; }

    public BlobDirectory Directory { get; }

    public IndexFile Index { get; }

    public ContentGraph Graph { get; }

    public StoreLocks Locks { get; }

    public IngestDirectory Ingest { get; }

    /// <summary>Checks again what opening checks.</summary>
    public void Check(CancellationToken cancellation)
    {
        LayoutFiles.Check(Content, cancellation);
        Index.Read(_ => true);
    }

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
                // Operations hold on to the session when its files were removed, with ingest/ or the whole layout.
                if (_session is { } known && known.TryReopen(Locks.Ingest)) return known;
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
        return own?.ActiveClaims() is { Count: > 0 } active ? [.. claims.Union(active)] : claims;
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
