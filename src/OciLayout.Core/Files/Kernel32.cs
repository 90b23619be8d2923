using System;
using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OciLayout.Files;

/// <summary>
/// Calls Windows where .NET has no API, or one that hides the error code. The methods return the error code, 0 for success.
/// </summary>
internal static class Kernel32
{
    public const int ShareRead = 1;
    public const int ShareAll = 7;
    public const int ShareDelete = 4;
    public const int ReadAttributes = 0x80;
    public const int GenericRead = unchecked((int)0x80000000);
    public const int GenericWrite = 0x40000000;

    private const int OpenExisting = 3;
    private const int OpenAlways = 4;
    private const int OpenLink = 0x00200000; // FILE_FLAG_OPEN_REPARSE_POINT
    private const int OpenDirectories = 0x02000000; // FILE_FLAG_BACKUP_SEMANTICS
    private const int AccessList = 4; // DACL_SECURITY_INFORMATION

    /// <summary>Renames a file over an existing one. Returns after the rename is on the medium.</summary>
    public static int Replace(string source, string target) => Error(MoveFileEx(WindowsFiles.Extended(source), WindowsFiles.Extended(target), 1 | 8)); // REPLACE_EXISTING, WRITE_THROUGH

    /// <summary>Renames unless the target exists.</summary>
    public static int Rename(string source, string target) => Error(MoveFileEx(WindowsFiles.Extended(source), WindowsFiles.Extended(target), 0));

    public static int Delete(string path) => Error(DeleteFile(WindowsFiles.Extended(path)));

    public static bool TryLink(string source, string target) => CreateHardLink(WindowsFiles.Extended(target), WindowsFiles.Extended(source), IntPtr.Zero);

    public static int CreateLink(string path, string target, int flags) => Error(CreateSymbolicLink(WindowsFiles.Extended(path), target.Replace('/', '\\'), flags));

    /// <summary>Returns the error for reading the attributes of a path; 0 if they can be read.</summary>
    public static int ErrorOf(string path) => Error(GetFileAttributesEx(WindowsFiles.Extended(path), 0, new byte[36]));

    /// <summary>Opens or creates a file. If the path is a symbolic link, opens the link itself.</summary>
    public static int Open(string path, int access, int share, bool create, out SafeFileHandle handle)
    {
        handle = CreateFile(WindowsFiles.Extended(path), access, share, IntPtr.Zero, create ? OpenAlways : OpenExisting, OpenLink | (create ? 0 : OpenDirectories), IntPtr.Zero);
        return Error(!handle.IsInvalid);
    }

    /// <summary>Flushes the data of a file to the medium.</summary>
    public static int Flush(string path)
    {
        using var handle = CreateFile(WindowsFiles.Extended(path), GenericWrite, ShareAll, IntPtr.Zero, OpenExisting, 0, IntPtr.Zero);
        return Error(!handle.IsInvalid && FlushFileBuffers(handle));
    }

    /// <summary>Gets the attributes and the identity of an open file: its volume and its number there.</summary>
    public static bool TryGetIdentity(SafeFileHandle file, out (FileAttributes Attributes, uint Volume, ulong Number) identity)
    {
        var found = new byte[52]; // BY_HANDLE_FILE_INFORMATION
        identity = default;
        if (!GetFileInformationByHandle(file, found)) return false;
        identity = ((FileAttributes)BitConverter.ToUInt32(found, 0), BitConverter.ToUInt32(found, 28), ((ulong)BitConverter.ToUInt32(found, 44) << 32) | BitConverter.ToUInt32(found, 48));
        return true;
    }

    /// <summary>Copies the access control list of a file to another file. Does nothing if that is not possible.</summary>
    public static void CopyAccess(string source, string target)
    {
        GetFileSecurity(WindowsFiles.Extended(source), AccessList, null, 0, out var length);
        if (length <= 0) return;
        var list = new byte[length];
        if (GetFileSecurity(WindowsFiles.Extended(source), AccessList, list, length, out _)) SetFileSecurity(WindowsFiles.Extended(target), AccessList, list);
    }

    /// <summary>Returns the type of a reparse point, which a file search returns in a reserved field; 0 on failure.</summary>
    public static uint ReparseTag(string path)
    {
        var found = new byte[600];
        var search = FindFirstFile(WindowsFiles.Extended(path), found);
        if (search == new IntPtr(-1)) return 0;
        _ = FindClose(search);
        return BitConverter.ToUInt32(found, 36);
    }

    /// <summary>Returns the path with all links resolved; null on failure.</summary>
    public static string? RealPath(string path)
    {
        using var handle = CreateFile(WindowsFiles.Extended(path), 0, ShareAll, IntPtr.Zero, OpenExisting, OpenDirectories, IntPtr.Zero);
        if (handle.IsInvalid) return null;
        for (var size = 512; ;)
        {
            var buffer = new char[size];
            var length = GetFinalPathNameByHandle(handle, buffer, size, 0);
            if (length <= 0) return null;
            if (length < size) return WindowsFiles.Plain(new string(buffer, 0, length));
            size = length + 1; // the call returned the required length
        }
    }

    private static int Error(bool succeeded) => succeeded ? 0 : Marshal.GetLastWin32Error();

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

    [DllImport("kernel32", SetLastError = true, CharSet = CharSet.Unicode, EntryPoint = "GetFileAttributesExW")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool GetFileAttributesEx(string path, int level, [Out] byte[] found);

    [DllImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool GetFileInformationByHandle(SafeFileHandle file, [Out] byte[] found);

    [DllImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool FlushFileBuffers(SafeFileHandle file);

    [DllImport("kernel32", SetLastError = true, CharSet = CharSet.Unicode, EntryPoint = "FindFirstFileW")]
    private static extern IntPtr FindFirstFile(string path, [Out] byte[] found);

    [DllImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool FindClose(IntPtr search);

    [DllImport("kernel32", SetLastError = true, CharSet = CharSet.Unicode, EntryPoint = "CreateFileW")]
    private static extern SafeFileHandle CreateFile(string name, int access, int share, IntPtr security, int disposition, int flags, IntPtr template);

    [DllImport("kernel32", SetLastError = true, CharSet = CharSet.Unicode, EntryPoint = "GetFinalPathNameByHandleW")]
    private static extern int GetFinalPathNameByHandle(SafeFileHandle file, [Out] char[] path, int length, int flags);

    [DllImport("advapi32", SetLastError = true, CharSet = CharSet.Unicode, EntryPoint = "GetFileSecurityW")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool GetFileSecurity(string path, int information, [Out] byte[]? descriptor, int capacity, out int length);

    [DllImport("advapi32", SetLastError = true, CharSet = CharSet.Unicode, EntryPoint = "SetFileSecurityW")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool SetFileSecurity(string path, int information, byte[] descriptor);
#pragma warning restore SYSLIB1054, CA5392
}
