using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Files;
using OciLayout.Layout;
using OciLayout.Model;
using OciLayout.Testing;

namespace OciLayout.Safety.Steps;

/// <summary>The file system of one process: reports each operation to the scheduler before it runs.</summary>
/// <param name="inner">The file system that runs the operations.</param>
/// <param name="scheduler">The scheduler of both processes.</param>
/// <param name="process">The number of the process.</param>
/// <param name="root">The path of the layout, which is left out of the names of operations.</param>
internal sealed class ScheduledFileSystem(IFileSystem inner, Scheduler scheduler, int process, string root) : DelegatingFileSystem(inner)
{
    private const int IdLength = 32;

    // Session ids are random, but the names must be the same in every run. A session file is created under a name with this suffix.
    private const string NewSuffix = ".new";

    private const string Quarantine = LayoutNames.QuarantineDirectory + "/";

    // A child process that another test starts holds copies of our lock handles until it has loaded its own program. A process that waits
    // for a lock here waits for the other simulated process only, so retry a lock that a child process holds, up to this time.
    private static readonly TimeSpan ChildProcessTime = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, string> _owners = new(StringComparer.Ordinal);
    private readonly List<HeldLock> _held = [];

    /// <summary>The file system of the other process, which knows the names of its sessions.</summary>
    public ScheduledFileSystem? Peer { get; set; }

    public override FileStatus? Stat(FilePath path)
    {
        Announce("look at", path, Access.Reads);
        return base.Stat(path);
    }

    // As on the real file system, the names are read at once and each file's properties on demand. The order of names is not specified.
    public override IEnumerable<FileStatus> List(string directory)
    {
        Announce("list", directory, [(Name(directory) + "/", Access.Reads)]);
        IEnumerable<string> names = base.List(directory).Select(f => f.Name);
        foreach (string name in names.OrderBy(n => Name(directory + "/" + n), StringComparer.Ordinal).ToList())
        {
            if (Stat(directory + "/" + name) is { } fact) yield return fact with { Listed = name };
        }
    }

    public override Stream OpenRead(FilePath path)
    {
        Announce("open", path, Access.Reads);
        return new ScheduledStream(base.OpenRead(path), () => Announce("read", path, Access.Reads), () => { });
    }

    public override Stream Create(string path, FilePurpose purpose) => Create(path, () => base.Create(path, purpose));

    public override Stream CreateLike(string path, string model)
    {
        Announce("look at", model, Access.Reads);
        return Create(path, () => base.CreateLike(path, model));
    }

    private ScheduledStream Create(string path, Func<Stream> create)
    {
        Announce("create", path, [(Name(path), Access.Writes), (Directory(path), Access.Names)]);
        return new ScheduledStream(create(), () => Announce("write", path, Access.Writes), () => Announce("close", path, []));
    }

    public override IDisposable? TryLock(string path, bool exclusive)
    {
        var accesses = new List<(string, Access)>();
        Announce(exclusive ? "lock alone" : "lock", path, accesses);
        bool isNew = base.Stat(path) is null;
        IDisposable? taken = null;
        SpinWait.SpinUntil(() => (taken = base.TryLock(path, exclusive)) is not null || IsHeldHere(path, exclusive), ChildProcessTime);
        accesses.Add((Name(path), taken is null || exclusive ? Access.OwnsLock : Access.SharesLock));
        if (isNew) accesses.AddRange([(Name(path), Access.Writes), (Directory(path), Access.Names)]);
        if (taken is null) return null;
        var held = new HeldLock(this, taken, exclusive) { Path = path };
        _held.Add(held);
        return held;
    }

    private bool IsHeldHere(string path, bool exclusive) =>
        _held.Concat(Peer?._held ?? []).Any(h => h.Path == path && (exclusive || h.IsExclusive));

    public override void Pause(int milliseconds, CancellationToken cancellationToken) => scheduler.Wait(process);

    public override void Replace(string source, string target) => Rename(source, target, ifFree: false);

    public override bool TryMove(string source, FilePath target) => Rename(source, target, ifFree: true);

    private bool Rename(string source, string target, bool ifFree)
    {
        Announce("rename to", target,
        [
            (Name(source), Access.Writes), (Directory(source), Access.Names),
            (Name(target), Access.Writes), (Directory(target), Access.Names),
        ]);
        if (ifFree && base.Stat(target) is not null) return false;
        base.Replace(source, target);
        foreach (HeldLock held in _held.Where(h => h.Path == source)) held.Path = target;
        return true;
    }

    public override void Delete(FilePath path)
    {
        Announce("delete", path, [(Name(path), Access.Writes), (Directory(path), Access.Names)]);
        base.Delete(path);
    }

    public override void CreateDirectory(string path)
    {
        Announce("make", path, base.Stat(path) is null ? Access.Writes : Access.Reads);
        base.CreateDirectory(path);
    }

    public override void CreateRoot(string path)
    {
        Announce("make", path, base.Stat(path) is null ? Access.Writes : Access.Reads);
        base.CreateRoot(path);
    }

    // A flush changes nothing that the other process can see, but it needs the file. A process's own uploads always exist, and another
    // thread can flush them. Directories are never deleted.
    public override void Flush(string path)
    {
        if (Name(path) is { } name && name.StartsWith("blobs/sha256/", StringComparison.Ordinal)) Announce("flush", path, Access.Reads);
        base.Flush(path);
    }

    // One after another: a process that is stopped during a flush takes long, and threads that help it would run in any order.
    public override void FlushAll(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        foreach (string path in paths) Flush(path);
    }

    // No operation here reads the age of content, but the file must exist.
    public override void Touch(string path)
    {
        Announce("touch", path, Access.Reads);
        base.Touch(path);
    }

    public override bool TryShare(string source, string target, FileSharing sharing) => false;

    public override void SetPurpose(string path, FilePurpose purpose)
    {
        Announce("set the mode of", path, Access.Reads);
        base.SetPurpose(path, purpose);
    }

    /// <summary>Returns a path in a form that is the same in every run.</summary>
    public string Name(string path)
    {
        string name = path.Length <= root.Length ? "" : path[(root.Length + 1)..];
        // The names of files in the quarantine are random, too.
        if (name.StartsWith(Quarantine, StringComparison.Ordinal) && name.Length > Quarantine.Length + IdLength) return name[..^IdLength];
        if (!name.StartsWith("ingest/", StringComparison.Ordinal) || name.Length < 7 + IdLength || name[7] == '.') return name;
        string id = name.Substring(7, IdLength);
        if (!_owners.TryGetValue(id, out string? owner) && (owner = Peer?._owners.GetValueOrDefault(id)) is null)
        {
            owner = $"{(char)('A' + process)}{_owners.Count}";
            if (name.EndsWith(NewSuffix, StringComparison.Ordinal)) _owners.Add(id, owner);
            else owner = "dead";
        }

        return string.Concat("ingest/", owner, name.AsSpan(7 + IdLength));
    }

    private string Directory(string path) => Name(Path.GetDirectoryName(path)!) + "/";

    private void Announce(string what, string path, Access access) => Announce(what, path, [(Name(path), access)]);

    // Only one process uses paths outside of the layout, such as another layout that is read, so they need no scheduling.
    private void Announce(string what, string path, List<(string, Access)> accesses)
    {
        if (path.Length <= root.Length ? path == root : path.StartsWith(root + "/", StringComparison.Ordinal)) scheduler.Before(process, what + " " + Name(path), accesses);
    }

    private sealed class HeldLock(ScheduledFileSystem files, IDisposable taken, bool exclusive) : IDisposable
    {
        public required string Path { get; set; }

        public bool IsExclusive => exclusive;

        public void Dispose()
        {
            if (!files._held.Contains(this)) return;
            files.Announce("release", Path, exclusive ? Access.OwnsLock : Access.SharesLock);
            files._held.Remove(this);
            taken.Dispose();
            files.Released();
        }
    }

    private void Released() => scheduler.Released(process);

    private sealed class ScheduledStream(Stream inner, Action before, Action beforeEnd) : DelegatingStream(inner)
    {
        private bool _closed;

        public override int Read(byte[] buffer, int offset, int count)
        {
            before();
            return base.Read(buffer, offset, count);
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            before();
            base.Write(buffer, offset, count);
        }

        protected override void Dispose(bool disposing)
        {
            if (!disposing || _closed) return;
            _closed = true;
            beforeEnd();
            base.Dispose(disposing);
        }
    }
}
