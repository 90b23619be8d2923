using System.Runtime.InteropServices;

namespace OciLayout.Files;

/// <summary>
/// Calls of the C library. All arguments are blittable, so that ReadyToRun can compile the calls ahead of time;
/// <see cref="Marshal.GetLastWin32Error"/> returns the error of the last call. Paths end with a zero byte.
/// </summary>
internal static unsafe partial class Libc
{
    private const string Name = "libc";

    private static readonly nint s_statx = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 332,
        Architecture.Arm64 => 291,
        _ => 0,
    };

    private static readonly bool s_isMac = RuntimeInformation.IsOSPlatform(OSPlatform.OSX);

    /// <summary>Opens a file for reading. This and the following methods repeat a call that a signal interrupts.</summary>
    public static int Open(byte[] path, int flags)
    {
        fixed (byte* start = path) return Open(s_isMac ? -2 : -100, start, flags, 0); // AT_FDCWD
    }

    /// <summary>Opens a file by its name in an open directory, or creates it with a mode if the flags say so.</summary>
    public static int Open(int directory, byte* path, int flags, int mode)
    {
        int file;
        do file = openat(directory, path, flags, mode, 0, 0, 0, 0, mode);
        while (file < 0 && WasInterrupted());
        return file;
    }

    /// <summary>Opens or creates a file on Linux 5.6 or later. Fails with ELOOP if any part of the path is a symbolic link.</summary>
    public static int OpenWithoutLinks(int directory, byte* path, int flags, int mode)
    {
        const int openat2 = 437;
        var how = stackalloc ulong[3] { (uint)flags, (uint)mode, 4 }; // RESOLVE_NO_SYMLINKS
        nint file;
        do file = syscall(openat2, directory, path, how, 3 * sizeof(ulong));
        while (file < 0 && WasInterrupted());
        return (int)file;
    }

    public static int Close(int file) => close(file);

    /// <summary>Closes a file and keeps the error of the call before, which the caller still needs.</summary>
    public static void CloseKeepingError(int file) => _ = closeKeepingError(file);

    public static nint Read(int file, byte* bytes, nint count, long offset)
    {
        nint read;
        do read = pread(file, bytes, count, offset);
        while (read < 0 && WasInterrupted());
        return read;
    }

    public static nint Write(int file, byte* bytes, nint count, long offset)
    {
        nint written;
        do written = pwrite(file, bytes, count, offset);
        while (written < 0 && WasInterrupted());
        return written;
    }

    public static int SetLength(int file, long length)
    {
        int result;
        do result = ftruncate(file, length);
        while (result < 0 && WasInterrupted());
        return result;
    }

    public static int Flush(int file)
    {
        int result;
        do result = fsync(file);
        while (result < 0 && WasInterrupted());
        return result;
    }

    /// <summary>Flushes a file and the cache of its drive, on macOS, where fsync does not flush the drive (F_FULLFSYNC).</summary>
    public static int FlushDrive(int file)
    {
        int result;
        do result = fcntl(file, 51);
        while (result < 0 && WasInterrupted());
        return result;
    }

    public static int Lock(int file, int operation)
    {
        int result;
        do result = flock(file, operation);
        while (result < 0 && WasInterrupted());
        return result;
    }

    /// <summary>Makes an empty file share the blocks of another file (FICLONE, Linux only).</summary>
    public static int Clone(int target, int source) => ioctl(target, 0x40049409, source);

    public static int ChangeMode(int file, int mode) => fchmod(file, (uint)mode);

    /// <summary>Sets the mode of a file by its name in an open directory. Fails if it is a symbolic link.</summary>
    public static int ChangeMode(int directory, byte* name, int mode) => fchmodat(directory, name, (uint)mode, s_isMac ? 0x20 : 0x100); // AT_SYMLINK_NOFOLLOW

    public static int ChangeOwner(int file, uint owner, uint group) => fchown(file, owner, group);

    /// <summary>Sets the times of a file to now.</summary>
    public static int Touch(int file) => futimens(file, null);

    public static uint UserId() => geteuid();

    public static int CreateDirectory(byte[] path, int mode)
    {
        fixed (byte* start = path) return mkdir(start, (uint)mode);
    }

    public static int CreateLink(byte[] target, byte[] path)
    {
        fixed (byte* from = target, to = path) return symlink(from, to);
    }

    public static int Access(byte[] path, int mode)
    {
        fixed (byte* start = path) return access(start, mode);
    }

    public static int MakeDirectory(int directory, byte* name, int mode) => mkdirat(directory, name, (uint)mode);

    public static int Unlink(int directory, byte* name) => unlinkat(directory, name, 0);

    public static int Link(int sourceDirectory, byte* source, int targetDirectory, byte* target) => linkat(sourceDirectory, source, targetDirectory, target, 0);

    public static int Rename(int sourceDirectory, byte* source, int targetDirectory, byte* target)
    {
        int result;
        do result = renameat(sourceDirectory, source, targetDirectory, target);
        while (result < 0 && WasInterrupted());
        return result;
    }

    /// <summary>Renames a file. Fails with EEXIST if the target exists. Linux (RENAME_NOREPLACE) and macOS (RENAME_EXCL).</summary>
    public static int RenameExclusively(int sourceDirectory, byte* source, int targetDirectory, byte* target) => s_isMac
        ? renameatx_np(sourceDirectory, source, targetDirectory, target, 4)
        : renameat2(sourceDirectory, source, targetDirectory, target, 1);

    /// <summary>
    /// Gets the status of a file on Linux (statx). On the usual processors this calls the kernel directly, because the C library musl has
    /// the function only since version 1.2.5.
    /// </summary>
    public static int Status(int directory, byte* path, int flags, uint mask, void* found) =>
        s_statx == 0 ? statx(directory, path, flags, mask, found) : (int)syscall(s_statx, directory, path, flags, (nint)mask, found);

    /// <summary>Gets the status of an open file on macOS, or of a path if the file is negative.</summary>
    public static int StatusOnMac(int file, byte[] path, void* found)
    {
        // On x64, the plain name is an older function with another struct.
        var isOld = RuntimeInformation.ProcessArchitecture == Architecture.X64;
        if (file >= 0) return isOld ? fstat64(file, found) : fstat(file, found);
        fixed (byte* start = path) return isOld ? lstat64(start, found) : lstat(start, found);
    }

    public static int List(int directory, byte* entries, int room) => (int)getdents64(directory, entries, room);

    /// <summary>Returns the path with all links resolved, to be released with <see cref="Free"/>; null on failure.</summary>
    public static byte* RealPath(byte[] path)
    {
        fixed (byte* start = path) return realpath(start, null);
    }

    public static void Free(void* pointer) => free(pointer);

    private static bool WasInterrupted() => Marshal.GetLastWin32Error() == 4; // EINTR

    // open(2) is variadic. Most platforms pass the mode in the next register, Apple silicon on the stack. This signature passes it both
    // ways.
#pragma warning disable CA5392, IDE1006, SA1300 // the methods have the names of the C library
#if NETSTANDARD2_0
    [DllImport(Name, SetLastError = true)]
    private static extern int openat(int directory, byte* path, int flags, nint mode, nint fourth, nint fifth, nint sixth, nint seventh, nint modeOnStack);

    [DllImport(Name, SetLastError = true)]
    private static extern nint syscall(nint number, nint directory, byte* path, void* how, nint size);

    [DllImport(Name, SetLastError = true)]
    private static extern nint syscall(nint number, nint directory, byte* path, nint flags, nint mask, void* found);

    [DllImport(Name, SetLastError = true)]
    private static extern int close(int file);

    [DllImport(Name, EntryPoint = "close")]
    private static extern int closeKeepingError(int file);

    [DllImport(Name, SetLastError = true)]
    private static extern nint pread(int file, byte* bytes, nint count, long offset);

    [DllImport(Name, SetLastError = true)]
    private static extern nint pwrite(int file, byte* bytes, nint count, long offset);

    [DllImport(Name, SetLastError = true)]
    private static extern int ftruncate(int file, long length);

    [DllImport(Name, SetLastError = true)]
    private static extern int fsync(int file);

    [DllImport(Name, SetLastError = true)]
    private static extern int fcntl(int file, int command);

    [DllImport(Name, SetLastError = true)]
    private static extern int flock(int file, int operation);

    [DllImport(Name, SetLastError = true)]
    private static extern int ioctl(int file, nuint request, nint argument);

    [DllImport(Name, SetLastError = true)]
    private static extern int fchmod(int file, uint mode);

    [DllImport(Name, SetLastError = true)]
    private static extern int fchmodat(int directory, byte* path, uint mode, int flags);

    [DllImport(Name, SetLastError = true)]
    private static extern int fchown(int file, uint owner, uint group);

    [DllImport(Name, SetLastError = true)]
    private static extern int futimens(int file, void* times);

    [DllImport(Name)]
    private static extern uint geteuid();

    [DllImport(Name, SetLastError = true)]
    private static extern int mkdir(byte* path, uint mode);

    [DllImport(Name, SetLastError = true)]
    private static extern int symlink(byte* target, byte* path);

    [DllImport(Name, SetLastError = true)]
    private static extern int access(byte* path, int mode);

    [DllImport(Name, SetLastError = true)]
    private static extern int mkdirat(int directory, byte* path, uint mode);

    [DllImport(Name, SetLastError = true)]
    private static extern int unlinkat(int directory, byte* path, int flags);

    [DllImport(Name, SetLastError = true)]
    private static extern int linkat(int from, byte* source, int to, byte* target, int flags);

    [DllImport(Name, SetLastError = true)]
    private static extern int renameat(int from, byte* source, int to, byte* target);

    [DllImport(Name, SetLastError = true)]
    private static extern int renameat2(int from, byte* source, int to, byte* target, uint flags);

    [DllImport(Name, SetLastError = true)]
    private static extern int renameatx_np(int from, byte* source, int to, byte* target, uint flags);

    [DllImport(Name, SetLastError = true)]
    private static extern int statx(int directory, byte* path, int flags, uint mask, void* found);

    [DllImport(Name, SetLastError = true)]
    private static extern int fstat(int file, void* found);

    [DllImport(Name, SetLastError = true)]
    private static extern int lstat(byte* path, void* found);

    [DllImport(Name, SetLastError = true, EntryPoint = "fstat$INODE64")]
    private static extern int fstat64(int file, void* found);

    [DllImport(Name, SetLastError = true, EntryPoint = "lstat$INODE64")]
    private static extern int lstat64(byte* path, void* found);

    [DllImport(Name, SetLastError = true)]
    private static extern nint getdents64(int directory, void* entries, nint room);

    [DllImport(Name, SetLastError = true)]
    private static extern byte* realpath(byte* path, byte* buffer);

    [DllImport(Name)]
    private static extern void free(void* pointer);
#else
    [LibraryImport(Name, SetLastError = true)]
    private static partial int openat(int directory, byte* path, int flags, nint mode, nint fourth, nint fifth, nint sixth, nint seventh, nint modeOnStack);

    [LibraryImport(Name, SetLastError = true)]
    private static partial nint syscall(nint number, nint directory, byte* path, void* how, nint size);

    [LibraryImport(Name, SetLastError = true)]
    private static partial nint syscall(nint number, nint directory, byte* path, nint flags, nint mask, void* found);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int close(int file);

    [LibraryImport(Name, EntryPoint = "close")]
    private static partial int closeKeepingError(int file);

    [LibraryImport(Name, SetLastError = true)]
    private static partial nint pread(int file, byte* bytes, nint count, long offset);

    [LibraryImport(Name, SetLastError = true)]
    private static partial nint pwrite(int file, byte* bytes, nint count, long offset);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int ftruncate(int file, long length);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int fsync(int file);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int fcntl(int file, int command);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int flock(int file, int operation);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int ioctl(int file, nuint request, nint argument);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int fchmod(int file, uint mode);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int fchmodat(int directory, byte* path, uint mode, int flags);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int fchown(int file, uint owner, uint group);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int futimens(int file, void* times);

    [LibraryImport(Name)]
    private static partial uint geteuid();

    [LibraryImport(Name, SetLastError = true)]
    private static partial int mkdir(byte* path, uint mode);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int symlink(byte* target, byte* path);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int access(byte* path, int mode);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int mkdirat(int directory, byte* path, uint mode);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int unlinkat(int directory, byte* path, int flags);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int linkat(int from, byte* source, int to, byte* target, int flags);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int renameat(int from, byte* source, int to, byte* target);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int renameat2(int from, byte* source, int to, byte* target, uint flags);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int renameatx_np(int from, byte* source, int to, byte* target, uint flags);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int statx(int directory, byte* path, int flags, uint mask, void* found);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int fstat(int file, void* found);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int lstat(byte* path, void* found);

    [LibraryImport(Name, SetLastError = true, EntryPoint = "fstat$INODE64")]
    private static partial int fstat64(int file, void* found);

    [LibraryImport(Name, SetLastError = true, EntryPoint = "lstat$INODE64")]
    private static partial int lstat64(byte* path, void* found);

    [LibraryImport(Name, SetLastError = true)]
    private static partial nint getdents64(int directory, void* entries, nint room);

    [LibraryImport(Name, SetLastError = true)]
    private static partial byte* realpath(byte* path, byte* buffer);

    [LibraryImport(Name)]
    private static partial void free(void* pointer);
#endif
#pragma warning restore CA5392, IDE1006, SA1300
}
