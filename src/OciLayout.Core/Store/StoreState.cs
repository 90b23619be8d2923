using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using OciLayout.Archives;
using OciLayout.Blobs;
using OciLayout.Files;
using OciLayout.Graph;
using OciLayout.Index;
using OciLayout.Layout;
using OciLayout.Sessions;

namespace OciLayout.Store;

/// <summary>
/// The state that all store objects of one real path share in a process: the parts of the store, and the session. Thread-safe.
/// </summary>
internal sealed class StoreState : IDisposable
{
    private readonly object _sync = new();
    private Session? _session;

    /// <summary>Opens a store: checks the layout and reads its index.</summary>
    public StoreState(string root, IFileSystem files, CancellationToken cancellationToken = default)
    {
        Disk = files;
        files = new StoreFileSystem(files, root);
        Root = root;
        Files = files;
        Layout = new DirectoryLayout(root, files);
        IsArchive = IsFile(files, root);
        Content = IsArchive ? new TarLayout(root, files) : Layout;
        (Content as TarLayout)?.Scan(cancellationToken);
        LayoutFiles.Check(Content, cancellationToken);
        Blobs = new BlobReader(Content);
        Verified = new VerifiedBlobs(Blobs);
        Directory = new BlobDirectory(Layout, files, Verified);
        Index = new IndexFile(Content, cancellationToken);
        Graph = new ManifestGraph(Blobs);
        Locks = new StoreLocks(Layout, files);
        Ingest = new IngestDirectory(files, Locks.Ingest);
    }

    /// <summary>Returns whether a path names a file, which must be an archive, rather than a directory.</summary>
    public static bool IsFile(IFileReader files, string path) => files.Stat(path) is { Kind: FileKind.File };

    public string Root { get; }

    public IFileSystem Files { get; }

    /// <summary>The file system for paths outside the store, such as archives that are written.</summary>
    public IFileSystem Disk { get; }

    /// <summary>Whether the layout is an archive, which is read-only.</summary>
    public bool IsArchive { get; }

    /// <summary>The layout that is read: a directory or an archive.</summary>
    public ILayout Content { get; }

    /// <summary>The layout that is written: always a directory.</summary>
    public DirectoryLayout Layout { get; }

    public BlobReader Blobs { get; }

    /// <summary>The blobs that this process has verified.</summary>
    public VerifiedBlobs Verified { get; }

    public BlobDirectory Directory { get; }

    public IndexFile Index { get; }

    public ManifestGraph Graph { get; }

    public StoreLocks Locks { get; }

    public IngestDirectory Ingest { get; }

    /// <summary>Repeats the checks of opening.</summary>
    public void Check(CancellationToken cancellationToken)
    {
        LayoutFiles.Check(Content, cancellationToken);
        Index.Read(_ => true);
    }

    /// <summary>The callback for an opened session. From then on this state must not be discarded.</summary>
    public Action<StoreState>? SessionOpened { get; init; }

    /// <summary>Returns the session of this process. It is opened on the first change.</summary>
    public Session Session(TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _session) is { } open && open.CheckFiles()) return open;
        Session opened;
        using (Locks.LockStoreShared(timeout, cancellationToken))
        {
            lock (_sync)
            {
                // Operations keep using the session after ingest/ or the whole layout was removed. Create its files again.
                if (_session is { } known && known.TryReopen(Locks.Ingest)) return known;
                opened = _session = Sessions.Session.Open(Files, Locks.Ingest);
            }
        }

        SessionOpened?.Invoke(this);
        return opened;
    }

    /// <summary>Begins an operation in the session of this process.</summary>
    public ClaimScope Begin(TimeSpan timeout, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (Session(timeout, cancellationToken).TryBeginOperation() is { } scope) return scope;
        }
    }

    /// <summary>Whether this process has claims that last as long as its session, an operation in progress, or unsaved changes.</summary>
    public bool IsInUse => Index.HasPending || (Volatile.Read(ref _session)?.IsInUse ?? false);

    /// <summary>Ends the session unless this state is in use.</summary>
    public bool TryRest()
    {
        lock (_sync)
        {
            if (Index.HasPending || _session?.TryEnd() == false) return false; // came into use after the caller's check
            _session = null;
            return true;
        }
    }

    /// <summary>The session of this process; null if it has none.</summary>
    public Session? OpenSession => Volatile.Read(ref _session);

    /// <summary>Returns the current entries of the index.</summary>
    public IndexSnapshot Entries() => Graph.TakeSnapshot(Index);

    /// <summary>
    /// Returns the claims that garbage collection and deletion must respect: those of other processes, and those of operations in progress
    /// in this process.
    /// </summary>
    public IReadOnlyList<Claim> ClaimsToRespect()
    {
        var own = OpenSession;
        var claims = Ingest.ClaimsOfOthers(own?.Id);
        return own?.ActiveClaims() is { Count: > 0 } active ? [.. claims.Union(active)] : claims;
    }

    /// <summary>Returns the files in <c>ingest/</c> that do not belong to a running process.</summary>
    public IEnumerable<RemovedItem> Leftovers(DateTime now) => Ingest.Leftovers(OpenSession?.Id, now)
        .Select(f => new RemovedItem(default, f.Size, null, RemovalReason.StaleUpload, f.Path));

    /// <summary>Ends the session. The next change opens another one.</summary>
    public void Dispose()
    {
        lock (_sync)
        {
            _session?.Dispose();
            _session = null;
        }
    }
}
