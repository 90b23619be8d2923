using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using OciLayout.Files;
using OciLayout.Model;
using OciLayout.Testing;

namespace OciLayout.Safety.Disks;

/// <summary>The real file system with limited free space, or with an operation that fails, until the test removes the fault.</summary>
internal sealed class FailingFileSystem() : DelegatingFileSystem(PhysicalFileSystem.Instance)
{
    private const int NoSpace = 28;

    private readonly Lock _sync = new();
    private long _written;

    /// <summary>The number of bytes that can still be written.</summary>
    public long FreeSpace { get; set; } = long.MaxValue;

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
    public bool IsPermanent { get; set; }

    /// <summary>The exception of an operation that fails, for its path.</summary>
    public Func<string, Exception> Failure { get; set; } = path => new IOException($"Input/output error : '{path}'", 5);

    /// <summary>Whether only operations fail that need write permission, not reads and flushes.</summary>
    public bool OnlyChanges { get; init; }

    /// <summary>The number of operations since <see cref="FailAt"/> was set.</summary>
    public int Operations { get; private set; }

    public override Stream OpenRead(FilePath path)
    {
        if (!OnlyChanges) Count(path);
        return base.OpenRead(path);
    }

    public override Stream Create(string path, FilePurpose purpose)
    {
        Count(path);
        return new Limited(this, path, base.Create(path, purpose));
    }

    public override Stream CreateLike(string path, string model)
    {
        Count(path);
        return new Limited(this, path, base.CreateLike(path, model));
    }

    public override IDisposable? TryLock(string path, bool exclusive)
    {
        Count(path);
        return base.TryLock(path, exclusive);
    }

    public override void Replace(string source, string target)
    {
        Count(target);
        base.Replace(source, target);
    }

    public override bool TryMove(string source, FilePath target)
    {
        Count(target);
        return base.TryMove(source, target);
    }

    public override void Delete(FilePath path)
    {
        Count(path);
        if (FreeSpace < long.MaxValue / 2) FreeSpace += base.Stat(path)?.Length ?? 0;
        base.Delete(path);
    }

    public override void CreateDirectory(string path)
    {
        Count(path);
        base.CreateDirectory(path);
    }

    public override void CreateRoot(string path)
    {
        Count(path);
        base.CreateRoot(path);
    }

    public override void Flush(string path)
    {
        if (!OnlyChanges) Count(path);
        base.Flush(path);
    }

    private void Count(string path)
    {
        lock (_sync)
        {
            Operations++;
            if (Operations == FailAt || (IsPermanent && Operations > FailAt)) throw Failure(path);
        }
    }

    private sealed class Limited(FailingFileSystem files, string path, Stream inner) : DelegatingStream(inner)
    {
        public override bool CanSeek => Inner.CanSeek;

        public override long Position
        {
            get => Inner.Position;
            set => Inner.Position = value;
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            lock (files._sync)
            {
                files.Writes.Add((files._written, count));
                files._written += count;
                var fits = (int)Math.Min(count, files.FreeSpace);
                base.Write(buffer, offset, fits);
                files.FreeSpace -= fits;
                if (fits < count) throw files.FullFailure ?? new IOException($"No space left on device : '{path}'", NoSpace);
            }
        }

        public override void SetLength(long value) => Inner.SetLength(value);

        public override long Seek(long offset, SeekOrigin origin) => Inner.Seek(offset, origin);
    }
}
