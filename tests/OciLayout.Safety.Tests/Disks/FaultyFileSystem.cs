using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using OciLayout.Files;
using OciLayout.Model;

namespace OciLayout.Safety.Disks;

/// <summary>The real file system with limited free space, or with an operation that fails, until the test removes the fault.</summary>
internal sealed class FaultyFileSystem : IFileSystem
{
    private const int NoSpace = 28;

    private readonly PhysicalFileSystem _files = PhysicalFileSystem.Instance;
    private readonly Lock _gate = new();
    private long _written;

    /// <summary>The number of bytes that can still be written.</summary>
    public long Room { get; set; } = long.MaxValue;

    /// <summary>The exception of a write without free space; null for the usual one of the framework.</summary>
    public Exception? FullFailure { get; init; }

    /// <summary>The offset of each write in all bytes written, and its length in bytes.</summary>
    public List<(long Start, int Length)> Writes { get; } = [];

    /// <summary>The number of the operation that fails, counted from 1. Setting it restarts the count.</summary>
    public int FailAt
    {
        get;
        set => (field, Operations) = (value, 0);
    }

    = int.MaxValue;

    /// <summary>Whether all later operations fail, too.</summary>
    public bool ForGood { get; set; }

    /// <summary>The exception of an operation that fails, for its path.</summary>
    public Func<string, Exception> Failure { get; set; } = path => new IOException($"Input/output error : '{path}'", 5);

    /// <summary>Whether only operations fail that need write permission, not reads and flushes.</summary>
    public bool OnlyChanges { get; init; }

    /// <summary>The number of operations since <see cref="FailAt"/> was set.</summary>
    public int Operations { get; private set; }

    public FileStatus? Stat(FilePath path) => _files.Stat(path);

    public IEnumerable<FileStatus> List(string directory) => _files.List(directory);

    public Stream OpenRead(FilePath path)
    {
        if (!OnlyChanges) Count(path);
        return _files.OpenRead(path);
    }

    public int ReadShort(FilePath path, byte[] buffer) => 0;

    public Stream Create(string path, FilePurpose purpose)
    {
        Count(path);
        return new Limited(this, path, _files.Create(path, purpose));
    }

    public Stream CreateLike(string path, string model)
    {
        Count(path);
        return new Limited(this, path, _files.CreateLike(path, model));
    }

    public IDisposable? TryLock(string path, bool exclusive)
    {
        Count(path);
        return _files.TryLock(path, exclusive);
    }

    public void Pause(int milliseconds, CancellationToken cancellationToken) => _files.Pause(milliseconds, cancellationToken);

    public void Replace(string source, string target)
    {
        Count(target);
        _files.Replace(source, target);
    }

    public bool TryMove(string source, FilePath target)
    {
        Count(target);
        return _files.TryMove(source, target);
    }

    public void Delete(FilePath path)
    {
        Count(path);
        if (Room < long.MaxValue / 2) Room += _files.Stat(path)?.Length ?? 0;
        _files.Delete(path);
    }

    public void CreateDirectory(string path)
    {
        Count(path);
        _files.CreateDirectory(path);
    }

    public void CreateRoot(string path)
    {
        Count(path);
        _files.CreateRoot(path);
    }

    public void Flush(string path)
    {
        if (!OnlyChanges) Count(path);
        _files.Flush(path);
    }

    public void Touch(string path) => _files.Touch(path);

    public bool TryShare(string source, string target, FileSharing sharing) => _files.TryShare(source, target, sharing);

    public void SetPurpose(string path, FilePurpose purpose) => _files.SetPurpose(path, purpose);

    public bool IsWritable(string directory) => _files.IsWritable(directory);

    public bool PinsOpenFiles => _files.PinsOpenFiles;

    private void Count(string path)
    {
        lock (_gate)
        {
            Operations++;
            if (Operations == FailAt || (ForGood && Operations > FailAt)) throw Failure(path);
        }
    }

    private sealed class Limited(FaultyFileSystem files, string path, Stream inner) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => inner.CanSeek;

        public override bool CanWrite => true;

        public override long Length => inner.Length;

        public override long Position
        {
            get => inner.Position;
            set => inner.Position = value;
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            lock (files._gate)
            {
                files.Writes.Add((files._written, count));
                files._written += count;
                var fits = (int)Math.Min(count, files.Room);
                inner.Write(buffer, offset, fits);
                files.Room -= fits;
                if (fits < count) throw files.FullFailure ?? new IOException($"No space left on device : '{path}'", NoSpace);
            }
        }

        public override void Flush() => inner.Flush();

        public override void SetLength(long value) => inner.SetLength(value);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
