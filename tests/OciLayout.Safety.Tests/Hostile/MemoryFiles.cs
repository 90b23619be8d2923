using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Files;
using OciLayout.Layout;
using OciLayout.Model;

namespace OciLayout.Safety.Hostile;

/// <summary>A few files in memory for code that only reads. Another process seems to hold every lock.</summary>
internal sealed class MemoryFiles : ILayout, IFileSystem
{
    private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    public string Root => "/memory";

    public MemoryFiles With(string path, byte[] content)
    {
        _files[path] = content;
        return this;
    }

    public FileStatus? Stat(FilePath path) => Stat(path.ToString());

    public FileStatus? Stat(string path) => _files.TryGetValue(path, out byte[]? content) ? Fact(path, content) : null;

    public FileStatus? Stat(Digest blob) => Stat(LayoutNames.Blob(blob));

    public Stream Open(Digest blob) => Open(LayoutNames.Blob(blob));

    public Stream Open(string name) => OpenRead(name);

    public Stream OpenRead(FilePath path) => new MemoryStream(_files[path], writable: false);

    public IEnumerable<FileStatus> List(string directory) =>
        _files.Where(f => Path.GetDirectoryName(f.Key) == directory).Select(f => Fact(f.Key, f.Value));

    public IDisposable? TryLock(string path, bool exclusive) => null;

    public void Pause(int milliseconds, CancellationToken cancellationToken) => cancellationToken.ThrowIfCancellationRequested();

    private static FileStatus Fact(string path, byte[] content) =>
        new(Path.GetFileName(path), FileKind.File, content.Length, DateTime.UnixEpoch, false);

    public int ReadShort(FilePath path, byte[] buffer) => 0;

    public int ReadShort(Digest blob, byte[] buffer) => 0;

    public Stream Create(string path, FilePurpose purpose) => throw new NotSupportedException();

    public Stream CreateLike(string path, string model) => throw new NotSupportedException();

    public bool PinsOpenFiles => false;

    public void Replace(string source, string target) => throw new NotSupportedException();

    public bool TryMove(string source, FilePath target) => throw new NotSupportedException();

    public void Delete(FilePath path) => throw new NotSupportedException();

    public void CreateDirectory(string path) => throw new NotSupportedException();

    public void CreateRoot(string path) => throw new NotSupportedException();

    public void Flush(string path) => throw new NotSupportedException();

    public void Touch(string path) => throw new NotSupportedException();

    public bool TryShare(string source, string target, FileSharing sharing) => throw new NotSupportedException();

    public void SetPurpose(string path, FilePurpose purpose) => throw new NotSupportedException();

    public bool IsWritable(string directory) => true;
}
