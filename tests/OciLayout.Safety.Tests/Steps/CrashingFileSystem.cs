using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Files;
using OciLayout.Model;
using OciLayout.Testing;

namespace OciLayout.Safety.Steps;

/// <summary>Counts every file operation, and injects a fault into one of them.</summary>
internal sealed class CrashingFileSystem(IFileSystem inner) : DelegatingFileSystem(inner)
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

    public override FileStatus? Stat(FilePath path) => Do("look at", path, () => base.Stat(path));

    public override IEnumerable<FileStatus> List(string directory) => Do("list", directory, () => base.List(directory).ToList()) ?? [];

    public override Stream OpenRead(FilePath path) => new FaultyStream(this, path, Do("open", path, () => base.OpenRead(path))!);

    public override Stream Create(string path, FilePurpose purpose) =>
        new FaultyStream(this, path, Do("create", path, () => base.Create(path, purpose))!);

    public override Stream CreateLike(string path, string model) =>
        new FaultyStream(this, path, Do("create", path, () => base.CreateLike(path, model))!);

    public override IDisposable? TryLock(string path, bool exclusive) => Do("lock", path, () =>
    {
        if (base.TryLock(path, exclusive) is not { } taken) return null;
        var held = new HeldLock(this, path, taken);
        _held.Add(held);
        return held;
    });

    public override void Pause(int milliseconds, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("Nobody is there who could hold a lock.");

    public override void Replace(string source, string target) => Do("rename to", target, () => base.Replace(source, target));

    public override bool TryMove(string source, FilePath target) => Do("rename to", target, () => base.TryMove(source, target));

    public override void Delete(FilePath path) => Do("delete", path, () => base.Delete(path));

    public override void CreateDirectory(string path) => Do("make", path, () => base.CreateDirectory(path));

    public override void CreateRoot(string path) => Do("make", path, () => base.CreateRoot(path));

    public override void Flush(string path) => Do("flush", path, () => base.Flush(path));

    public override void Touch(string path) => Do("touch", path, () => base.Touch(path));

    public override void SetPurpose(string path, FilePurpose purpose) => Do("set the mode of", path, () => base.SetPurpose(path, purpose));

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

    private sealed class HeldLock(CrashingFileSystem files, string path, IDisposable taken) : IDisposable
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

    private sealed class FaultyStream(CrashingFileSystem files, string path, Stream inner) : DelegatingStream(inner)
    {
        private bool _closed;

        public override int Read(byte[] buffer, int offset, int count) => files.Do("read", path, () => Inner.Read(buffer, offset, count));

        public override void Write(byte[] buffer, int offset, int count) => files.Do<object?>("write", path, () =>
        {
            Inner.Write(buffer, offset, count);
            return null;
        }, () => Inner.Write(buffer, offset, count / 2));

        public override void Flush() => files.Do("hand over", path, Inner.Flush);

        // A close that fails still closes the handle. A close after reading cannot fail.
        protected override void Dispose(bool disposing)
        {
            if (disposing && !_closed)
            {
                _closed = true;
                bool writes = Inner.CanWrite;
                try
                {
                    files.Do("close", path, () => writes, canFail: writes);
                }
                finally
                {
                    base.Dispose(disposing);
                }
            }
        }
    }
}
