using System;
using System.IO;
using System.Runtime.InteropServices;
using OciLayout.Model;

namespace OciLayout.Files;

/// <summary>
/// A file lock on Unix (flock). An open descriptor holds it, and the end of the process releases it. It also excludes other handles of the
/// same process, which <see cref="FileStream.Lock"/> does not.
/// </summary>
internal static class UnixLockFile
{
    private const int Shared = 1; // LOCK_SH
    private const int Exclusive = 2; // LOCK_EX
    private const int NoWait = 4; // LOCK_NB

    /// <summary>Acquires the lock if it is free. Creates the file if it does not exist.</summary>
    /// <returns>The lock; null while another handle holds it.</returns>
    /// <exception cref="OciException"><see cref="OciErrorKind.StoreBusy"/>: the file system does not support locks;
    /// <see cref="OciErrorKind.InvalidLayout"/>: the path is a symbolic link, or not a regular file.</exception>
    public static IDisposable? TryTake(string path, bool exclusive)
    {
        var file = TryOpen(path);
        if (file is null)
        {
            Create(path);
            file = TryOpen(path);
            if (file is null) return null; // deleted in the meantime
        }

        try
        {
            if (UnixStatus.TryGet(file, out var opened) && !opened.IsRegular) throw Errors.NotALockFile(path, opened.IsDirectory ? "a directory" : "a FIFO or device");
            if (TryLock(file, (exclusive ? Exclusive : Shared) | NoWait, path) && IsAt(path, opened))
            {
                RequireExclusion(path);
                var taken = file;
                file = null;
                return taken;
            }

            return null;
        }
        finally
        {
            file?.Dispose();
        }
    }

    private static PosixFile? TryOpen(string path)
    {
        try
        {
            return UnixFiles.TryOpen(path, OpenFlags.ReadWrite);
        }
        catch (OciException e)
        {
            throw Errors.NotALockFile(path, "a symbolic link", e);
        }
        catch (IOException e) when (PhysicalFileSystem.Instance.Stat(path) is { } status && (status.Kind != FileKind.File || e is FileNotFoundException))
        {
            throw Errors.NotALockFile(path, status.Kind == FileKind.Directory ? "a directory" : "a socket or device", e);
        }
    }

    // The file gets its name after its permissions are set, so that no other user can open it before.
    private static void Create(string path)
    {
        // If the process is killed before the rename, the file counts as one of an ended session, and garbage collection deletes it.
        var created = Path.Combine(Path.GetDirectoryName(path)!, Guid.NewGuid().ToString("N") + ".lock");
        using (var file = UnixFiles.Create(created, CreationPolicy.ModeOf(FilePurpose.Lock))) CreationPolicy.For(path).Apply(file, FilePurpose.Lock);
        if (!UnixFiles.TryRename(created, path)) UnixFiles.Delete(created);
    }

    private static bool IsAt(string path, UnixStatus opened) =>
        !UnixStatus.TryGet(path, out var found) ? opened == default && PhysicalFileSystem.Instance.Stat(path) is not null : found.IsSameFile(opened);

    // Some file systems accept every lock, even a second exclusive one.
    private static void RequireExclusion(string path)
    {
        using var second = TryOpen(path);
        if (second is not null && TryLock(second, Exclusive | NoWait, path)) throw Errors.NoLocks(path, "a second handle was not refused");
    }

    private static bool TryLock(PosixFile file, int operation, string path)
    {
        if (Libc.Flock(file.Number, operation) == 0) return true;
        var error = Marshal.GetLastWin32Error();
        return error is Errno.EAGAIN or Errno.EAGAINMac ? false : throw Errors.NoLocks(path, Libc.MessageOf(error));
    }
}
