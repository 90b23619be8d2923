using System;
using System.ComponentModel;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using Microsoft.Win32.SafeHandles;

namespace OciLayout.Storage;

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

    /// <summary>Flushes a file or a directory. Windows cannot flush a directory; there, replacing a file flushes the renames before it.</summary>
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
            if (IsMac && Libc.FlushDrive(descriptor) == 0) return; // else the file system does not support it

            // EINVAL and ENOTSUP (macOS): the file system cannot flush this, for example a directory on some network and FUSE file systems.
            if (Libc.Flush(descriptor) < 0 && Marshal.GetLastWin32Error() is var error && error != 22 && !(IsMac && error == 45)) throw Failure(error, path);
        }
        finally
        {
            _ = Libc.Close(descriptor);
        }
    }

    /// <summary>Whether an error says that nothing can be written there, by anybody: EROFS, ERROR_WRITE_PROTECT.</summary>
    public static bool IsReadOnlyMedium(int error) => IsWindows ? (error & 0xFFFF) == 19 : error == 30;

    /// <summary>Whether an error says that a link leads to itself, so that nothing is there: ELOOP of Linux, and of the BSDs.</summary>
    public static bool IsLoop(int error) => !IsWindows && error is 40 or 62;

    /// <summary>Whether an error says that there is no room: ENOSPC, EDQUOT (Linux, macOS), and what Windows says for these.</summary>
    public static bool IsFull(int error) => IsWindows ? (error & 0xFFFF) is 39 or 112 or 1295 : error is 28 or 122 or 69;

    /// <summary>Opens a file for reading, on Unix; a socket is reported as not found. Opening a FIFO does not wait for a writer.</summary>
    public static int OpenFile(FilePath path)
    {
        if (TryOpenFile(path, out var file)) return file;
        var error = Marshal.GetLastWin32Error();

        // EAGAIN: another process has a lease on the file (Samba, NFS server). The system ends the lease while a call waits.
        if (error == 11 && PhysicalFileSystem.Instance.Stat(path) is { Kind: FileKind.File, Length: > 0 })
            return Checked(Libc.Open(Utf8(path), OpenFlags.Careful & ~OpenFlags.NonBlocking), path);
        throw Failure(error, path);
    }

    /// <summary>Opens a file for reading, on Unix.</summary>
    /// <returns>False if it cannot be opened.</returns>
    public static bool TryOpenFile(FilePath path, out int file) => (file = Libc.Open(Utf8(path), OpenFlags.Careful)) >= 0;

    /// <summary>Opens a file for reading. A FIFO, whose opening would wait for a writer, is not found, nor is a socket.</summary>
    public static FileStream OpenRead(FilePath path)
    {
        var file = new FileStream(new SafeFileHandle((IntPtr)OpenFile(path), ownsHandle: true), FileAccess.Read, 1);
        if (file.CanSeek) return file;
        file.Dispose();
        throw NotRegular(path);
    }

    public static FileNotFoundException NotRegular(string path) => new($"'{path}' is not a regular file.", path);

    /// <summary>Whether files can be cloned on this system, if their file system can.</summary>
    public static bool CanClone { get; } = RuntimeInformation.IsOSPlatform(OSPlatform.Linux);

    /// <summary>The path without links, which names a store whatever way it was reached; null when it cannot be had.</summary>
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

    /// <summary>Whether the system would let this process write there; a read-only medium says no to root, too.</summary>
    public static bool MayWrite(string path) => IsWindows || Libc.Access(Utf8(path), 2) == 0;

    /// <summary>Opens with the given flags, on Unix.</summary>
    public static int Open(string path, int flags) => Checked(Libc.Open(Utf8(path), flags), path);

    /// <summary>Creates a directory that must not exist. Its mode is less the umask; Windows ignores it.</summary>
    public static void CreateDirectory(string path, int mode)
    {
        if (!IsWindows) Checked(Libc.CreateDirectory(Utf8(path), mode), path);
        else if (Directory.Exists(path) || File.Exists(path)) throw new IOException($"'{path}' already exists.");
        else Directory.CreateDirectory(path);
    }

    /// <summary>Creates a symbolic link.</summary>
    /// <param name="path">The path of the link.</param>
    /// <param name="target">The target, with slashes.</param>
    /// <param name="toDirectory">Whether the target is a directory, which Windows has to know.</param>
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

    /// <summary>Whether a file is a link to another one.</summary>
    public static bool IsLink(string path, FileAttributes attributes) =>
        (attributes & FileAttributes.ReparsePoint) != 0 && (!IsWindows || WindowsFiles.IsLink(Kernel32.ReparseTag(path)));

    /// <summary>A mode less the umask, for files that exist already.</summary>
    public static int LessUmask(int mode) => mode & ~Umask.Value;

    // Waits a little longer each time.
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
            return false; // the refusal itself is told
        }
    }

    // The umask can be asked for only by changing it, which other threads would see; Linux also writes it down.
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

    /// <summary>The result of a call; when it failed, its error.</summary>
    internal static int Checked(int result, FilePath path)
    {
        if (result >= 0) return result;
        throw Failure(Marshal.GetLastWin32Error(), path);
    }

    internal static Exception Failure(int error, string path)
    {
        var text = $"{new Win32Exception(error).Message} : '{path}'"; // as the framework says it
        return error switch
        {
            1 or 13 => new UnauthorizedAccessException(text),
            2 or 6 or 20 => new FileNotFoundException(text, path), // ENXIO is a socket, ENOTDIR has something else above it
            _ when IsLoop(error) => new FileNotFoundException(text, path),
            36 or 63 => new PathTooLongException(text), // ENAMETOOLONG on Linux and macOS
            _ => new IOException(text, error),
        };
    }

    /// <summary>A path as the C library takes it, with a zero behind it; good until this thread asks for the next one.</summary>
    internal static byte[] Utf8(FilePath path) => path.ToUtf8(ref s_path);

    // For calls that take two.
    internal static byte[] SecondUtf8(FilePath path) => path.ToUtf8(ref s_second);
}
