using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Storage;

namespace OciLayout.Safety.Windows;

/// <summary>
/// The real file system under the rules of Windows: what is open can be renamed or removed only as far as everybody who has it open shares
/// that, what is open at all cannot be replaced, and what is read-only can be neither replaced nor removed, nor opened for writing.
/// </summary>
internal sealed class WindowsFileSystem : IFileSystem
{
    private readonly PhysicalFileSystem _files = PhysicalFileSystem.Instance;
    private readonly List<Handle> _open = [];
    private readonly HashSet<string> _readOnly = [];
    private readonly WindowsFiles _windows;

    public WindowsFileSystem() => _windows = new WindowsFiles(Move, Remove, ClearReadOnly, attempt =>
    {
        Waits++;
        Waiting?.Invoke(attempt);
    });

    /// <summary>How often somebody waited for a refusal to pass.</summary>
    public int Waits { get; private set; }

    /// <summary>Happens while somebody waits.</summary>
    public Action<int>? Waiting { get; set; }

    /// <summary>Whether sessions take open files for pinned; false shows what would happen if they did not.</summary>
    public bool PinsOpenFiles { get; init; } = true;

    /// <summary>What is open now.</summary>
    public IReadOnlyList<string> Open
    {
        get
        {
            lock (_open) return [.. _open.Select(h => h.Path)];
        }
    }

    /// <summary>Another program opens a file, sharing what it likes.</summary>
    public IDisposable OpenElsewhere(string path, FileShare share) => Enter(path, FileAccess.Read, share);

    public void MakeReadOnly(string path) => _readOnly.Add(path);

    public FileFact? Stat(FilePath path) => _files.Stat(path);

    public IEnumerable<FileFact> List(string directory) => _files.List(directory);

    public Stream OpenRead(FilePath path)
    {
        Handle handle = Enter(path, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            return new Held(_files.OpenRead(path), handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public int ReadShort(FilePath path, byte[] buffer) => 0;

    public Stream Create(string path, FilePurpose purpose) =>
        new Held(_files.Create(path, purpose), Enter(path, FileAccess.Write, FileShare.Read | FileShare.Delete));

    public Stream CreateLike(string path, string model) => Create(path, FilePurpose.Plain);

    public IDisposable? TryLock(string path, bool exclusive)
    {
        Handle handle;
        try
        {
            handle = exclusive ? Enter(path, FileAccess.ReadWrite, FileShare.None) : Enter(path, FileAccess.Read, FileShare.Read);
        }
        catch (IOException)
        {
            return null;
        }

        if (_files.TryLock(path, exclusive) is { } taken) return new Both(taken, handle);
        handle.Dispose();
        return null;
    }

    public void Pause(int milliseconds, CancellationToken cancellation) => _files.Pause(milliseconds, cancellation);

    public void Replace(string source, string target) => _windows.Replace(source, target);

    // As on Windows: a look, and a rename.
    public bool TryMove(string source, FilePath target)
    {
        if (Stat(target) is not null) return false;
        Replace(source, target);
        return true;
    }

    public void Delete(FilePath path) => _windows.Delete(path);

    public void CreateDirectory(string path) => _files.CreateDirectory(path);

    public void Flush(string path)
    {
        if (Directory.Exists(path)) return;
        if (_readOnly.Contains(path)) throw new UnauthorizedAccessException($"'{path}' is read-only.");
        using Handle handle = Enter(path, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        _files.Flush(path);
    }

    public void Touch(string path) => _files.Touch(path);

    public bool TryShare(string source, string target, FileSharing sharing) => false;

    public void SetPurpose(string path, FilePurpose purpose)
    {
    }

    public bool IsWritable(string directory) => true;

    private int Move(string source, string target)
    {
        lock (_open)
        {
            if (_open.Any(h => h.Path == source && (h.Share & FileShare.Delete) == 0)) return WindowsFiles.SharingViolation;
            if (_readOnly.Contains(target) || _open.Any(h => h.Path == target)) return WindowsFiles.AccessDenied;
            if (!File.Exists(source)) return WindowsFiles.FileNotFound;
            File.Move(source, target, overwrite: true);
            return 0;
        }
    }

    private int Remove(string path)
    {
        lock (_open)
        {
            if (!File.Exists(path)) return WindowsFiles.FileNotFound;
            if (_open.Any(h => h.Path == path && (h.Share & FileShare.Delete) == 0)) return WindowsFiles.SharingViolation;
            if (_readOnly.Contains(path)) return WindowsFiles.AccessDenied;
            File.Delete(path);
            return 0;
        }
    }

    private bool ClearReadOnly(string path) => _readOnly.Remove(path);

    // Everybody's access must be shared by all the others.
    private Handle Enter(string path, FileAccess access, FileShare share)
    {
        lock (_open)
        {
            if (_open.Any(h => h.Path == path && !(h.Share.HasFlag((FileShare)access) && share.HasFlag((FileShare)h.Access))))
                throw new IOException($"'{path}' is open elsewhere.", unchecked((int)0x80070020));
            var handle = new Handle(this, path, access, share);
            _open.Add(handle);
            return handle;
        }
    }

    private sealed class Handle(WindowsFileSystem files, string path, FileAccess access, FileShare share) : IDisposable
    {
        public string Path => path;

        public FileAccess Access => access;

        public FileShare Share => share;

        public void Dispose()
        {
            lock (files._open) files._open.Remove(this);
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

    private sealed class Held(Stream inner, Handle handle) : Stream
    {
        public override bool CanRead => inner.CanRead;

        public override bool CanSeek => false;

        public override bool CanWrite => inner.CanWrite;

        public override long Length => inner.Length;

        public override long Position
        {
            get => inner.Position;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

        public override void Flush() => inner.Flush();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
                handle.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
