using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using OciLayout.Files;
using OciLayout.Model;
using OciLayout.Testing;

namespace OciLayout.Safety.Windows;

/// <summary>
/// The real file system under the rules of Windows: an open file can be renamed or deleted only if all its handles share deletion, and it
/// cannot be replaced. The name of a deleted file is taken until its last handle is closed. A read-only file cannot be replaced, deleted,
/// or opened for writing.
/// </summary>
internal sealed class SimulatedWindowsFileSystem : DelegatingFileSystem
{
    private readonly List<Handle> _open = [];
    private readonly HashSet<string> _readOnly = [];
    private readonly HashSet<string> _pending = [];
    private readonly WindowsFiles _windows;

    public SimulatedWindowsFileSystem()
        : base(PhysicalFileSystem.Instance) => _windows = new WindowsFiles(Move, Rename, Remove, ClearReadOnly, attempt =>
    {
        Waits++;
        Waiting?.Invoke(attempt);
    });

    /// <summary>The number of waits after a refused operation.</summary>
    public int Waits { get; private set; }

    /// <summary>A delegate that is called at each wait, with the number of the attempt.</summary>
    public Action<int>? Waiting { get; set; }

    public override bool PinsOpenFiles => true;

    /// <summary>Whether a deleted file loses its name at once, as on NTFS since Windows 10 1809.</summary>
    public bool DeletesAtOnce { get; init; }

    /// <summary>The paths of the open handles.</summary>
    public IReadOnlyList<string> Open
    {
        get
        {
            lock (_open) return [.. _open.Select(h => h.Path)];
        }
    }

    /// <summary>Opens a file as another program does, with the given sharing.</summary>
    public IDisposable OpenElsewhere(string path, FileShare share) => Enter(path, FileAccess.Read, share);

    public void MakeReadOnly(string path) => _readOnly.Add(path);

    /// <summary>Deletes a directory with all files in it, as another program does.</summary>
    public void DeleteTree(string path)
    {
        foreach (string file in Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories))
        {
            if (Remove(file) is var error && error != 0) throw new IOException($"'{file}' cannot be deleted.", error);
        }

        Directory.Delete(path, recursive: _pending.Count == 0);
    }

    public override Stream OpenRead(FilePath path)
    {
        Handle handle = Enter(path, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            return new Held(base.OpenRead(path), handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public override Stream Create(string path, FilePurpose purpose) =>
        new Held(base.Create(path, purpose), Enter(path, FileAccess.Write, FileShare.Read | FileShare.Delete));

    public override Stream CreateLike(string path, string model) => Create(path, FilePurpose.Plain);

    public override IDisposable? TryLock(string path, bool exclusive)
    {
        Handle handle;
        try
        {
            handle = exclusive ? Enter(path, FileAccess.ReadWrite, FileShare.Delete) : Enter(path, FileAccess.Read, FileShare.Read | FileShare.Delete);
        }
        catch (IOException)
        {
            return null;
        }

        if (base.TryLock(path, exclusive) is { } taken) return new Both(taken, handle);
        handle.Dispose();
        return null;
    }

    public override void Replace(string source, string target) => _windows.Replace(source, target);

    public override bool TryMove(string source, FilePath target) => _windows.TryRename(source, target);

    public override void Delete(FilePath path) => _windows.Delete(path);

    public override void Flush(string path)
    {
        if (Directory.Exists(path)) return;
        if (_readOnly.Contains(path)) throw new UnauthorizedAccessException($"'{path}' is read-only.");
        using Handle handle = Enter(path, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        base.Flush(path);
    }

    public override bool TryShare(string source, string target, FileSharing sharing) => false;

    public override void SetPurpose(string path, FilePurpose purpose)
    {
    }

    public override bool IsWritable(string directory) => true;

    private int Move(string source, string target)
    {
        lock (_open)
        {
            if (_open.Any(h => h.Path == source && (h.Share & FileShare.Delete) == 0)) return WindowsFiles.SharingViolation;
            if (_pending.Contains(source) || _readOnly.Contains(target) || _open.Any(h => h.Path == target)) return WindowsFiles.AccessDenied;
            if (!File.Exists(source)) return WindowsFiles.FileNotFound;
            File.Move(source, target, overwrite: true);
            foreach (Handle handle in _open.Where(h => h.Path == source)) handle.Path = target;
            return 0;
        }
    }

    private int Rename(string source, string target)
    {
        lock (_open) return File.Exists(target) && !_pending.Contains(target) ? WindowsFiles.AlreadyExists : Move(source, target);
    }

    private int Remove(string path)
    {
        lock (_open)
        {
            if (!File.Exists(path)) return WindowsFiles.FileNotFound;
            if (_open.Any(h => h.Path == path && (h.Share & FileShare.Delete) == 0)) return WindowsFiles.SharingViolation;
            if (_readOnly.Contains(path) || _pending.Contains(path)) return WindowsFiles.AccessDenied;
            if (!DeletesAtOnce && _open.Any(h => h.Path == path)) _pending.Add(path);
            else File.Delete(path);
            return 0;
        }
    }

    private bool ClearReadOnly(string path) => _readOnly.Remove(path);

    // Each handle must share the access of all other handles.
    private Handle Enter(string path, FileAccess access, FileShare share)
    {
        lock (_open)
        {
            if (_pending.Contains(path)) throw new UnauthorizedAccessException($"Access to the path '{path}' is denied.");
            if (_open.Any(h => h.Path == path && !(h.Share.HasFlag((FileShare)access) && share.HasFlag((FileShare)h.Access))))
                throw new IOException($"'{path}' is open elsewhere.", unchecked((int)0x80070020));
            var handle = new Handle(this, path, access, share);
            _open.Add(handle);
            return handle;
        }
    }

    private sealed class Handle(SimulatedWindowsFileSystem files, string path, FileAccess access, FileShare share) : IDisposable
    {
        public string Path { get; set; } = path;

        public FileAccess Access => access;

        public FileShare Share => share;

        public void Dispose()
        {
            lock (files._open)
            {
                files._open.Remove(this);
                if (files._open.All(h => h.Path != Path) && files._pending.Remove(Path)) File.Delete(Path);
            }
        }
    }

    private sealed class Both(IDisposable first, IDisposable second) : IDisposable
    {
        public void Dispose()
        {
            first.Dispose();
            second.Dispose();
        }
    }

    private sealed class Held(Stream inner, Handle handle) : DelegatingStream(inner)
    {
        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (disposing) handle.Dispose();
        }
    }
}
