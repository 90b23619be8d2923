using System;
using System.IO;
using System.Text;

namespace OciLayout.Storage;

/// <summary>
/// The name of a file beside its target while it is written, and the lock that shows that its writer is running. A process that is killed
/// leaves both; the next writer of the same target deletes them.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    /// <summary>The largest number of writers of one target at the same time.</summary>
    private const int MostWriters = 100;

    /// <summary>Names of files have at most 255 bytes nearly everywhere; the rest is for what is added.</summary>
    private const int LongestName = 200;

    private readonly IFileSystem _files;
    private readonly string _lockPath;
    private readonly IDisposable? _lock;

    private PartialFile(IFileSystem files, string path, string lockPath, IDisposable? taken) => (_files, Path, _lockPath, _lock) = (files, path, lockPath, taken);

    /// <summary>The path to write to.</summary>
    public string Path { get; }

    /// <summary>Finds a name for a writer of a target, and deletes what killed writers of it have left.</summary>
    public static PartialFile For(IFileSystem files, string target)
    {
        PartialFile? result = null;
        for (var number = 1; number <= MostWriters; number++)
        {
            var path = NameOf(target, number.ToString(System.Globalization.CultureInfo.InvariantCulture));
            var lockPath = path + ".lock";
            if (result is not null && files.Stat(path) is null && files.Stat(lockPath) is null) return result;
            if (!TryLock(files, lockPath, out var taken)) break;
            if (taken is null) continue;
            TryDelete(files, path);
            if (result is null) result = new PartialFile(files, path, lockPath, taken);
            else new PartialFile(files, path, lockPath, taken).Dispose();
        }

        // Without locks, a name that no other writer has, which the next one does not delete.
        return result ?? new PartialFile(files, NameOf(target, Guid.NewGuid().ToString("N")), "", null);
    }

    /// <summary>Deletes the file, unless it has been renamed, and releases the name.</summary>
    public void Dispose()
    {
        TryDelete(_files, Path);
        if (_lock is null) return;
        TryDelete(_files, _lockPath); // before it is released, so that it is never the lock of another writer
        _lock.Dispose();
    }

    private static string NameOf(string target, string number)
    {
        var name = System.IO.Path.GetFileName(target);
        if (Encoding.UTF8.GetByteCount(name) > LongestName) name = name.Substring(0, LongestName / 4).TrimEnd('\uD800', '\uDBFF');
        return System.IO.Path.Combine(System.IO.Path.GetDirectoryName(target)!, $".{name}.{number}.partial");
    }

    // Returns false where files cannot be locked. The lock is null while another writer, or another user, has it.
    private static bool TryLock(IFileSystem files, string path, out IDisposable? taken)
    {
        taken = null;
        try
        {
            taken = files.TryLock(path, exclusive: true);
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
        catch (Exception e) when (e is IOException or OciException)
        {
            TryDelete(files, path);
            return false;
        }
    }

    private static void TryDelete(IFileSystem files, string path)
    {
        try
        {
            files.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OciException)
        {
            // A file that stays is no reason to fail.
        }
    }
}
