using System;
using System.IO;
using System.Threading;
using OciLayout.Files;
using OciLayout.Layout;
using OciLayout.Model;

namespace OciLayout.Sessions;

/// <summary>
/// The locks between processes, which are files in <c>ingest/</c>: the store lock (shared to add content, exclusive to delete it) and the
/// index lock. Always acquired in this order. Readers acquire neither.
/// </summary>
internal sealed class StoreLocks
{
    // The names of the files are a contract with other processes, and with other versions of this library.
    private const string StoreLock = ".gate";
    private const string QueueLock = ".turn";
    private const string IndexLock = ".lock";

    private readonly DirectoryLayout _layout;
    private readonly IFileSystem _files;

    // Not 0 if and only if this object has found or created ingest/ once. Another program can delete the directory afterwards.
    private int _foundIngest;

    public StoreLocks(DirectoryLayout layout, IFileSystem files)
    {
        _layout = layout;
        _files = files;
    }

    /// <summary>The directory of locks, sessions and uploads.</summary>
    public string Ingest => _layout.PathOf(LayoutNames.Ingest);

    /// <summary>Whether the file of the store lock exists. Without it no process has a session.</summary>
    public bool HasLockFile => _files.Stat(PathOf(StoreLock)) is not null;

    private string PathOf(string name) => Ingest + Path.DirectorySeparatorChar + name;

    /// <summary>
    /// Acquires the store lock shared, to claim and check content, to publish, or to commit. No content is deleted while it is held.
    /// </summary>
    public IDisposable LockStoreShared(TimeSpan timeout, CancellationToken cancellationToken)
    {
        EnsureIngest();

        // A process that waits for the exclusive lock holds the queue lock, so that new shared locks cannot keep it waiting forever.
        using var queue = FileLock.Take(_files, PathOf(QueueLock), exclusive: false, timeout, cancellationToken);
        return FileLock.Take(_files, PathOf(StoreLock), exclusive: false, timeout, cancellationToken);
    }

    /// <summary>
    /// Acquires the store lock exclusively, to delete a batch of files. No process claims, publishes or commits while it is held.
    /// </summary>
    public IDisposable LockStoreExclusive(TimeSpan timeout, CancellationToken cancellationToken)
    {
        EnsureIngest();
        using var queue = FileLock.Take(_files, PathOf(QueueLock), exclusive: true, timeout, cancellationToken);
        return FileLock.Take(_files, PathOf(StoreLock), exclusive: true, timeout, cancellationToken);
    }

    /// <summary>Acquires the index lock, to read, change and replace <c>index.json</c>.</summary>
    public IDisposable LockIndex(TimeSpan timeout, CancellationToken cancellationToken)
    {
        EnsureIngest();
        return FileLock.Take(_files, PathOf(IndexLock), exclusive: true, timeout, cancellationToken);
    }

    /// <summary>Creates <c>ingest/</c> on first use.</summary>
    public void EnsureIngest()
    {
        if (Volatile.Read(ref _foundIngest) != 0 && _files.Stat(Ingest) is { Kind: FileKind.Directory, IsLink: false }) return;
        if (Volatile.Read(ref _foundIngest) != 0 && _files.Stat(_layout.Root) is null)
            throw Errors.LayoutGone(_layout.Root);
        FileChecks.RequireDirectory(_files, Ingest);
        _files.CreateDirectory(Ingest);
        Volatile.Write(ref _foundIngest, 1);
    }
}
