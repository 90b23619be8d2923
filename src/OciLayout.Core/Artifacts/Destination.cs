using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using OciLayout.Files;
using OciLayout.Model;

namespace OciLayout.Artifacts;

/// <summary>
/// The directory that an artifact is unpacked to, and a private directory in it where the files are written first. Disposing it deletes the
/// private directory, and the directories that were created for an expansion that failed. A private directory that a killed process left is
/// deleted by the next expansion to the same place.
/// </summary>
internal sealed class Destination : IDisposable
{
    private const string NewFiles = "new";
    private const string OldFiles = "old";
    private const string LockFile = "lock";
    private const string Prefix = ".OciLayout-";
    private const string Suffix = ".unpacking";
    private const int OwnerRights = 0x1C0; // 0700

    private readonly List<string> _created = [];
    private readonly string _name = $"{Prefix}{Guid.NewGuid():N}{Suffix}";
    private IFolder? _private;
    private IDisposable? _lock;

    /// <summary>Opens a directory, and creates it when it does not exist.</summary>
    /// <param name="path">Its absolute path.</param>
    /// <param name="open">Opens an existing directory.</param>
    public Destination(string path, Func<string, IFolder> open)
    {
        if (FileIn(path) is { } file) throw ArtifactErrors.DestinationIsFile(path, file);
        try
        {
            Folder = Open(path, open);
            IsNew = _created.Count > 0;
            _private = CreatePrivate(path);
            _lock = _private.TryLock(LockFile);
            Ignore(() => DeleteAbandoned(Folder)); // it may not be readable
            _private.CreateDirectory(NewFiles);
            _private.CreateDirectory(OldFiles);
            Staging = _private.Open(NewFiles, path);
            Replaced = _private.Open(OldFiles);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The directory itself.</summary>
    public IFolder Folder { get; } = null!;

    /// <summary>The folder for files before they are moved.</summary>
    public IFolder Staging { get; } = null!;

    /// <summary>The folder for files that are replaced, until all is done.</summary>
    public IFolder Replaced { get; } = null!;

    /// <summary>Refuses a directory in which unpacked files could replace the index or a blob of the store that they come from.</summary>
    public static void RequireOutside(string destination, string root)
    {
        var (path, store) = (Native.RealPath(destination) ?? destination, Native.RealPath(root) ?? root);
        var comparison = Native.IsWindows ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        var isInside = path.Equals(store, comparison) || Array.Exists(["blobs", "ingest", "quarantine"], d => (path + Path.DirectorySeparatorChar).StartsWith(Path.Combine(store, d) + Path.DirectorySeparatorChar, comparison));
        if (isInside) throw ArtifactErrors.DestinationInStore(destination, root);
    }

    /// <summary>Returns the file that a path leads to or through; null if there is none.</summary>
    public static string? FileIn(string path)
    {
        for (string? part = path; part is not null; part = Path.GetDirectoryName(part))
        {
            if (Directory.Exists(part)) return null;
            if (File.Exists(part)) return part;
        }

        return null;
    }

    /// <summary>Returns whether a directory has files other than those that a killed process left.</summary>
    public static bool HasFiles(string path) => Directory.EnumerateFileSystemEntries(path).Select(p => Path.GetFileName(p)!).Any(n => !IsPrivate(n));

    /// <summary>Whether the directory was created.</summary>
    public bool IsNew { get; }

    /// <summary>Keeps the directories that were created, because the expansion succeeded. Deletes the private directory.</summary>
    public void Complete()
    {
        _created.Clear();
        DeletePrivate();
    }

    /// <summary>Keeps the private directory, because it has files that could not be put back. Returns its path.</summary>
    public string KeepReplaced()
    {
        var path = _private!.Path;
        Staging.Dispose();
        Replaced.Dispose();
        _private.Dispose();
        _private = null;
        _lock?.Dispose();
        return path;
    }

    public void Dispose()
    {
        DeletePrivate();
        Folder?.Dispose();
        Ignore(() => _created.ForEach(Directory.Delete));
    }

    // The name of the private directory means nothing to the user.
    private IFolder CreatePrivate(string path)
    {
        try
        {
            return Folder.CreatePrivate(_name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw SystemError.WithMessage(e, e.Message.Replace(Path.Combine(Folder.Path, _name), path));
        }
    }

    private void DeletePrivate() => Ignore(() =>
    {
        if (_private is not { } own) return;
        _private = null;
        Staging?.Dispose();
        Replaced?.Dispose();
        Delete(Folder, _name, own, _lock);
    });

    private static bool IsPrivate(string name) => name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal);

    // A new directory is opened in its parent and not through a link, because another user could replace it after it was created.
    private IFolder Open(string path, Func<string, IFolder> open)
    {
        if (Directory.Exists(path)) return open(path);
        var missing = new Stack<string>();
        var existing = path.TrimEnd(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar);
        for (; !Directory.Exists(existing) && Path.GetDirectoryName(existing) is { } parent; existing = parent)
        {
            _created.Add(existing);
            missing.Push(Path.GetFileName(existing));
        }

        var folder = open(existing);
        foreach (var name in missing)
        {
            using var parent = folder;
            Create(parent, name);
            folder = parent.Open(name);
        }

        return folder;
    }

    private static void Create(IFolder folder, string name)
    {
        try
        {
            folder.CreateDirectory(name);
        }
        catch (IOException) when (folder.Stat(name) is { Kind: FileKind.Directory, IsLink: false })
        {
            // Another process created it in the meantime.
        }
    }

    // A directory without a lock file is about to get one. The files that were replaced are deleted as well: replacing them was requested.
    private static void DeleteAbandoned(IFolder folder)
    {
        foreach (var entry in folder.List(""))
        {
            if (!IsPrivate(entry.Name) || !entry.IsDirectory) continue;
            Ignore(() =>
            {
                using var other = folder.Open(entry.Name);
                if (other.Stat(LockFile) is { Kind: FileKind.File, IsLink: false } && other.TryLock(LockFile) is { } taken) Delete(folder, entry.Name, other, taken);
            });
        }
    }

    private static void Delete(IFolder parent, string name, IFolder folder, IDisposable? taken)
    {
        foreach (var directory in new[] { NewFiles, OldFiles })
        {
            if (folder.Stat(directory) is null) continue;
            Clear(folder, directory);
            folder.DeleteDirectory(directory);
        }

        taken?.Dispose(); // Windows does not delete a file that is locked
        folder.Delete(LockFile);
        folder.Dispose();
        parent.DeleteDirectory(name);
    }

    // The modes that an archive sets may deny the owner access to a directory.
    private static void Clear(IFolder folder, string directory)
    {
        foreach (var entry in folder.List(directory))
        {
            var name = directory + "/" + entry.Name;
            if (!entry.IsDirectory)
            {
                folder.Delete(name);
                continue;
            }

            folder.SetMode(name, OwnerRights);
            Clear(folder, name);
            folder.DeleteDirectory(name);
        }
    }

    private static void Ignore(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error that came first is the one to report.
        }
    }
}
