using System;
using System.ComponentModel;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using Microsoft.Win32.SafeHandles;
using OciLayout.Model;

namespace OciLayout.Files;

/// <summary>Calls the operating system where .NET has no API: directory fsync, realpath, MoveFileEx.</summary>
internal static class Native
{
    public static readonly bool IsWindows = RuntimeInformation.IsOSPlatform(OSPlatform.Windows);

    /// <summary>Renames and deletes files on Windows.</summary>
    public static readonly WindowsFiles Windows = new(Kernel32.Replace, Kernel32.Rename, Kernel32.Delete, ClearReadOnly, Wait);

    private static readonly bool IsMac = RuntimeInformation.IsOSPlatform(OSPlatform.OSX);

    private static readonly Lazy<int> Umask = new(ReadUmask);

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
            if (!Directory.Exists(path)) Windows.Flush(path, Kernel32.Flush);
            return;
        }

        var descriptor = OpenFile(path);
        try
        {
            if (IsMac && Libc.FlushDrive(descriptor) == 0) return; // otherwise the file system does not support it

            // EINVAL and ENOTSUP (macOS): the file system cannot flush this, for example a directory on some network and FUSE file systems.
            if (Libc.Flush(descriptor) < 0 && Marshal.GetLastWin32Error() is var error && error != 22 && !(IsMac && error == 45)) throw Failure(error, path);
        }
        finally
        {
            _ = Libc.Close(descriptor);
        }
    }

    /// <summary>Returns whether an error means that the medium is read-only: EROFS, ERROR_WRITE_PROTECT.</summary>
    public static bool IsReadOnlyMedium(int error) => IsWindows ? (error & 0xFFFF) == 19 : error == 30;

    /// <summary>Returns whether an error means a loop of symbolic links: ELOOP on Linux, and on the BSDs.</summary>
    public static bool IsLoop(int error) => !IsWindows && error is 40 or 62;

    /// <summary>
    /// Returns whether an error means a full disk or quota: ENOSPC, EDQUOT (Linux, macOS), and their counterparts on Windows.
    /// </summary>
    public static bool IsFull(int error) => IsWindows ? (error & 0xFFFF) is 39 or 112 or 1295 : error is 28 or 122 or 69;

    /// <summary>Opens a file for reading, on Unix. A socket is reported as not found. Opening a FIFO does not block.</summary>
    public static int OpenFile(FilePath path)
    {
        if (TryOpenFile(path, out var file)) return file;
        var error = Marshal.GetLastWin32Error();

        // EAGAIN: another process (Samba, NFS server) has a lease on the file. A blocking call waits until the system has ended the lease.
        if (error == 11 && PhysicalFileSystem.Instance.Stat(path) is { Kind: FileKind.File, Length: > 0 })
            return Checked(Libc.Open(Utf8(path), OpenFlags.Careful & ~OpenFlags.NonBlocking), path);
        throw Failure(error, path);
    }

    /// <summary>Opens a file for reading, on Unix.</summary>
    /// <returns>False if it cannot be opened.</returns>
    public static bool TryOpenFile(FilePath path, out int file) => (file = Libc.Open(Utf8(path), OpenFlags.Careful)) >= 0;

    /// <summary>Opens a file for reading, on Unix. A FIFO or socket is reported as not found. Never blocks.</summary>
    public static FileStream OpenRead(FilePath path)
    {
        var file = new FileStream(new SafeFileHandle((IntPtr)OpenFile(path), ownsHandle: true), FileAccess.Read, 1);
        if (file.CanSeek) return file;
        file.Dispose();
        throw NotRegular(path);
    }

    public static FileNotFoundException NotRegular(string path) => new($"'{path}' is not a regular file.", path);

    /// <summary>Whether this operating system supports clones. The file system must support them, too.</summary>
    public static bool CanClone { get; } = RuntimeInformation.IsOSPlatform(OSPlatform.Linux);

    /// <summary>Returns the path with all links resolved, which identifies a store; null on failure.</summary>
    public static unsafe string? RealPath(string path)
    {
        if (IsWindows) return Kernel32.RealPath(path);
        var start = Libc.RealPath(Utf8(path));
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
    public static int Open(string path, int flags) => Checked(Libc.Open(Utf8(path), flags), path);

    /// <summary>Creates a directory that must not exist. The umask applies to its mode. Windows ignores the mode.</summary>
    public static void CreateDirectory(string path, int mode)
    {
        if (!IsWindows) Checked(Libc.CreateDirectory(Utf8(path), mode), path);
        else if (Directory.Exists(path) || File.Exists(path)) throw new IOException($"'{path}' already exists.");
        else Directory.CreateDirectory(path);
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
            Checked(Libc.CreateLink(Utf8(target), SecondUtf8(path)), path);
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

    /// <summary>Returns a mode after the umask was applied, for files that already exist.</summary>
    public static int LessUmask(int mode) => mode & ~Umask.Value;

    // Waits longer with each attempt.
    private static void Wait(int attempt)
    {
        using var never = new ManualResetEvent(false);
        never.WaitOne(Math.Min(1 << Math.Min(attempt, 6), 50));
    }

    private static bool ClearReadOnly(string path)
    {
        try
        {
            var attributes = File.GetAttributes(path);
            if ((attributes & FileAttributes.ReadOnly) == 0) return false;
            File.SetAttributes(path, attributes & ~FileAttributes.ReadOnly);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // the caller reports its own error
        }
    }

    // umask(2) can read the value only by changing it, which affects other threads. Linux also shows it in /proc.
    private static int ReadUmask()
    {
        const int usual = 0x12; // 022
        try
        {
            foreach (var line in File.ReadLines("/proc/self/status"))
            {
                if (line.StartsWith("Umask:", StringComparison.Ordinal)) return Convert.ToInt32(line.Substring(6).Trim(), 8);
            }
        }
        catch (IOException)
        {
        }
        catch (UnauthorizedAccessException)
        {
        }

        return usual;
    }

    /// <summary>Returns the result of a call, or throws its error.</summary>
    internal static int Checked(int result, FilePath path)
    {
        if (result >= 0) return result;
        throw Failure(Marshal.GetLastWin32Error(), path);
    }

    internal static Exception Failure(int error, string path)
    {
        var text = $"{new Win32Exception(error).Message} : '{path}'"; // same text as .NET
        return error switch
        {
            1 or 13 => new UnauthorizedAccessException(text),
            2 or 6 or 20 => new FileNotFoundException(text, path), // ENOENT, ENXIO (a socket), ENOTDIR (a parent is not a directory)
            _ when IsLoop(error) => new FileNotFoundException(text, path),
            36 or 63 => new PathTooLongException(text), // ENAMETOOLONG on Linux and macOS
            _ => new IOException(text, error),
        };
    }

    /// <summary>Returns a path in UTF-8, terminated by a zero byte. The result is valid until this thread calls the method again.</summary>
    internal static byte[] Utf8(FilePath path) => path.ToUtf8(ref s_path);

    // For the second path of calls that take two.
    internal static byte[] SecondUtf8(FilePath path) => path.ToUtf8(ref s_second);
}
