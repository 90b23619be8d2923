using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;

namespace OciLayout.Storage;

/// <summary>
/// The file system as a store uses it: where it may not write, that is told as a store that cannot be changed, and what could not be
/// written. Other failures, a full disk above all, keep the exceptions of System.IO, which name the path.
/// </summary>
internal sealed class StoreFileSystem(IFileSystem files, string root) : IFileSystem
{
    public bool PinsOpenFiles => files.PinsOpenFiles;

    public FileFact? Stat(string path) => files.Stat(path);

    public IEnumerable<FileFact> List(string directory) => files.List(directory);

    public Stream OpenRead(string path) => files.OpenRead(path);

    public Stream Create(string path, FilePurpose purpose)
    {
        try
        {
            return files.Create(path, purpose);
        }
        catch (Exception e) when (IsRefused(e))
        {
            throw StoreLocks.ReadOnly(root, e);
        }
    }

    public Stream CreateLike(string path, string model) => Write(() => files.CreateLike(path, model));

    public bool TryShare(string source, string target, FileSharing sharing) => Write(() => files.TryShare(source, target, sharing));

    public IDisposable? TryLock(string path, bool exclusive) => Write(() => files.TryLock(path, exclusive));

    public void Pause(int milliseconds, CancellationToken cancellation) => files.Pause(milliseconds, cancellation);

    public void Replace(string source, string target)
    {
        try
        {
            files.Replace(source, target);
        }
        catch (Exception e) when (IsRefused(e))
        {
            throw StoreLocks.ReadOnly(root, e);
        }
    }

    public bool TryMove(string source, string target)
    {
        try
        {
            return files.TryMove(source, target);
        }
        catch (Exception e) when (IsRefused(e))
        {
            throw StoreLocks.ReadOnly(root, e);
        }
    }

    public void Delete(string path)
    {
        try
        {
            files.Delete(path);
        }
        catch (Exception e) when (IsRefused(e))
        {
            throw StoreLocks.ReadOnly(root, e);
        }
    }

    public void CreateDirectory(string path) => Write(() => files.CreateDirectory(path));

    public void Flush(string path) => files.Flush(path);

    public void Touch(string path) => files.Touch(path);

    public void SetPurpose(string path, FilePurpose purpose) => files.SetPurpose(path, purpose);

    public bool IsWritable(string directory) => files.IsWritable(directory);

    private void Write(Action action) => Write(() =>
    {
        action();
        return true;
    });

    private T Write<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (IsRefused(e))
        {
            throw StoreLocks.ReadOnly(root, e);
        }
    }

    private static bool IsRefused(Exception e) => e is UnauthorizedAccessException || (e is IOException && Native.IsReadOnlyMedium(e.HResult));
}
