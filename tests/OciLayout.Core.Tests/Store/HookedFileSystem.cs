using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using OciLayout.Files;
using OciLayout.Model;

namespace OciLayout.Tests.Store;

/// <summary>The real file system, with a hook that runs before each operation. The hook may throw or do something else first.</summary>
internal sealed class HookedFileSystem : IFileSystem
{
    private readonly PhysicalFileSystem _inner = PhysicalFileSystem.Instance;

    /// <summary>Runs before an operation on a path, without any lock held by the test.</summary>
    public Action<FileOperation, string> Before { get; set; } = (_, _) => { };

    public bool Writable { get; set; } = true;

    /// <summary>Shares a file. The default is the real file system; a test may simulate another one.</summary>
    public Func<string, string, FileSharing, bool> Share { get; set; } = PhysicalFileSystem.Instance.TryShare;

    public FileStatus? Stat(FilePath path) => _inner.Stat(path);

    public IEnumerable<FileStatus> List(string directory) => _inner.List(directory);

    public Stream OpenRead(FilePath path)
    {
        Before(FileOperation.OpenRead, path);
        return _inner.OpenRead(path);
    }

    public int ReadShort(FilePath path, byte[] buffer) => 0;

    public Stream Create(string path, FilePurpose purpose)
    {
        Before(FileOperation.Create, path);
        return new HookedStream(_inner.Create(path, purpose), () => Before(FileOperation.Write, path));
    }

    public Stream CreateLike(string path, string model)
    {
        Before(FileOperation.Create, path);
        return new HookedStream(_inner.CreateLike(path, model), () => Before(FileOperation.Write, path));
    }

    public IDisposable? TryLock(string path, bool exclusive)
    {
        Before(FileOperation.Lock, path);
        return _inner.TryLock(path, exclusive);
    }

    public bool PinsOpenFiles => _inner.PinsOpenFiles;

    public void Pause(int milliseconds, CancellationToken cancellationToken) => _inner.Pause(milliseconds, cancellationToken);

    public void Replace(string source, string target)
    {
        Before(FileOperation.Replace, target);
        _inner.Replace(source, target);
    }

    public bool TryMove(string source, FilePath target)
    {
        Before(FileOperation.Replace, target);
        return _inner.TryMove(source, target);
    }

    public void Delete(FilePath path)
    {
        Before(FileOperation.Delete, path);
        _inner.Delete(path);
    }

    public void CreateDirectory(string path)
    {
        Before(FileOperation.CreateDirectory, path);
        _inner.CreateDirectory(path);
    }

    public void CreateRoot(string path)
    {
        Before(FileOperation.CreateDirectory, path);
        _inner.CreateRoot(path);
    }

    public void Flush(string path)
    {
        Before(FileOperation.Flush, path);
        _inner.Flush(path);
    }

    public void Touch(string path)
    {
        Before(FileOperation.Touch, path);
        _inner.Touch(path);
    }

    public bool TryShare(string source, string target, FileSharing sharing)
    {
        Before(FileOperation.Create, target);
        return Share(source, target, sharing);
    }

    public void SetPurpose(string path, FilePurpose purpose)
    {
        Before(FileOperation.SetPurpose, path);
        _inner.SetPurpose(path, purpose);
    }

    public bool IsWritable(string directory) => Writable && _inner.IsWritable(directory);

    private sealed class HookedStream(Stream inner, Action beforeWrite) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => inner.Length;

        public override long Position
        {
            get => inner.Position;
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            beforeWrite();
            inner.Write(buffer, offset, count);
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}

/// <summary>The operations of a file system that a hook observes.</summary>
public enum FileOperation
{
    OpenRead,
    Create,
    Write,
    Lock,
    Replace,
    Delete,
    CreateDirectory,
    Flush,
    Touch,
    SetPurpose,
}
