using System;
using System.IO;
using System.Threading;

namespace OciLayout.Storage;

/// <summary>
/// A lock on a whole file, held by an open handle and so gone with its process. <see cref="FileShare.None"/> is flock on Unix and a
/// share mode on Windows; both hold between handles of one process, which <see cref="FileStream.Lock"/> does not on Unix.
/// </summary>
internal static class FileLock
{
    private const int NoSuchDevice = 6; // ENXIO
    private const int InvalidArgument = 22; // EINVAL

    private static readonly object RandomGate = new();
    private static readonly Random Random = new();

    /// <summary>Takes the lock if it is free; null while somebody holds it.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.StoreBusy"/>: files cannot be locked here at all;
    /// <see cref="OciErrorKind.InvalidLayout"/>: the file is a link.</exception>
    public static IDisposable? TryTake(string path, bool exclusive)
    {
        if (!IsThere(path) && !exclusive && !Native.IsWindows) Make(path);
        var handle = TryOpen(path, exclusive);
        if (handle is null) return null;
        try
        {
            if (!handle.CanSeek) throw NoFile(path, "a FIFO or device");
            if (exclusive && !IsStillThere(handle, path))
            {
                handle.Dispose();
                return null; // the file was replaced under us; the caller tries again on the new one
            }

            if (!IsFree(path)) return handle;
        }
        catch (FileNotFoundException)
        {
            handle.Dispose();
            return null; // it was removed under us
        }
        catch
        {
            handle.Dispose();
            throw;
        }

        handle.Dispose();
        throw new OciException(
            OciErrorKind.StoreBusy,
            $"'{path}' cannot be locked: a second handle was not refused. The file system does not support locks, or DOTNET_SYSTEM_IO_DISABLEFILELOCKING switches them off.",
            path);
    }

    /// <summary>Waits for the lock with growing, jittered pauses.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.StoreBusy"/> after the time-out.</exception>
    public static IDisposable Take(IFileSystem files, string path, bool exclusive, TimeSpan timeout, CancellationToken cancellation)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        for (var attempt = 0; ; attempt++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (files.TryLock(path, exclusive) is { } taken) return taken;
            if (clock.Elapsed >= timeout)
            {
                throw new OciException(
                    OciErrorKind.StoreBusy,
                    $"Another process has held '{path}' for {timeout.TotalSeconds:0.#} s. Try again when it is done; the lock goes with the process that holds it.",
                    path);
            }

            files.Pause(Next(1, 2 + Math.Min(attempt, 18)), cancellation);
        }
    }

    // Opening makes what a dangling link leads to, and locking changes its length: both would reach out of the store.
    private static bool IsThere(string path)
    {
        var attributes = new FileInfo(path).Attributes;
        if ((int)attributes == -1) return false;
        if (Native.IsLink(path, attributes)) throw NoFile(path, "a symbolic link");
        if ((attributes & FileAttributes.Directory) != 0) throw NoFile(path, "a directory");
        return true;
    }

    private static OciException NoFile(string path, string actual, Exception? cause = null) =>
        new(OciErrorKind.InvalidLayout, $"'{path}' is {actual}; nothing is locked through it. Remove it.", path, cause)
        {
            Expected = "a file of the layout itself",
            Actual = actual,
        };

    private static FileStream? TryOpen(string path, bool exclusive)
    {
        try
        {
            if (exclusive) return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
            if (Native.IsWindows) return new FileStream(path, FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read, 1);
            return Native.OpenShared(path); // opening a FIFO to read it only would wait for whoever writes
        }
        catch (FileNotFoundException e) when (File.Exists(path))
        {
            throw NoFile(path, "a FIFO or socket", e);
        }
        catch (FileNotFoundException) when (!exclusive)
        {
            return null; // it was removed since it was looked for
        }
        catch (IOException e) when (IsHeld(e))
        {
            return null;
        }
        catch (IOException e) when (e.HResult == NoSuchDevice)
        {
            throw NoFile(path, "a socket or device", e);
        }
    }

    // Whether somebody else could lock it alone. The usual answer is no, which would be an exception of the framework's each time.
    private static bool IsFree(string path)
    {
        if (!Native.IsWindows) return Native.CanLock(path);
        using var second = TryOpen(path, exclusive: true);
        return second is not null;
    }

    private static void Make(string path)
    {
        try
        {
            new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite, 1).Dispose();
        }
        catch (IOException) when (File.Exists(path))
        {
            // Somebody else made it meanwhile.
        }
    }

    // A sharing violation: EWOULDBLOCK (11 on Linux, 35 on macOS), or ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION.
    private static bool IsHeld(IOException e) =>
        Native.IsWindows ? (e.HResult & 0xFFFF) is 32 or 33 : e.HResult is 11 or 35;

    // A length that nobody else would choose, set through the handle and read by name, tells whether both are one file.
    private static bool IsStillThere(FileStream handle, string path)
    {
        var length = Next(1, 1 << 16);
        try
        {
            handle.SetLength(length);
        }
        catch (IOException e) when (e.HResult == InvalidArgument)
        {
            throw NoFile(path, "a device", e);
        }

        var info = new FileInfo(path);
        return info.Exists && info.Length == length;
    }

    private static int Next(int from, int below)
    {
        lock (RandomGate) return Random.Next(from, below);
    }
}
