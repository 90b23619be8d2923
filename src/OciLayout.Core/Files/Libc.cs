using System;
using System.Runtime.InteropServices;

namespace OciLayout.Files;

/// <summary>
/// The functions of the C library, by their POSIX names. All arguments are blittable, so that ReadyToRun can compile the calls ahead of time;
/// <see cref="Marshal.GetLastWin32Error"/> returns the error of the last call. Paths end with a zero byte.
/// </summary>
internal static unsafe partial class Libc
{
    private const string Name = "libc";

    private static readonly nint s_statxNumber = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 332,
        Architecture.Arm64 => 291,
        _ => 0,
    };

    private static readonly bool s_isMac = RuntimeInformation.IsOSPlatform(OSPlatform.OSX);

    private static int NoFollow => s_isMac ? 0x20 : 0x100; // AT_SYMLINK_NOFOLLOW

    private static int RemoveDirectory => s_isMac ? 0x80 : 0x200; // AT_REMOVEDIR

    /// <summary>Represents the working directory where an open directory is expected (AT_FDCWD). Absolute paths ignore it.</summary>
    public static readonly int WorkingDirectory = s_isMac ? -2 : -100;

    /// <summary>Opens a file for reading. This and the following methods repeat a call that a signal interrupts.</summary>
    public static int Open(byte[] path, int flags)
    {
        fixed (byte* start = path) return Openat(WorkingDirectory, start, flags, 0);
    }

    /// <summary>Opens a file by its name in an open directory, or creates it with a mode if the flags say so.</summary>
    public static int Openat(int directory, byte* path, int flags, int mode)
    {
        int file;
        do file = openat(directory, path, flags, mode, 0, 0, 0, 0, mode);
        while (file < 0 && WasInterrupted());
        return file;
    }

    /// <summary>Opens or creates a file on Linux 5.6 or later. Fails with ELOOP if any part of the path is a symbolic link.</summary>
    public static int Openat2(int directory, byte* path, int flags, int mode)
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

    public static nint Pread(int file, byte* bytes, nint count, long offset)
    {
        nint read;
        do read = pread(file, bytes, count, offset);
        while (read < 0 && WasInterrupted());
        return read;
    }

    public static nint Pwrite(int file, byte* bytes, nint count, long offset)
    {
        nint written;
        do written = pwrite(file, bytes, count, offset);
        while (written < 0 && WasInterrupted());
        return written;
    }

    public static int Ftruncate(int file, long length)
    {
        int result;
        do result = ftruncate(file, length);
        while (result < 0 && WasInterrupted());
        return result;
    }

    public static int Fsync(int file)
    {
        int result;
        do result = fsync(file);
        while (result < 0 && WasInterrupted());
        return result;
    }

    /// <summary>Flushes a file and the cache of its drive, on macOS, where fsync does not flush the drive (F_FULLFSYNC).</summary>
    public static int FullFsync(int file)
    {
        int result;
        do result = fcntl(file, 51);
        while (result < 0 && WasInterrupted());
        return result;
    }

    public static int Flock(int file, int operation)
    {
        int result;
        do result = flock(file, operation);
        while (result < 0 && WasInterrupted());
        return result;
    }

    /// <summary>Makes an empty file share the blocks of another file (FICLONE, Linux only).</summary>
    public static int Ficlone(int target, int source) => ioctl(target, 0x40049409, source);

    public static int Fchmod(int file, int mode) => fchmod(file, (uint)mode);

    /// <summary>Sets the mode of a file by its name in an open directory. Fails if it is a symbolic link.</summary>
    public static int Fchmodat(int directory, byte* name, int mode) => fchmodat(directory, name, (uint)mode, NoFollow);

    public static int Fchown(int file, uint owner, uint group) => fchown(file, owner, group);

    /// <summary>Sets the times of a file to now.</summary>
    public static int Futimens(int file) => futimens(file, null);

    /// <summary>Sets the access and modification times of a file.</summary>
    public static int Futimens(int file, DateTimeOffset time)
    {
        var times = stackalloc nint[4];
        Fill(times, time);
        return futimens(file, times);
    }

    /// <summary>Sets the access and modification times of a file by its name in an open directory. A link is not followed.</summary>
    public static int Utimensat(int directory, byte* name, DateTimeOffset time)
    {
        var times = stackalloc nint[4];
        Fill(times, time);
        return utimensat(directory, name, times, NoFollow);
    }

    // Two structs of seconds and nanoseconds.
    private static void Fill(nint* times, DateTimeOffset time)
    {
        var ticks = (time - DateTimeOffset.FromUnixTimeSeconds(0)).Ticks;
        var seconds = Math.DivRem(ticks, TimeSpan.TicksPerSecond, out var rest);
        if (rest < 0) (seconds, rest) = (seconds - 1, rest + TimeSpan.TicksPerSecond);
        times[0] = times[2] = (nint)seconds;
        times[1] = times[3] = (nint)(rest * 100);
    }

    /// <summary>Sets the owner of a file by its name in an open directory. A link is not followed.</summary>
    public static int Fchownat(int directory, byte* name, uint owner, uint group) => fchownat(directory, name, owner, group, NoFollow);

    /// <summary>Creates a named pipe, or a device on Linux.</summary>
    public static int Mknodat(int directory, byte* name, int mode, long major, long minor)
    {
        if (s_isMac) return mkfifoat(directory, name, (uint)mode & 0xFFF);
        var device = ((ulong)(major & 0xFFFFF000) << 32) | ((ulong)(major & 0xFFF) << 8) | ((ulong)(minor & 0xFFFFFF00) << 12) | (ulong)(minor & 0xFF);
        return mknodat(directory, name, (uint)mode, device);
    }

    public static uint Geteuid() => geteuid();

    public static int Access(byte[] path, int mode)
    {
        fixed (byte* start = path) return access(start, mode);
    }

    public static int Mkdirat(int directory, byte* name, int mode) => mkdirat(directory, name, (uint)mode);

    public static int Symlinkat(byte* target, int directory, byte* name) => symlinkat(target, directory, name);

    public static int Unlinkat(int directory, byte* name) => unlinkat(directory, name, 0);

    /// <summary>Deletes an empty directory by its name in an open directory.</summary>
    public static int Rmdirat(int directory, byte* name) => unlinkat(directory, name, RemoveDirectory);

    public static int Linkat(int sourceDirectory, byte* source, int targetDirectory, byte* target) => linkat(sourceDirectory, source, targetDirectory, target, 0);

    public static int Renameat(int sourceDirectory, byte* source, int targetDirectory, byte* target)
    {
        int result;
        do result = renameat(sourceDirectory, source, targetDirectory, target);
        while (result < 0 && WasInterrupted());
        return result;
    }

    /// <summary>Renames a file. Fails with EEXIST if the target exists. Linux (RENAME_NOREPLACE) and macOS (RENAME_EXCL).</summary>
    public static int RenameatNoReplace(int sourceDirectory, byte* source, int targetDirectory, byte* target) => s_isMac
        ? renameatx_np(sourceDirectory, source, targetDirectory, target, 4)
        : renameat2(sourceDirectory, source, targetDirectory, target, 1);

    /// <summary>
    /// Gets the status of a file on Linux (statx). On the usual processors this calls the kernel directly, because the C library musl has
    /// the function only since version 1.2.5.
    /// </summary>
    public static int Statx(int directory, byte* path, int flags, uint mask, void* found) =>
        s_statxNumber == 0 ? statx(directory, path, flags, mask, found) : (int)syscall(s_statxNumber, directory, path, flags, (nint)mask, found);

    /// <summary>Gets the status of an open file on macOS, or of a path if the file is negative.</summary>
    public static int StatOnMac(int file, byte[] path, void* found)
    {
        // On x64, the plain name is an older function with another struct.
        var isOld = RuntimeInformation.ProcessArchitecture == Architecture.X64;
        if (file >= 0) return isOld ? fstat64(file, found) : fstat(file, found);
        fixed (byte* start = path) return isOld ? lstat64(start, found) : lstat(start, found);
    }

    public static int Getdents64(int directory, byte* entries, int length) => (int)getdents64(directory, entries, length);

    /// <summary>Returns the path with all links resolved, to be released with <see cref="Free"/>; null on failure.</summary>
    public static byte* Realpath(byte[] path)
    {
        fixed (byte* start = path) return realpath(start, null);
    }

    public static void Free(void* pointer) => free(pointer);

    /// <summary>Returns the text of an error. Win32Exception of Mono has the texts of Windows: "out of paper" for a full disk.</summary>
    public static string MessageOf(int error) => Marshal.PtrToStringAnsi(strerror(error)) ?? $"error {error}";

    private static bool WasInterrupted() => Marshal.GetLastWin32Error() == Errno.EINTR;

    // open(2) is variadic. Most platforms pass the mode in the next register, Apple silicon on the stack. This signature passes it both
    // ways.
#pragma warning disable CA5392, IDE1006, SA1300 // the methods have the names of the C library
    [LibraryImport(Name, SetLastError = true)]
    private static partial int openat(int directory, byte* path, int flags, nint mode, nint fourth, nint fifth, nint sixth, nint seventh, nint modeOnStack);

    [LibraryImport(Name, SetLastError = true)]
    private static partial nint syscall(nint number, nint directory, byte* path, void* how, nint size);

    [LibraryImport(Name, SetLastError = true)]
    private static partial nint syscall(nint number, nint directory, byte* path, nint flags, nint mask, void* found);

    [LibraryImport(Name)]
    private static partial nint strerror(int error);

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

    [LibraryImport(Name, SetLastError = true)]
    private static partial int fchownat(int directory, byte* path, uint owner, uint group, int flags);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int utimensat(int directory, byte* path, void* times, int flags);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int mknodat(int directory, byte* path, uint mode, ulong device);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int mkfifoat(int directory, byte* path, uint mode);

    [LibraryImport(Name)]
    private static partial uint geteuid();

    [LibraryImport(Name, SetLastError = true)]
    private static partial int symlinkat(byte* target, int directory, byte* path);

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
    private static partial nint getdents64(int directory, void* entries, nint length);

    [LibraryImport(Name, SetLastError = true)]
    private static partial byte* realpath(byte* path, byte* buffer);

    [LibraryImport(Name)]
    private static partial void free(void* pointer);
#pragma warning restore CA5392, IDE1006, SA1300
}
