using System;
using System.ComponentModel;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using OciLayout.Model;

namespace OciLayout.Files;

/// <summary>
/// File operations that .NET does not have, or not with the same rules on Unix and Windows: directory fsync, realpath, opening that cannot
/// block, symbolic links.
/// </summary>
internal static class Native
{
    public static readonly bool IsWindows = RuntimeInformation.IsOSPlatform(OSPlatform.Windows);

    /// <summary>Whether the process has the rights of root, on Unix.</summary>
    public static readonly bool IsRoot = !IsWindows && Libc.Geteuid() == 0;

    private static readonly bool IsMac = RuntimeInformation.IsOSPlatform(OSPlatform.OSX);

    [ThreadStatic]
    private static byte[]? s_path;

    [ThreadStatic]
    private static byte[]? s_second;

    /// <summary>
    /// Flushes a file or a directory. Does nothing for a directory on Windows, where replacing a file flushes earlier renames.
    /// </summary>
    public static void Flush(string path)
    {
        if (IsWindows)
        {
            if (!Directory.Exists(path)) WindowsFiles.Instance.Flush(path, Kernel32.Flush);
            return;
        }

        var descriptor = OpenFile(path);
        try
        {
            if (IsMac && Libc.FullFsync(descriptor) == 0) return; // otherwise the file system does not support it

            if (Libc.Fsync(descriptor) == 0) return;
            var error = Marshal.GetLastWin32Error();

            // The file system cannot flush this, for example a directory on some network and FUSE file systems.
            if (error == Errno.EINVAL || (IsMac && error == Errno.ENOTSUPMac)) return;
            throw SystemError.Failure(error, path);
        }
        finally
        {
            _ = Libc.Close(descriptor);
        }
    }

    /// <summary>Opens a file for reading, on Unix. A socket is reported as not found. Opening a FIFO does not block.</summary>
    public static int OpenFile(FilePath path)
    {
        if (TryOpenFile(path, out var file)) return file;
        var error = Marshal.GetLastWin32Error();

        // Another process (Samba, NFS server) has a lease on the file. A blocking call waits until the system has ended the lease.
        if (error == Errno.EAGAIN && PhysicalFileSystem.Instance.Stat(path) is { Kind: FileKind.File, Length: > 0 })
            return SystemError.Checked(Libc.Open(Utf8(path), OpenFlags.Default & ~OpenFlags.NonBlocking), path);
        throw SystemError.Failure(error, path);
    }

    /// <summary>Opens a file for reading, on Unix.</summary>
    /// <returns>False if it cannot be opened.</returns>
    public static bool TryOpenFile(FilePath path, out int file) => (file = Libc.Open(Utf8(path), OpenFlags.Default)) >= 0;

    /// <summary>Opens a file for reading, on Unix. A FIFO or socket is reported as not found. Never blocks.</summary>
    public static FileStream OpenRead(FilePath path)
    {
        var file = new FileStream(new SafeFileHandle((IntPtr)OpenFile(path), ownsHandle: true), FileAccess.Read, 1);
        if (file.CanSeek) return file;
        file.Dispose();
        throw SystemError.NotRegular(path);
    }

    /// <summary>Whether this operating system supports clones. The file system must support them, too.</summary>
    public static bool CanClone { get; } = RuntimeInformation.IsOSPlatform(OSPlatform.Linux);

    /// <summary>Returns the path with all links resolved, which identifies a store; null on failure.</summary>
    public static unsafe string? RealPath(string path)
    {
        if (IsWindows) return Kernel32.RealPath(path);
        var start = Libc.Realpath(Utf8(path));
        if (start is null) return null;
        try
        {
            var length = 0;
            while (start[length] != 0) length++;
            return Encoding.UTF8.GetString(start, length);
        }
        finally
        {
            Libc.Free(start);
        }
    }

    /// <summary>
    /// Returns whether this process may write to a path. False on a read-only medium, even for root. Always true on Windows.
    /// </summary>
    public static bool MayWrite(string path) => IsWindows || Libc.Access(Utf8(path), 2) == 0;

    /// <summary>Opens a file with the given flags, on Unix.</summary>
    public static int Open(string path, int flags) => SystemError.Checked(Libc.Open(Utf8(path), flags), path);

    /// <summary>Creates a directory that must not exist. The umask applies to its mode. Windows ignores the mode.</summary>
    public static void CreateDirectory(string path, int mode)
    {
        if (IsWindows ? Directory.Exists(path) || File.Exists(path) : !UnixFiles.TryCreateDirectory(path, mode)) throw new IOException($"'{path}' already exists.");
        if (IsWindows) Directory.CreateDirectory(path);
    }

    /// <summary>Deletes an empty directory.</summary>
    public static void DeleteDirectory(string path)
    {
        if (IsWindows) Directory.Delete(path);
        else UnixFiles.DeleteDirectory(path);
    }

    /// <summary>Creates a symbolic link.</summary>
    /// <param name="path">The path of the link.</param>
    /// <param name="target">The target, with slashes.</param>
    /// <param name="toDirectory">Whether the target is a directory. Windows needs to know.</param>
    public static void CreateLink(string path, string target, bool toDirectory)
    {
        const int withoutPrivilege = 2, privilegeNotHeld = 1314;
        if (!IsWindows)
        {
            UnixFiles.CreateLink(path, target);
        }
        else if (Kernel32.CreateLink(path, target, withoutPrivilege | (toDirectory ? 1 : 0)) is var error && error != 0)
        {
            var advice = error == privilegeNotHeld ? " Symbolic links require the developer mode of Windows, or an elevated process." : "";
            throw new IOException($"Cannot create the symbolic link '{path}': {new Win32Exception(error).Message}.{advice}", unchecked((int)0x80070000) | error);
        }
    }

    /// <summary>Returns whether a file is a link.</summary>
    public static bool IsLink(string path, FileAttributes attributes) =>
        (attributes & FileAttributes.ReparsePoint) != 0 && (!IsWindows || WindowsFiles.IsLink(Kernel32.ReparseTag(path)));

    /// <summary>Returns a path in UTF-8, terminated by a zero byte. The result is valid until this thread calls the method again.</summary>
    internal static byte[] Utf8(FilePath path) => path.ToUtf8(ref s_path);

    // For the second path of calls that take two.
    internal static byte[] SecondUtf8(FilePath path) => path.ToUtf8(ref s_second);
}
