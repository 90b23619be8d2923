using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using OciLayout.Files;
using OciLayout.Model;

namespace OciLayout.Tests;

/// <summary>The real file system, with hooks that run before or after operations.</summary>
internal sealed class WatchedFileSystem : IFileSystem
{
    private readonly PhysicalFileSystem _files = PhysicalFileSystem.Instance;

    public Action<string>? BeforeDelete { get; init; }

    public Action<string>? AfterDelete { get; init; }

    public Action<string>? BeforeOpen { get; init; }

    public Action<string>? BeforeList { get; init; }

    public FileStatus? Stat(FilePath path) => _files.Stat(path);

    public IEnumerable<FileStatus> List(string directory)
    {
        BeforeList?.Invoke(directory);
        return _files.List(directory);
    }

    public Stream OpenRead(FilePath path)
    {
        BeforeOpen?.Invoke(path);
        return _files.OpenRead(path);
    }

    public int ReadShort(FilePath path, byte[] buffer) => 0;

    public Stream Create(string path, FilePurpose purpose) => _files.Create(path, purpose);

    public Stream CreateLike(string path, string model) => _files.CreateLike(path, model);

    public IDisposable? TryLock(string path, bool exclusive) => _files.TryLock(path, exclusive);

    public bool PinsOpenFiles => _files.PinsOpenFiles;

    public void Pause(int milliseconds, CancellationToken cancellationToken) => _files.Pause(milliseconds, cancellationToken);

    public void Replace(string source, string target) => _files.Replace(source, target);

    public bool TryMove(string source, FilePath target) => _files.TryMove(source, target);

    public void Delete(FilePath path)
    {
        BeforeDelete?.Invoke(path);
        _files.Delete(path);
        AfterDelete?.Invoke(path);
    }

    public void CreateDirectory(string path) => _files.CreateDirectory(path);

    public void CreateRoot(string path) => _files.CreateRoot(path);

    public void Flush(string path) => _files.Flush(path);

    public void Touch(string path) => _files.Touch(path);

    public bool TryShare(string source, string target, FileSharing sharing) => _files.TryShare(source, target, sharing);

    public void SetPurpose(string path, FilePurpose purpose) => _files.SetPurpose(path, purpose);

    public bool IsWritable(string directory) => _files.IsWritable(directory);
}
