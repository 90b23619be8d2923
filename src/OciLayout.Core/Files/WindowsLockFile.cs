using System;
using System.IO;
using Microsoft.Win32.SafeHandles;
using OciLayout.Model;

namespace OciLayout.Files;

/// <summary>
/// A file lock on Windows: an open handle whose share mode excludes other handles. The end of the process releases it. The file can still
/// be renamed and deleted, so an open store does not prevent the deletion of its directory.
/// </summary>
internal static class WindowsLockFile
{
    /// <summary>Acquires the lock if it is free. Creates the file if it does not exist.</summary>
    /// <returns>The lock; null while another handle holds it.</returns>
    /// <exception cref="OciException"><see cref="OciErrorKind.StoreBusy"/>: the file system does not support locks;
    /// <see cref="OciErrorKind.InvalidLayout"/>: the path is a symbolic link.</exception>
    public static IDisposable? TryTake(string path, bool exclusive)
    {
        if (TryOpen(path, exclusive) is not { } handle) return null;
        try
        {
            if (IsAt(path, handle))
            {
                using var second = TryOpen(path, exclusive: true);
                if (second is not null)
                {
                    throw Errors.NoLocks(path, "a second handle was not refused");
                }

                var taken = handle;
                handle = null;
                return taken;
            }

            return null;
        }
        finally
        {
            handle?.Dispose();
        }
    }

    private static SafeFileHandle? TryOpen(string path, bool exclusive)
    {
        SafeFileHandle? handle = null;
        try
        {
            WindowsFiles.Instance.Retry(
                () =>
                {
                    var error = exclusive
                        ? Kernel32.Open(path, Kernel32.GenericRead | Kernel32.GenericWrite, Kernel32.ShareDelete, true, out var opened)
                        : Kernel32.Open(path, Kernel32.GenericRead, Kernel32.ShareRead | Kernel32.ShareDelete, true, out opened);
                    if (error == 0) handle = opened;
                    return error is WindowsFiles.SharingViolation or WindowsFiles.LockViolation ? 0 : error;
                },
                path);
            return handle;
        }
        catch (IOException e) when ((e.HResult & 0xFFFF) == WindowsFiles.AccessDenied)
        {
            throw new UnauthorizedAccessException(e.Message, e); // not temporary, so this user has no write access
        }
    }

    // Returns whether the open file is still at its path. It may have been deleted or replaced.
    private static bool IsAt(string path, SafeFileHandle handle)
    {
        if (!Kernel32.TryGetIdentity(handle, out var opened)) return true; // the file system does not report it
        if (Native.IsLink(path, opened.Attributes))
        {
            throw Errors.NotALockFile(path, "a symbolic link");
        }

        var error = Kernel32.Open(path, Kernel32.ReadAttributes, Kernel32.ShareAll, false, out var found);
        using (found) return error == 0 && Kernel32.TryGetIdentity(found, out var current) && current.Volume == opened.Volume && current.Number == opened.Number;
    }
}
