using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Files;
using OciLayout.Model;

namespace OciLayout.Safety.Steps;

/// <summary>The fault at the chosen operation.</summary>
public enum Fault
{
    /// <summary>The operation fails with an I/O error.</summary>
    Fails,

    /// <summary>The operation fails because a permission is missing.</summary>
    Denied,

    /// <summary>The disk is full: a write stores half of its bytes and fails.</summary>
    Full,

    /// <summary>The process is killed before the operation.</summary>
    DiesBefore,

    /// <summary>The process is killed after the operation.</summary>
    DiesAfter,
}

/// <summary>Thrown by every operation of a killed process. Code that catches it would run in a process that does not exist.</summary>
internal sealed class ProcessDiedException : Exception
{
    public ProcessDiedException()
        : base("This process is dead.")
    {
    }
}

/// <summary>Counts every file operation, and injects a fault into one of them.</summary>
internal sealed class FaultyFileSystem(IFileSystem inner) : IFileSystem
{
    private readonly object _sync = new();
    private readonly List<HeldLock> _held = [];
    private bool _dead;
    private bool _buried;
    private Fault _fault;

    /// <summary>The number of the operation that gets the fault, counted from 1; 0 for none.</summary>
    public int At { get; private set; }

    /// <summary>The operations since the fault was set.</summary>
    public List<string> Operations { get; } = [];

    /// <summary>Restarts the count, and sets the operation that gets the fault.</summary>
    public void Set(int at, Fault fault)
    {
        (At, _fault) = (at, fault);
        Operations.Clear();
    }

    /// <summary>Ignores all further operations, which clean-up code of the killed process runs after the test.</summary>
    public void Bury() => _buried = true;

    public FileStatus? Stat(FilePath path) => Do("look at", path, () => inner.Stat(path));

    public IEnumerable<FileStatus> List(string directory) => Do("list", directory, () => inner.List(directory).ToList()) ?? [];

    public Stream OpenRead(FilePath path) => new FaultyStream(this, path, Do("open", path, () => inner.OpenRead(path))!);

    public int ReadShort(FilePath path, byte[] buffer) => 0;

    public Stream Create(string path, FilePurpose purpose) =>
        new FaultyStream(this, path, Do("create", path, () => inner.Create(path, purpose))!);

    public Stream CreateLike(string path, string model) =>
        new FaultyStream(this, path, Do("create", path, () => inner.CreateLike(path, model))!);

    public IDisposable? TryLock(string path, bool exclusive) => Do("lock", path, () =>
    {
        if (inner.TryLock(path, exclusive) is not { } taken) return null;
        var held = new HeldLock(this, path, taken);
        _held.Add(held);
        return held;
    });

    public void Pause(int milliseconds, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("Nobody is there who could hold a lock.");

    public void Replace(string source, string target) => Do("rename to", target, () => inner.Replace(source, target));

    public bool TryMove(string source, FilePath target) => Do("rename to", target, () => inner.TryMove(source, target));

    public void Delete(FilePath path) => Do("delete", path, () => inner.Delete(path));

    public void CreateDirectory(string path) => Do("make", path, () => inner.CreateDirectory(path));

    public void CreateRoot(string path) => Do("make", path, () => inner.CreateRoot(path));

    public void Flush(string path) => Do("flush", path, () => inner.Flush(path));

    void IFileSystem.Touch(string path) => Do("touch", path, () => inner.Touch(path));

    public bool TryShare(string source, string target, FileSharing sharing) => inner.TryShare(source, target, sharing);

    public void SetPurpose(string path, FilePurpose purpose) => Do("set the mode of", path, () => inner.SetPurpose(path, purpose));

    public bool IsWritable(string directory) => inner.IsWritable(directory);

    public bool PinsOpenFiles => inner.PinsOpenFiles;

    private void Do(string what, string path, Action operation) => Do<object?>(what, path, () =>
    {
        operation();
        return null;
    });

    // Flushes run on several threads. The lock puts the operations into one order.
    private T? Do<T>(string what, string path, Func<T> operation, Action? half = null, bool canFail = true)
    {
        lock (_sync)
        {
            if (_buried) return default;
            if (_dead) throw new ProcessDiedException();
            Operations.Add($"{what} {Path.GetFileName(path)}");
            if (Operations.Count != At) return operation();
            switch (_fault)
            {
                case Fault.DiesBefore:
                    throw Die();
                case Fault.DiesAfter:
                    operation();
                    throw Die();
                case Fault.Full when canFail:
                    half?.Invoke();
                    throw new IOException($"No space left on device: '{path}'", 28);
                case Fault.Denied when canFail:
                    throw new UnauthorizedAccessException($"Access to the path '{path}' is denied.");
                case Fault.Fails when canFail:
                    throw new IOException($"Input/output error: '{path}'", 5);
                default:
                    return operation();
            }
        }
    }

    // As when the system kills a process: its handles are closed and their locks released, and nothing is cleaned up.
    private ProcessDiedException Die()
    {
        _dead = true;
        foreach (HeldLock held in _held) held.Taken.Dispose();
        return new ProcessDiedException();
    }

    private sealed class HeldLock(FaultyFileSystem files, string path, IDisposable taken) : IDisposable
    {
        private bool _released;

        public IDisposable Taken => taken;

        // Closing a lock file writes nothing, so it cannot fail. The process can still be killed here.
        public void Dispose()
        {
            if (_released) return;
            _released = true;
            files.Do<object?>("release", path, () =>
            {
                taken.Dispose();
                return null;
            }, canFail: false);
        }
    }

    private sealed class FaultyStream(FaultyFileSystem files, string path, Stream inner) : Stream
    {
        private bool _closed;

        public override bool CanRead => inner.CanRead;

        public override bool CanSeek => false;

        public override bool CanWrite => inner.CanWrite;

        public override long Length => inner.Length;

        public override long Position
        {
            get => inner.Position;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => files.Do("read", path, () => inner.Read(buffer, offset, count));

        public override void Write(byte[] buffer, int offset, int count) => files.Do<object?>("write", path, () =>
        {
            inner.Write(buffer, offset, count);
            return null;
        }, () => inner.Write(buffer, offset, count / 2));

        public override void Flush() => files.Do("hand over", path, inner.Flush);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        // A close that fails still closes the handle. A close after reading cannot fail.
        protected override void Dispose(bool disposing)
        {
            if (disposing && !_closed)
            {
                _closed = true;
                bool writes = inner.CanWrite;
                try
                {
                    files.Do("close", path, () => writes, canFail: writes);
                }
                finally
                {
                    inner.Dispose();
                }
            }

            base.Dispose(disposing);
        }
    }
}
