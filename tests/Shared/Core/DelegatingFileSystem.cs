using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Model;

namespace OciLayout.Testing;

/// <summary>
/// Forwards each operation to another file system. The test doubles derive from it and override the operations that they observe or
/// change.
/// </summary>
internal abstract class DelegatingFileSystem(IFileSystem inner) : IFileSystem
{
    protected IFileSystem Inner => inner;

    public virtual FileStatus? Stat(FilePath path) => inner.Stat(path);

    public virtual IEnumerable<FileStatus> List(string directory) => inner.List(directory);

    public virtual Stream OpenRead(FilePath path) => inner.OpenRead(path);

    /// <summary>Returns 0, so that the core reads every file with <see cref="OpenRead"/>, which the doubles observe.</summary>
    public int ReadShort(FilePath path, byte[] buffer) => 0;

    public virtual Stream Create(string path, FilePurpose purpose) => inner.Create(path, purpose);

    /// <summary>Creates a file with <see cref="Create"/>, which the doubles observe.</summary>
    public Stream CreateNext(string path, FilePurpose purpose, ref CreationPolicy? policy) => Create(path, purpose);

    public virtual Stream CreateLike(string path, string model) => inner.CreateLike(path, model);

    public virtual bool TryShare(string source, string target, FileSharing sharing) => inner.TryShare(source, target, sharing);

    public virtual IDisposable? TryLock(string path, bool exclusive) => inner.TryLock(path, exclusive);

    public virtual bool PinsOpenFiles => inner.PinsOpenFiles;

    public virtual void Pause(int milliseconds, CancellationToken cancellationToken) => inner.Pause(milliseconds, cancellationToken);

    public virtual void Replace(string source, string target) => inner.Replace(source, target);

    public virtual bool TryMove(string source, FilePath target) => inner.TryMove(source, target);

    /// <summary>Renames one file after the other with <see cref="TryMove"/>, which the doubles observe.</summary>
    public int MoveWhileFree(ReadOnlySpan<FileMove> moves, Action<int> moved) => FileMove.OneByOne(this, moves, moved);

    public virtual void Delete(FilePath path) => inner.Delete(path);

    /// <summary>Deletes one file after the other with <see cref="Delete"/>, which the doubles observe.</summary>
    public void DeleteAll(FilePath[] paths, Action<int> deleted)
    {
        for (var i = 0; i < paths.Length; i++)
        {
            Delete(paths[i]);
            deleted(i);
        }
    }

    public virtual void CreateDirectory(string path) => inner.CreateDirectory(path);

    public virtual void CreateRoot(string path) => inner.CreateRoot(path);

    public virtual void Flush(string path) => inner.Flush(path);

    /// <summary>Flushes files with <see cref="Flush"/>, which the doubles observe, on several threads if it is slow.</summary>
    public virtual void FlushAll(IReadOnlyList<string> paths, CancellationToken cancellationToken) => ParallelLoop.ForWaiting(paths.Count, i => Flush(paths[i]), cancellationToken);

    public virtual void Touch(string path) => inner.Touch(path);

    public virtual void SetPurpose(string path, FilePurpose purpose) => inner.SetPurpose(path, purpose);

    public virtual bool IsWritable(string directory) => inner.IsWritable(directory);
}
