using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Files;
using OciLayout.Layout;
using OciLayout.Model;

namespace OciLayout.Safety.Steps;

/// <summary>The file system of one process: reports each operation to the scheduler before it runs.</summary>
/// <param name="inner">The file system that runs the operations.</param>
/// <param name="scheduler">The scheduler of both processes.</param>
/// <param name="process">The number of the process, for calls from any of its threads.</param>
/// <param name="root">The path of the layout, which is left out of the names of operations.</param>
internal sealed class ScheduledFileSystem(IFileSystem inner, Scheduler scheduler, int process, string root) : IFileSystem
{
    private const int IdLength = 32;

    // Session ids are random, but the names must be the same in every run. A session file is created under a name with this suffix.
    private const string Birth = ".new";

    private const string Aside = LayoutNames.Aside + "/";

    // A child process that another test starts holds copies of our lock handles until it has loaded its own program. A process that waits
    // for a lock here waits for the other simulated process only, so retry a lock that a child process holds, up to this time.
    private static readonly TimeSpan Stranger = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, string> _owners = new(StringComparer.Ordinal);
    private readonly List<HeldLock> _held = [];

    /// <summary>The file system of the other process, which knows the names of its sessions.</summary>
    public ScheduledFileSystem? Peer { get; set; }

    public FileStatus? Stat(FilePath path)
    {
        Say("look at", path, Touch.Reads);
        return inner.Stat(path);
    }

    // As on the real file system, the names are read at once and each file's facts on demand. The order of names is not specified.
    public IEnumerable<FileStatus> List(string directory)
    {
        Say("list", directory, [(Name(directory) + "/", Touch.Reads)]);
        IEnumerable<string> names = inner.List(directory).Select(f => f.Name);
        foreach (string name in names.OrderBy(n => Name(directory + "/" + n), StringComparer.Ordinal).ToList())
        {
            if (Stat(directory + "/" + name) is { } fact) yield return fact with { Listed = name };
        }
    }

    public Stream OpenRead(FilePath path)
    {
        Say("open", path, Touch.Reads);
        return new ScheduledStream(inner.OpenRead(path), () => Say("read", path, Touch.Reads), () => { });
    }

    public int ReadShort(FilePath path, byte[] buffer) => 0;

    public Stream Create(string path, FilePurpose purpose) => Create(path, () => inner.Create(path, purpose));

    public Stream CreateLike(string path, string model)
    {
        Say("look at", model, Touch.Reads);
        return Create(path, () => inner.CreateLike(path, model));
    }

    private ScheduledStream Create(string path, Func<Stream> create)
    {
        Say("create", path, [(Name(path), Touch.Writes), (Directory(path), Touch.Names)]);
        return new ScheduledStream(create(), () => Say("write", path, Touch.Writes), () => Say("close", path, []));
    }

    public IDisposable? TryLock(string path, bool exclusive)
    {
        var touches = new List<(string, Touch)>();
        Say(exclusive ? "lock alone" : "lock", path, touches);
        bool isNew = inner.Stat(path) is null;
        IDisposable? taken = null;
        SpinWait.SpinUntil(() => (taken = inner.TryLock(path, exclusive)) is not null || IsHeldHere(path, exclusive), Stranger);
        touches.Add((Name(path), taken is null || exclusive ? Touch.OwnsLock : Touch.SharesLock));
        if (isNew) touches.AddRange([(Name(path), Touch.Writes), (Directory(path), Touch.Names)]);
        if (taken is null) return null;
        var held = new HeldLock(this, taken, exclusive) { Path = path };
        _held.Add(held);
        return held;
    }

    private bool IsHeldHere(string path, bool exclusive) =>
        _held.Concat(Peer?._held ?? []).Any(h => h.Path == path && (exclusive || h.IsExclusive));

    public void Pause(int milliseconds, CancellationToken cancellationToken) => scheduler.Wait(process);

    public bool PinsOpenFiles => inner.PinsOpenFiles;

    public void Replace(string source, string target) => Rename(source, target, ifFree: false);

    public bool TryMove(string source, FilePath target) => Rename(source, target, ifFree: true);

    private bool Rename(string source, string target, bool ifFree)
    {
        Say("rename to", target,
        [
            (Name(source), Touch.Writes), (Directory(source), Touch.Names),
            (Name(target), Touch.Writes), (Directory(target), Touch.Names),
        ]);
        if (ifFree && inner.Stat(target) is not null) return false;
        inner.Replace(source, target);
        foreach (HeldLock held in _held.Where(h => h.Path == source)) held.Path = target;
        return true;
    }

    public void Delete(FilePath path)
    {
        Say("delete", path, [(Name(path), Touch.Writes), (Directory(path), Touch.Names)]);
        inner.Delete(path);
    }

    public void CreateDirectory(string path)
    {
        Say("make", path, inner.Stat(path) is null ? Touch.Writes : Touch.Reads);
        inner.CreateDirectory(path);
    }

    public void CreateRoot(string path)
    {
        Say("make", path, inner.Stat(path) is null ? Touch.Writes : Touch.Reads);
        inner.CreateRoot(path);
    }

    // A flush changes nothing that the other process can see, but it needs the file. A process's own uploads always exist, and several
    // threads flush them. Directories are never deleted.
    public void Flush(string path)
    {
        if (Name(path) is { } name && name.StartsWith("blobs/sha256/", StringComparison.Ordinal)) Say("flush", path, Touch.Reads);
        inner.Flush(path);
    }

    // No operation here reads the age of content, but the file must exist.
    void IFileSystem.Touch(string path)
    {
        Say("touch", path, Touch.Reads);
        inner.Touch(path);
    }

    public bool TryShare(string source, string target, FileSharing sharing) => false;

    public void SetPurpose(string path, FilePurpose purpose)
    {
        Say("set the mode of", path, Touch.Reads);
        inner.SetPurpose(path, purpose);
    }

    public bool IsWritable(string directory) => inner.IsWritable(directory);

    /// <summary>Returns a path in a form that is the same in every run.</summary>
    public string Name(string path)
    {
        string name = path.Length <= root.Length ? "" : path[(root.Length + 1)..];
        // The names of files that are moved aside are random, too.
        if (name.StartsWith(Aside, StringComparison.Ordinal) && name.Length > Aside.Length + IdLength) return name[..^IdLength];
        if (!name.StartsWith("ingest/", StringComparison.Ordinal) || name.Length < 7 + IdLength || name[7] == '.') return name;
        string id = name.Substring(7, IdLength);
        if (!_owners.TryGetValue(id, out string? owner) && (owner = Peer?._owners.GetValueOrDefault(id)) is null)
        {
            owner = $"{(char)('A' + process)}{_owners.Count}";
            if (name.EndsWith(Birth, StringComparison.Ordinal)) _owners.Add(id, owner);
            else owner = "dead";
        }

        return string.Concat("ingest/", owner, name.AsSpan(7 + IdLength));
    }

    private string Directory(string path) => Name(Path.GetDirectoryName(path)!) + "/";

    private void Say(string what, string path, Touch touch) => Say(what, path, [(Name(path), touch)]);

    // Only one process uses paths outside of the layout, such as another layout that is read, so they need no scheduling.
    private void Say(string what, string path, List<(string, Touch)> touches)
    {
        if (path.Length <= root.Length ? path == root : path.StartsWith(root + "/", StringComparison.Ordinal)) scheduler.Before(process, what + " " + Name(path), touches);
    }

    private sealed class HeldLock(ScheduledFileSystem files, IDisposable taken, bool exclusive) : IDisposable
    {
        public required string Path { get; set; }

        public bool IsExclusive => exclusive;

        public void Dispose()
        {
            if (!files._held.Contains(this)) return;
            files.Say("release", Path, exclusive ? Touch.OwnsLock : Touch.SharesLock);
            files._held.Remove(this);
            taken.Dispose();
            files.Released();
        }
    }

    private void Released() => scheduler.Released(process);

    private sealed class ScheduledStream(Stream inner, Action before, Action beforeEnd) : Stream
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

        public override int Read(byte[] buffer, int offset, int count)
        {
            before();
            return inner.Read(buffer, offset, count);
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            before();
            inner.Write(buffer, offset, count);
        }

        public override void Flush() => inner.Flush();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing && !_closed)
            {
                _closed = true;
                beforeEnd();
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
