using System;
using System.IO;
using System.Threading;
using OciLayout.Files;
using OciLayout.Layout;

namespace OciLayout.Sessions;

/// <summary>
/// The locks between processes, all in <c>ingest/</c>: the store lock (<c>.gate</c>; shared to add content, exclusive to delete it) and the
/// index lock (<c>.lock</c>). Always acquired in this order. Readers acquire neither.
/// </summary>
internal sealed class StoreLocks
{
    private readonly DirectoryLayout _layout;
    private readonly IFileSystem _files;
    private int _ready;

    public StoreLocks(DirectoryLayout layout, IFileSystem files)
    {
        _layout = layout;
        _files = files;
    }

    /// <summary>The directory of locks, sessions and uploads.</summary>
    public string Ingest => _layout.PathOf(LayoutNames.Ingest);

    /// <summary>Whether the file of the store lock exists. Without it no process has a session.</summary>
    public bool AreThere => _files.Stat(File(".gate")) is not null;

    private string File(string name) => Ingest + Path.DirectorySeparatorChar + name;

    /// <summary>
    /// Acquires the store lock shared, to claim and check content, to publish, or to commit. No content is deleted while it is held.
    /// </summary>
    public IDisposable EnterShared(TimeSpan timeout, CancellationToken cancellation)
    {
        EnsureIngest();

        // A process that waits for the exclusive lock holds .turn, so that new shared locks cannot keep it waiting forever.
        using var turn = FileLock.Take(_files, File(".turn"), exclusive: false, timeout, cancellation);
        return FileLock.Take(_files, File(".gate"), exclusive: false, timeout, cancellation);
    }

    /// <summary>
    /// Acquires the store lock exclusively, to delete a batch of files. No process claims, publishes or commits while it is held.
    /// </summary>
    public IDisposable EnterExclusive(TimeSpan timeout, CancellationToken cancellation)
    {
        EnsureIngest();
        using var turn = FileLock.Take(_files, File(".turn"), exclusive: true, timeout, cancellation);
        return FileLock.Take(_files, File(".gate"), exclusive: true, timeout, cancellation);
    }

    /// <summary>Acquires the index lock, to read, change and replace <c>index.json</c>.</summary>
    public IDisposable LockIndex(TimeSpan timeout, CancellationToken cancellation)
    {
        EnsureIngest();
        return FileLock.Take(_files, File(".lock"), exclusive: true, timeout, cancellation);
    }

    /// <summary>Creates <c>ingest/</c> on first use.</summary>
    public void EnsureIngest()
    {
        if (Volatile.Read(ref _ready) != 0 && _files.Stat(Ingest) is { Kind: FileKind.Directory, IsLink: false }) return;
        if (Volatile.Read(ref _ready) != 0 && _files.Stat(_layout.Root) is null)
            throw new OciException(OciErrorKind.InvalidLayout, $"The layout '{_layout.Root}' was moved or deleted while it was in use.", _layout.Root);
        RequireDirectory(_files, Ingest);
        _files.CreateDirectory(Ingest);
        Volatile.Write(ref _ready, 1);
    }

    /// <summary>Refuses a symbolic link at the path of a directory or file of the layout.</summary>
    public static void RefuseLink(IFileSystem files, string path)
    {
        if (files.Stat(path) is { IsLink: true }) throw LinkRefused(path);
    }

    /// <summary>Returns the error for a path that is a symbolic link or contains one.</summary>
    public static OciException LinkRefused(string path) =>
        new(OciErrorKind.InvalidLayout, $"Cannot write to '{path}': the path contains a symbolic link, and OciLayout does not follow links in a store. Replace the link by its target.", path)
        {
            Expected = "a directory or file of the layout itself",
            Actual = "a symbolic link",
        };

    /// <summary>Refuses a path of a directory of the layout at which another kind of file exists.</summary>
    public static void RequireDirectory(IFileSystem files, string path)
    {
        RefuseLink(files, path);
        if (files.Stat(path) is not { Kind: not FileKind.Directory }) return;
        throw new OciException(OciErrorKind.InvalidLayout, $"'{path}' is not a directory. Move it away.", path)
        {
            Expected = "a directory",
            Actual = "a file or device",
        };
    }

    /// <summary>Returns the error for a store whose directory was deleted or renamed after it was opened.</summary>
    public static OciException Gone(string root, Exception? cause = null) =>
        new(OciErrorKind.NotFound, $"The store '{root}' no longer exists. It was deleted or renamed.", root, cause);

    public static OciException ReadOnlyArchive(string root) =>
        new(OciErrorKind.ReadOnlyStore, $"The store '{root}' is an archive, which is only read. Import-OciStore puts its content into a store.", root);

    public static OciException ReadOnly(string root, Exception? cause = null) =>
        new(OciErrorKind.ReadOnlyStore, $"The store '{root}' cannot be changed: {cause?.Message ?? "its directory is not writable"}", root, cause);
}
