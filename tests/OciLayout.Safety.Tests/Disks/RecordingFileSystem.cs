using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using OciLayout.Files;
using OciLayout.Model;

namespace OciLayout.Safety.Disks;

/// <summary>A step that changes a file system, or makes changes durable.</summary>
internal enum DiskAction
{
    Create,
    Write,
    Rename,
    Delete,
    CreateDirectory,
    Flush,
    Touch,

    /// <summary>Everything so far is durable; a scenario begins here.</summary>
    Settled,

    /// <summary>A promise that holds from here on: <see cref="DiskEvent.Promise"/>.</summary>
    Promised,
}

/// <summary>One step of a log.</summary>
internal sealed record DiskEvent(DiskAction Action, string Path = "", string Target = "", byte[]? Bytes = null, Promise? Promise = null);

/// <summary>The steps of some processes on one disk, in order. Thread-safe, but for <see cref="Events"/>.</summary>
internal sealed class DiskLog
{
    private readonly Lock _gate = new();
    private readonly List<DiskEvent> _events = [];

    public IReadOnlyList<DiskEvent> Events => _events;

    public void Note(DiskEvent happened)
    {
        lock (_gate) _events.Add(happened);
    }

    /// <summary>Runs an action and records it as one step.</summary>
    public T Do<T>(Func<T> action, params ReadOnlySpan<DiskEvent> events)
    {
        lock (_gate)
        {
            T result = action();
            _events.AddRange(events);
            return result;
        }
    }
}

/// <summary>Thrown by every operation of a killed process, which changes nothing any more.</summary>
internal sealed class KilledException() : IOException("The process was killed.");

/// <summary>The real file system of one process. It records all changes, and the process can be killed after any step.</summary>
internal sealed class RecordingFileSystem(DiskLog log, string root, int killAfter = int.MaxValue) : IFileSystem
{
    private readonly PhysicalFileSystem _files = PhysicalFileSystem.Instance;
    private int _steps;

    public bool Killed => Volatile.Read(ref _steps) >= killAfter;

    public FileStatus? Stat(FilePath path) => _files.Stat(path);

    public IEnumerable<FileStatus> List(string directory) => _files.List(directory);

    public Stream OpenRead(FilePath path) => _files.OpenRead(path);

    public int ReadShort(FilePath path, byte[] buffer) => 0;

    public Stream Create(string path, FilePurpose purpose) =>
        new RecordedStream(this, path, Step(() => _files.Create(path, purpose), new DiskEvent(DiskAction.Create, path)));

    public Stream CreateLike(string path, string model) =>
        new RecordedStream(this, path, Step(() => _files.CreateLike(path, model), new DiskEvent(DiskAction.Create, path)));

    // Only the name of a lock file is recorded, because its bytes have no meaning.
    public IDisposable? TryLock(string path, bool exclusive) => File.Exists(path)
        ? _files.TryLock(path, exclusive)
        : Step(() => _files.TryLock(path, exclusive), new DiskEvent(DiskAction.Create, path));

    public bool PinsOpenFiles => _files.PinsOpenFiles;

    public void Replace(string source, string target) => Step(() => _files.Replace(source, target), new DiskEvent(DiskAction.Rename, source, target));

    public bool TryMove(string source, FilePath target)
    {
        if (Stat(target) is not null) return false;
        Replace(source, target);
        return true;
    }

    public void Delete(FilePath path)
    {
        if (File.Exists(path)) Step(() => _files.Delete(path), new DiskEvent(DiskAction.Delete, path));
    }

    public void CreateDirectory(string path) => CreateRoot(path);

    public void CreateRoot(string path)
    {
        var missing = new Stack<DiskEvent>();
        for (string? at = path; at is not null && !Directory.Exists(at); at = Path.GetDirectoryName(at)) missing.Push(new DiskEvent(DiskAction.CreateDirectory, at));
        while (missing.TryPop(out DiskEvent? next)) Step(() => _files.CreateDirectory(next.Path), next);
    }

    // Directories above the recorded root are not part of the disk.
    public void Flush(string path)
    {
        if (path.StartsWith(root, StringComparison.Ordinal)) Step(() => _files.Flush(path), new DiskEvent(DiskAction.Flush, path));
    }

    public void Touch(string path) => Step(() => _files.Touch(path), new DiskEvent(DiskAction.Touch, path));

    public bool TryShare(string source, string target, FileSharing sharing) => false;

    public void SetPurpose(string path, FilePurpose purpose) => Step(() => _files.SetPurpose(path, purpose), new DiskEvent(DiskAction.Touch, path));

    public bool IsWritable(string directory) => _files.IsWritable(directory);

    public void Pause(int milliseconds, CancellationToken cancellationToken) => _files.Pause(milliseconds, cancellationToken);

    private void Step(Action action, DiskEvent happened) => Step(
        () =>
        {
            action();
            return 0;
        },
        happened);

    private T Step<T>(Func<T> action, DiskEvent happened) => log.Do(
        () =>
        {
            if (Killed) throw new KilledException();
            T result = action();
            _steps++;
            return result;
        },
        happened);

    private sealed class RecordedStream(RecordingFileSystem files, string path, Stream inner) : Stream
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

        public override void Write(byte[] buffer, int offset, int count) => files.Step(
            () => inner.Write(buffer, offset, count),
            new DiskEvent(DiskAction.Write, path, Bytes: buffer.AsSpan(offset, count).ToArray()));

        public override void Flush() => inner.Flush();

        public override void SetLength(long value) => inner.SetLength(value);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
