using System;
using System.ComponentModel;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using Microsoft.Win32.SafeHandles;

namespace OciLayout.Storage;

/// <summary>The few calls that .NET has no door for: flushing a directory, the real path, replacing on Windows.</summary>
internal static class Native
{
    public static readonly bool IsWindows = RuntimeInformation.IsOSPlatform(OSPlatform.Windows);

    /// <summary>Replacing and deleting, on Windows.</summary>
    public static readonly WindowsFiles Windows = new(
        (source, target) =>
            MoveFileEx(WindowsFiles.Extended(source), WindowsFiles.Extended(target), 1 /* REPLACE_EXISTING */) ? 0 : Marshal.GetLastWin32Error(),
        path => DeleteFile(WindowsFiles.Extended(path)) ? 0 : Marshal.GetLastWin32Error(),
        ClearReadOnly,
        Wait);

    // O_NONBLOCK | O_CLOEXEC of Linux, macOS, and the other BSDs: nothing waits, and no child process holds a lock on.
    private static readonly int Carefully = RuntimeInformation.IsOSPlatform(OSPlatform.Linux) ? 0x80800
        : RuntimeInformation.IsOSPlatform(OSPlatform.OSX) ? 0x1000004 : 0x100004;

    [ThreadStatic]
    private static byte[]? s_path;

    [ThreadStatic]
    private static byte[]? s_second;

    private static volatile bool s_movesAside = RuntimeInformation.IsOSPlatform(OSPlatform.Linux);

    private static readonly Lazy<int> Umask = new(ReadUmask);

    /// <summary>Flushes a file or directory by name. Windows has no flush of directories: its metadata is journaled by NTFS.</summary>
    public static void Flush(string path)
    {
        if (IsWindows)
        {
            if (!Directory.Exists(path)) FlushOnWindows(path);
            return;
        }

        var descriptor = OpenFile(path);
        try
        {
            // EINVAL: this file system has nothing to flush there (directories on some network and FUSE file systems).
            if (Libc.Flush(descriptor) < 0 && Marshal.GetLastWin32Error() is var error and not 22) throw Failure(error, path);
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

    /// <summary>Opens a file for reading, on Unix; a socket is not found. Nobody waits for the other end of a FIFO.</summary>
    public static int OpenFile(FilePath path) => Checked(Libc.Open(Utf8(path), Carefully), path);

    /// <summary>The same where it does not matter why it cannot be opened.</summary>
    public static bool TryOpenFile(FilePath path, out int file) => (file = Libc.Open(Utf8(path), Carefully)) >= 0;

    /// <summary>Opens a file for reading. A FIFO, whose opening would wait for a writer, is not found, nor is a socket.</summary>
    public static FileStream OpenRead(FilePath path)
    {
        var file = new FileStream(new SafeFileHandle((IntPtr)OpenFile(path), ownsHandle: true), FileAccess.Read, 1);
        if (file.CanSeek) return file;
        file.Dispose();
        throw NotRegular(path);
    }

    public static FileNotFoundException NotRegular(string path) => new($"'{path}' is no regular file.", path);

    /// <summary>Opens a file for reading and locks it for sharing (flock); null while somebody has it alone.</summary>
    public static FileStream? OpenShared(string path)
    {
        var file = OpenRead(path);
        if (Libc.Lock((int)file.SafeFileHandle.DangerousGetHandle(), 1 | 4 /* LOCK_SH | LOCK_NB */) == 0) return file;
        var error = Marshal.GetLastWin32Error();
        file.Dispose();
        if (error is 11 or 35) return null; // EWOULDBLOCK
        throw new IOException($"'{path}' cannot be locked: {new Win32Exception(error).Message}", error);
    }

    /// <summary>Whether a handle of its own can lock a file alone, now (flock).</summary>
    public static bool CanLock(string path)
    {
        using var handle = new SafeFileHandle((IntPtr)Checked(Libc.Open(Utf8(path), Carefully | 2 /* O_RDWR */), path), ownsHandle: true);
        return Libc.Lock((int)handle.DangerousGetHandle(), 2 | 4 /* LOCK_EX | LOCK_NB */) == 0;
    }

    /// <summary>Whether files can be cloned on this system, if their file system can.</summary>
    public static bool CanClone { get; } = RuntimeInformation.IsOSPlatform(OSPlatform.Linux);

    /// <summary>Gives an empty file the blocks of another one (FICLONE); false when their file systems cannot, or are two.</summary>
    public static bool TryClone(FileStream source, FileStream target)
    {
        const uint clone = 0x40049409;
        return Libc.Control((int)target.SafeFileHandle.DangerousGetHandle(), clone, source.SafeFileHandle.DangerousGetHandle()) == 0;
    }

    /// <summary>Gives a file another name; false when its file system cannot, or may not.</summary>
    public static bool TryLink(string source, string target) => IsWindows
        ? CreateHardLink(WindowsFiles.Extended(target), WindowsFiles.Extended(source), IntPtr.Zero)
        : Libc.Link(Utf8(source), SecondUtf8(target)) == 0;

    /// <summary>The path without links, which names a store whatever way it was reached; null when it cannot be had.</summary>
    public static unsafe string? RealPath(string path)
    {
        if (IsWindows) return WindowsRealPath(path);
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
        else if (!CreateSymbolicLink(WindowsFiles.Extended(path), target.Replace('/', '\\'), withoutPrivilege | (toDirectory ? 1 : 0)))
        {
            var error = Marshal.GetLastWin32Error();
            var advice = error == privilegeNotHeld ? " Symbolic links require the developer mode of Windows, or an elevated process." : "";
            throw new IOException($"Cannot create the symbolic link '{path}': {new Win32Exception(error).Message}.{advice}", unchecked((int)0x80070000) | error);
        }
    }

    /// <summary>Renames over what is there, on Unix.</summary>
    public static void MoveOver(string source, string target) => Checked(Libc.Rename(Utf8(source), SecondUtf8(target)), target);

    /// <summary>Renames unless something is there, on Linux; null where the system or the file system cannot tell.</summary>
    public static bool? TryMove(string source, FilePath target)
    {
        const int here = -100, noReplace = 1; // AT_FDCWD, RENAME_NOREPLACE
        if (!s_movesAside) return null;
        try
        {
            if (Libc.Rename(here, Utf8(source), here, SecondUtf8(target), noReplace) == 0) return true;
            return Marshal.GetLastWin32Error() switch
            {
                17 => false, // EEXIST
                22 or 38 or 95 => null, // EINVAL, ENOSYS, EOPNOTSUPP
                var error => throw Failure(error, target),
            };
        }
        catch (EntryPointNotFoundException)
        {
            s_movesAside = false; // an old C library
            return null;
        }
    }

    /// <summary>Removes a file or link, on Unix; when it is gone, perhaps with all around it, nothing happens.</summary>
    public static void Unlink(FilePath path)
    {
        if (Libc.Unlink(Utf8(path)) == 0 || Marshal.GetLastWin32Error() is not (var error and not (2 or 20))) return; // ENOENT, ENOTDIR
        throw error == 21 ? new UnauthorizedAccessException($"'{path}' is a directory.") : Failure(error, path);
    }

    /// <summary>Whether a file is a link to another one.</summary>
    public static bool IsLink(string path, FileAttributes attributes) =>
        (attributes & FileAttributes.ReparsePoint) != 0 && (!IsWindows || WindowsFiles.IsLink(ReparseTag(path)));

    public static int Creat(string path, int mode) => Checked(Libc.Creat(Utf8(path), mode), path);

    public static void ChangeMode(string path, int mode)
    {
        if (!IsWindows) Checked(Libc.ChangeMode(Utf8(path), mode), path);
    }

    /// <summary>A mode less the umask, for files that exist already.</summary>
    public static int LessUmask(int mode) => mode & ~Umask.Value;

    // Flushing takes the right to write, which a read-only file denies to everybody.
    private static void FlushOnWindows(string path)
    {
        var attributes = File.GetAttributes(path);
        var isReadOnly = (attributes & FileAttributes.ReadOnly) != 0;
        if (isReadOnly) File.SetAttributes(path, attributes & ~FileAttributes.ReadOnly);
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, 1);
            file.Flush(flushToDisk: true);
        }
        finally
        {
            if (isReadOnly) File.SetAttributes(path, attributes);
        }
    }

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

    // The tag lies in a reserved field of what a search tells of a file.
    private static uint ReparseTag(string path)
    {
        var found = new byte[600];
        var search = FindFirstFile(WindowsFiles.Extended(path), found);
        if (search == new IntPtr(-1)) return 0;
        _ = FindClose(search);
        return BitConverter.ToUInt32(found, 36);
    }

    private static string? WindowsRealPath(string path)
    {
        // FILE_FLAG_BACKUP_SEMANTICS opens directories.
        using var handle = CreateFile(WindowsFiles.Extended(path), 0, 7, IntPtr.Zero, 3, 0x02000000, IntPtr.Zero);
        if (handle.IsInvalid) return null;
        for (var size = 512; ;)
        {
            var buffer = new char[size];
            var length = GetFinalPathNameByHandle(handle, buffer, size, 0);
            if (length <= 0) return null;
            if (length < size) return WindowsFiles.Plain(new string(buffer, 0, length));
            size = length + 1; // too short: it said how long
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

    private static Exception Failure(int error, string path)
    {
        var text = $"{new Win32Exception(error).Message} : '{path}'"; // as the framework says it
        return error switch
        {
            1 or 13 => new UnauthorizedAccessException(text),
            2 or 6 or 20 => new FileNotFoundException(text, path), // ENXIO is a socket, ENOTDIR has something else above it
            _ when IsLoop(error) => new FileNotFoundException(text, path),
            _ => new IOException(text, error),
        };
    }

    /// <summary>A path as the C library takes it, with a zero behind it; good until this thread asks for the next one.</summary>
    internal static byte[] Utf8(FilePath path) => path.ToUtf8(ref s_path);

    // For calls that take two.
    private static byte[] SecondUtf8(FilePath path) => path.ToUtf8(ref s_second);

#pragma warning disable SYSLIB1054, CA5392 // LibraryImport is not in netstandard2.0
    [DllImport("kernel32", SetLastError = true, CharSet = CharSet.Unicode, EntryPoint = "MoveFileExW")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool MoveFileEx(string source, string target, int flags);

    [DllImport("kernel32", SetLastError = true, CharSet = CharSet.Unicode, EntryPoint = "DeleteFileW")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool DeleteFile(string path);

    [DllImport("kernel32", SetLastError = true, CharSet = CharSet.Unicode, EntryPoint = "CreateHardLinkW")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool CreateHardLink(string name, string existing, IntPtr security);

    [DllImport("kernel32", SetLastError = true, CharSet = CharSet.Unicode, EntryPoint = "CreateSymbolicLinkW")]
    [return: MarshalAs(UnmanagedType.U1)]
    private static extern bool CreateSymbolicLink(string path, string target, int flags);

    [DllImport("kernel32", SetLastError = true, CharSet = CharSet.Unicode, EntryPoint = "FindFirstFileW")]
    private static extern IntPtr FindFirstFile(string path, [Out] byte[] found);

    [DllImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool FindClose(IntPtr search);

    [DllImport("kernel32", SetLastError = true, CharSet = CharSet.Unicode, EntryPoint = "CreateFileW")]
    private static extern SafeFileHandle CreateFile(string name, int access, int share, IntPtr security, int disposition, int flags, IntPtr template);

    [DllImport("kernel32", SetLastError = true, CharSet = CharSet.Unicode, EntryPoint = "GetFinalPathNameByHandleW")]
    private static extern int GetFinalPathNameByHandle(SafeFileHandle file, [Out] char[] path, int length, int flags);
#pragma warning restore SYSLIB1054, CA5392
}
