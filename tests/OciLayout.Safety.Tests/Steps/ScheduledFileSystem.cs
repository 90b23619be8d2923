using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Storage;

namespace OciLayout.Safety.Steps;

/// <summary>The file system as one process sees it: it tells the scheduler of each operation before it happens.</summary>
/// <param name="inner">Where it happens.</param>
/// <param name="scheduler">Who decides when.</param>
/// <param name="process">Whose it is, whatever thread calls.</param>
/// <param name="root">The layout, for shorter names.</param>
internal sealed class ScheduledFileSystem(IFileSystem inner, Scheduler scheduler, int process, string root) : IFileSystem
{
    private const int IdLength = 32;

    // Session ids are random, and names have to be the same in every run. A session is born under a name that ends like this.
    private const string Birth = ".new";

    private const string Aside = LayoutNames.Aside + "/";

    // A child that some other test starts has copies of our locks, until it runs its own program. Those who wait for a lock wait for the
    // other process here, so who is refused by a stranger tries again; this is when to give up.
    private static readonly TimeSpan Stranger = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, string> _owners = new(StringComparer.Ordinal);
    private readonly List<HeldLock> _held = [];

    /// <summary>The same names for the other process.</summary>
    public ScheduledFileSystem? Peer { get; set; }

    public FileFact? Stat(FilePath path)
    {
        Say("look at", path, Touch.Reads);
        return inner.Stat(path);
    }

    // The names come at once, what is known of each when it is asked for: so does the real one. Their order is nobody's promise.
    public IEnumerable<FileFact> List(string directory)
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

    public void Pause(int milliseconds, CancellationToken cancellation) => scheduler.Wait(process);

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

    // Flushing changes nothing that another process sees, but the file has to be there. One's own uploads are, and several of those are
    // flushed on several threads. Directories stay.
    public void Flush(string path)
    {
        if (Name(path) is { } name && name.StartsWith("blobs/sha256/", StringComparison.Ordinal)) Say("flush", path, Touch.Reads);
        inner.Flush(path);
    }

    // Nothing that runs here asks how old content is; that it is there, it has to be.
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

    /// <summary>A path as it is in every run.</summary>
    public string Name(string path)
    {
        string name = path.Length <= root.Length ? "" : path[(root.Length + 1)..];
        if (name.StartsWith(Aside, StringComparison.Ordinal) && name.Length > Aside.Length + IdLength) return name[..^IdLength]; // those names are random, too
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

    // What lies elsewhere, such as another layout that is only read, concerns one process.
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
