using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Files;
using OciLayout.Model;

namespace OciLayout.Safety.Steps;

/// <summary>
/// A file system in memory with the rules of a local one: a name refers to a file, an open handle and a lock belong to the file and not
/// to the name, and a rename is atomic. It makes a hundred thousand schedules affordable. A separate test compares it with the real one.
/// </summary>
internal sealed class MemoryDisk : IFileSystem
{
    private readonly Dictionary<string, Dictionary<string, MemoryFile>> _directories = new(StringComparer.Ordinal);
    private readonly Func<DateTime>? _clock;
    private long _ticks;

    /// <param name="clock">The source of time stamps. Without one, each change gets a new time stamp far from the current time.</param>
    public MemoryDisk(Func<DateTime>? clock = null)
    {
        _clock = clock;
        _directories.Add("/", []);
    }

    /// <summary>Returns a copy without open handles and locks.</summary>
    public MemoryDisk Copy(Func<DateTime>? clock = null)
    {
        var copy = new MemoryDisk(clock) { _ticks = _ticks };
        foreach ((string path, Dictionary<string, MemoryFile> names) in _directories)
        {
            copy._directories[path] = names.ToDictionary(
                n => n.Key, n => new MemoryFile { Bytes = n.Value.Bytes, Modified = n.Value.Modified }, StringComparer.Ordinal);
        }

        return copy;
    }

    /// <summary>Every file with its content.</summary>
    public IEnumerable<(string Path, byte[] Bytes)> Files =>
        _directories.SelectMany(d => d.Value.Select(f => (d.Key + "/" + f.Key, f.Value.Bytes)));

    /// <summary>Replaces a directory of the real disk by all files of this one.</summary>
    public void WriteTo(string root)
    {
        if (Directory.Exists(root)) Directory.Delete(root, recursive: true);
        foreach (string path in _directories.Keys) Directory.CreateDirectory(root + path);
        foreach ((string path, byte[] bytes) in Files) File.WriteAllBytes(root + path, bytes);
    }

    public FileStatus? Stat(FilePath path)
    {
        if (_directories.ContainsKey(path)) return new FileStatus(Path.GetFileName(path), FileKind.Directory, 0, default, false);
        return Find(path) is { } file ? new FileStatus(Path.GetFileName(path), FileKind.File, file.Bytes.Length, file.Modified, false) : null;
    }

    public IEnumerable<FileStatus> List(string directory)
    {
        if (!_directories.TryGetValue(directory, out Dictionary<string, MemoryFile>? names)) yield break;
        foreach (string name in names.Keys.ToList())
        {
            if (Stat(directory + "/" + name) is { } fact) yield return fact;
        }

        foreach (string path in _directories.Keys.Where(d => d.Length > directory.Length && Path.GetDirectoryName(d) == directory).ToList())
            yield return Stat(path)!.Value;
    }

    public Stream OpenRead(FilePath path) =>
        new MemoryFileStream(this, Find(path) ?? throw new FileNotFoundException("The file does not exist.", path), writable: false);

    public int ReadShort(FilePath path, byte[] buffer) => 0;

    public Stream Create(string path, FilePurpose purpose)
    {
        if (Find(path) is not null) throw new IOException($"'{path}' exists.");
        return new MemoryFileStream(this, Add(path), writable: true);
    }

    public Stream CreateNext(string path, FilePurpose purpose, ref CreationPolicy? policy) => Create(path, purpose);

    public Stream CreateLike(string path, string model) => Create(path, FilePurpose.Plain);

    public IDisposable? TryLock(string path, bool exclusive)
    {
        MemoryFile file = Find(path) ?? Add(path);
        if (file.LockedExclusively || (exclusive && file.LockedShared > 0)) return null;
        if (exclusive) file.LockedExclusively = true;
        else file.LockedShared++;
        return new MemoryLock(file, exclusive);
    }

    public void Pause(int milliseconds, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("Nobody is left who could let go of the lock.");

    public bool PinsOpenFiles => false;

    public void Replace(string source, string target)
    {
        MemoryFile file = Find(source) ?? throw new FileNotFoundException("The file does not exist.", source);
        Delete(source);
        Names(target)[Path.GetFileName(target)] = file;
    }

    public bool TryMove(string source, FilePath target)
    {
        if (Stat(target) is not null) return false;
        Replace(source, target);
        return true;
    }

    public int MoveWhileFree(ReadOnlySpan<FileMove> moves, Action<int> moved) => FileMove.OneByOne(this, moves, moved);

    public void Delete(FilePath path) => Names(path).Remove(Path.GetFileName(path));

    public void DeleteAll(FilePath[] paths, Action<int> deleted)
    {
        for (var i = 0; i < paths.Length; i++)
        {
            Delete(paths[i]);
            deleted(i);
        }
    }

    public void CreateDirectory(string path) => CreateRoot(path);

    public void CreateRoot(string path)
    {
        if (path.Length > 1 && Path.GetDirectoryName(path) is { Length: > 1 } parent) CreateRoot(parent);
        _directories.TryAdd(path, new(StringComparer.Ordinal));
    }

    public void Flush(string path)
    {
        if (Stat(path) is null) throw new FileNotFoundException("The file does not exist.", path);
    }

    public void FlushAll(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        foreach (string path in paths) Flush(path);
    }

    public void Touch(string path) => (Find(path) ?? throw new FileNotFoundException("The file does not exist.", path)).Modified = Now();

    public bool TryShare(string source, string target, FileSharing sharing) => false;

    public void SetPurpose(string path, FilePurpose purpose) => Flush(path);

    public bool IsWritable(string directory) => true;

    private MemoryFile? Find(string path) =>
        _directories.TryGetValue(Path.GetDirectoryName(path)!, out Dictionary<string, MemoryFile>? names)
            ? names.GetValueOrDefault(Path.GetFileName(path)) : null;

    private Dictionary<string, MemoryFile> Names(string path) =>
        _directories.GetValueOrDefault(Path.GetDirectoryName(path)!)
            ?? throw new DirectoryNotFoundException($"The directory of '{path}' does not exist.");

    private MemoryFile Add(string path) => Names(path)[Path.GetFileName(path)] = new MemoryFile { Modified = Now() };

    private DateTime Now() =>
        _clock is { } clock ? clock() : new DateTime(2020, 1, 1, 0, 0, 0, 1, DateTimeKind.Utc).AddMilliseconds(2 * _ticks++);

    private sealed class MemoryFile
    {
        public byte[] Bytes { get; set; } = [];

        public DateTime Modified { get; set; }

        public bool LockedExclusively { get; set; }

        public int LockedShared { get; set; }
    }

    private sealed class MemoryLock(MemoryFile file, bool exclusive) : IDisposable
    {
        private bool _released;

        public void Dispose()
        {
            if (_released) return;
            _released = true;
            if (exclusive) file.LockedExclusively = false;
            else file.LockedShared--;
        }
    }

    private sealed class MemoryFileStream(MemoryDisk disk, MemoryFile file, bool writable) : Stream
    {
        private long _position;

        public override bool CanRead => !writable;

        public override bool CanSeek => false;

        public override bool CanWrite => writable;

        public override long Length => file.Bytes.Length;

        public override long Position
        {
            get => _position;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = (int)Math.Min(count, file.Bytes.Length - _position);
            Array.Copy(file.Bytes, _position, buffer, offset, read);
            _position += read;
            return read;
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            file.Bytes = [.. file.Bytes, .. buffer.AsSpan(offset, count)];
            file.Modified = disk.Now();
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
