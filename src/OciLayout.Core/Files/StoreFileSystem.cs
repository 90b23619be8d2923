using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using OciLayout.Model;

namespace OciLayout.Files;

/// <summary>
/// The file system as a store uses it: a missing write permission is reported as <see cref="OciErrorKind.ReadOnlyStore"/>. Other errors,
/// such as a full disk, stay exceptions of System.IO, which name the path.
/// </summary>
internal sealed class StoreFileSystem(IFileSystem files, string root) : IFileSystem
{
    public bool PinsOpenFiles => files.PinsOpenFiles;

    public FileStatus? Stat(FilePath path) => files.Stat(path);

    public IEnumerable<FileStatus> List(string directory) => files.List(directory);

    public Stream OpenRead(FilePath path) => files.OpenRead(path);

    public int ReadShort(FilePath path, byte[] buffer) => files.ReadShort(path, buffer);

    public Stream Create(string path, FilePurpose purpose) => Write((f, a) => f.Create(a.path, a.purpose), (path, purpose));

    public Stream CreateLike(string path, string model) => Write((f, a) => f.CreateLike(a.path, a.model), (path, model));

    public bool TryShare(string source, string target, FileSharing sharing) => Write((f, a) => f.TryShare(a.source, a.target, a.sharing), (source, target, sharing));

    public IDisposable? TryLock(string path, bool exclusive) => Write((f, a) => f.TryLock(a.path, a.exclusive), (path, exclusive));

    public void Pause(int milliseconds, CancellationToken cancellationToken) => files.Pause(milliseconds, cancellationToken);

    public void Replace(string source, string target) => Write((f, a) => f.Replace(a.source, a.target), (source, target));

    // CreateNext, TryMove and Delete are called for many files, so they do not use the generic helper, which each process would have to JIT-compile.
    public Stream CreateNext(string path, FilePurpose purpose, ref CreationPolicy? policy)
    {
        try
        {
            return files.CreateNext(path, purpose, ref policy);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            throw Errors.ReadOnlyStore(root, e);
        }
    }

    public bool TryMove(string source, FilePath target)
    {
        try
        {
            return files.TryMove(source, target);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            throw Errors.ReadOnlyStore(root, e);
        }
    }

    public int MoveWhileFree(ReadOnlySpan<FileMove> moves, Action<int> moved)
    {
        try
        {
            return files.MoveWhileFree(moves, moved);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            throw Errors.ReadOnlyStore(root, e);
        }
    }

    public void Delete(FilePath path)
    {
        try
        {
            files.Delete(path);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            throw Errors.ReadOnlyStore(root, e);
        }
    }

    public void DeleteAll(FilePath[] paths, Action<int> deleted)
    {
        try
        {
            files.DeleteAll(paths, deleted);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            throw Errors.ReadOnlyStore(root, e);
        }
    }

    public void CreateDirectory(string path)
    {
        try
        {
            Write((f, a) => f.CreateDirectory(a), path);
        }
        catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException && files.Stat(root) is null)
        {
            throw Errors.StoreGone(root, e);
        }
    }

    public void CreateRoot(string path) => Write((f, a) => f.CreateRoot(a), path);

    public void Flush(string path) => files.Flush(path);

    public void FlushAll(IReadOnlyList<string> paths, CancellationToken cancellationToken) => files.FlushAll(paths, cancellationToken);

    public void Touch(string path) => files.Touch(path);

    public void SetPurpose(string path, FilePurpose purpose) => files.SetPurpose(path, purpose);

    public bool IsWritable(string directory) => files.IsWritable(directory);

    private void Write<TArguments>(Action<IFileSystem, TArguments> action, TArguments arguments) => Write(
        (f, a) =>
        {
            a.action(f, a.arguments);
            return true;
        },
        (action, arguments));

    // The arguments are passed explicitly, because a lambda that captures them would be allocated for each of many files.
    private T Write<TArguments, T>(Func<IFileSystem, TArguments, T> action, TArguments arguments)
    {
        try
        {
            return action(files, arguments);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            throw Errors.ReadOnlyStore(root, e);
        }
    }

    private static bool IsRefusal(Exception e) => e is UnauthorizedAccessException || (e is IOException && SystemError.IsReadOnlyMedium(e.HResult));
}
