using System;
using System.IO;
using System.Text;

namespace OciLayout.Files;

/// <summary>
/// The temporary file next to a target while it is written, and a lock that shows that its writer is running. A process that is killed
/// leaves both. The next writer of the same target deletes them.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    /// <summary>The maximum number of simultaneous writers of one target.</summary>
    private const int MostWriters = 100;

    /// <summary>
    /// The maximum length of the target's name in UTF-8, in bytes. Most file systems allow 255 bytes; the rest is for the suffix.
    /// </summary>
    private const int LongestName = 200;

    private readonly IFileSystem _files;
    private readonly string _lockPath;
    private readonly IDisposable? _lock;

    private PartialFile(IFileSystem files, string path, string lockPath, IDisposable? taken) => (_files, Path, _lockPath, _lock) = (files, path, lockPath, taken);

    /// <summary>The path of the temporary file.</summary>
    public string Path { get; }

    /// <summary>Reserves a name for a writer of a target, and deletes the files of killed writers.</summary>
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

        // Locks are not supported. Use a unique name, which later writers do not delete.
        return result ?? new PartialFile(files, NameOf(target, Guid.NewGuid().ToString("N")), "", null);
    }

    /// <summary>Deletes the temporary file unless it was renamed, and releases the name.</summary>
    public void Dispose()
    {
        TryDelete(_files, Path);
        if (_lock is null) return;
        TryDelete(_files, _lockPath); // before releasing it; afterwards it may belong to another writer
        _lock.Dispose();
    }

    private static string NameOf(string target, string number)
    {
        var name = System.IO.Path.GetFileName(target);
        if (Encoding.UTF8.GetByteCount(name) > LongestName)
        {
            var length = LongestName / 4;
            name = name.Substring(0, char.IsHighSurrogate(name[length - 1]) ? length - 1 : length);
        }

        return System.IO.Path.Combine(System.IO.Path.GetDirectoryName(target)!, $".{name}.{number}.partial");
    }

    // Returns false if files cannot be locked here. The lock is null while another writer holds it, or if it belongs to another user.
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
            // A file that cannot be deleted is not an error.
        }
    }
}
