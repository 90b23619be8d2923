using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using OciLayout.Files;
using OciLayout.Model;
using OciLayout.Testing;

namespace OciLayout.Safety.Disks;

/// <summary>The real file system of one process. It records all changes, and the process can be killed after any step.</summary>
internal sealed class RecordingFileSystem(DiskLog log, string root, int killAfter = int.MaxValue) : DelegatingFileSystem(PhysicalFileSystem.Instance)
{
    private int _steps;

    public bool Killed => Volatile.Read(ref _steps) >= killAfter;

    public override Stream Create(string path, FilePurpose purpose) =>
        new RecordedStream(this, path, Step(() => base.Create(path, purpose), new DiskEvent(DiskAction.Create, path)));

    public override Stream CreateLike(string path, string model) =>
        new RecordedStream(this, path, Step(() => base.CreateLike(path, model), new DiskEvent(DiskAction.Create, path)));

    // Only the name of a lock file is recorded, because its bytes have no meaning.
    public override IDisposable? TryLock(string path, bool exclusive) => File.Exists(path)
        ? base.TryLock(path, exclusive)
        : Step(() => base.TryLock(path, exclusive), new DiskEvent(DiskAction.Create, path));

    public override void Replace(string source, string target) => Step(() => base.Replace(source, target), new DiskEvent(DiskAction.Rename, source, target));

    public override bool TryMove(string source, FilePath target)
    {
        if (Stat(target) is not null) return false;
        Replace(source, target);
        return true;
    }

    public override void Delete(FilePath path)
    {
        if (File.Exists(path)) Step(() => base.Delete(path), new DiskEvent(DiskAction.Delete, path));
    }

    public override void CreateDirectory(string path) => CreateRoot(path);

    public override void CreateRoot(string path)
    {
        var missing = new Stack<DiskEvent>();
        for (string? at = path; at is not null && !Directory.Exists(at); at = Path.GetDirectoryName(at)) missing.Push(new DiskEvent(DiskAction.CreateDirectory, at));
        while (missing.TryPop(out DiskEvent? next)) Step(() => base.CreateDirectory(next.Path), next);
    }

    // Directories above the recorded root are not part of the disk.
    public override void Flush(string path)
    {
        if (path.StartsWith(root, StringComparison.Ordinal)) Step(() => base.Flush(path), new DiskEvent(DiskAction.Flush, path));
    }

    public override void Touch(string path) => Step(() => base.Touch(path), new DiskEvent(DiskAction.Touch, path));

    public override bool TryShare(string source, string target, FileSharing sharing) => false;

    public override void SetPurpose(string path, FilePurpose purpose) => Step(() => base.SetPurpose(path, purpose), new DiskEvent(DiskAction.Touch, path));

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

    private sealed class RecordedStream(RecordingFileSystem files, string path, Stream inner) : DelegatingStream(inner)
    {
        public override void Write(byte[] buffer, int offset, int count) => files.Step(
            () => Inner.Write(buffer, offset, count),
            new DiskEvent(DiskAction.Write, path, Bytes: buffer.AsSpan(offset, count).ToArray()));

        public override void SetLength(long value) => Inner.SetLength(value);
    }
}
