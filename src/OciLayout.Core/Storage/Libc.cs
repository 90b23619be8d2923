using System.Runtime.InteropServices;

namespace OciLayout.Storage;

/// <summary>
/// The calls of the C library, with nothing to convert, so that they come compiled with the module; <see cref="Marshal.GetLastWin32Error"/> has
/// their error. Paths end with a zero.
/// </summary>
internal static unsafe partial class Libc
{
    private const string Name = "libc";

    public static int Open(byte[] path, int flags)
    {
        fixed (byte* start = path) return open(start, flags);
    }

    /// <summary>Opens or makes a file, on Linux; elsewhere a mode is passed in another way.</summary>
    public static int Open(byte[] path, int flags, int mode)
    {
        fixed (byte* start = path) return open(start, flags, mode);
    }

    public static int Creat(byte[] path, int mode)
    {
        fixed (byte* start = path) return creat(start, (uint)mode);
    }

    public static int Close(int file) => close(file);

    public static nint Read(int file, byte* bytes, nint count, long offset) => pread(file, bytes, count, offset);

    public static nint Write(int file, byte* bytes, nint count, long offset) => pwrite(file, bytes, count, offset);

    public static int SetLength(int file, long length) => ftruncate(file, length);

    public static int Flush(int file) => fsync(file);

    public static int Lock(int file, int operation) => flock(file, operation);

    /// <summary>A request about a file, of which another file is the argument.</summary>
    public static int Control(int file, uint request, nint argument) => ioctl(file, request, argument);

    public static int ChangeMode(byte[] path, int mode)
    {
        fixed (byte* start = path) return chmod(start, (uint)mode);
    }

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

    public static int Unlink(byte[] path)
    {
        fixed (byte* start = path) return unlink(start);
    }

    public static int Link(byte[] source, byte[] target)
    {
        fixed (byte* from = source, to = target) return link(from, to);
    }

    public static int Rename(byte[] source, byte[] target)
    {
        fixed (byte* from = source, to = target) return rename(from, to);
    }

    public static int Rename(int sourceDirectory, byte[] source, int targetDirectory, byte[] target, uint flags)
    {
        fixed (byte* from = source, to = target) return renameat2(sourceDirectory, from, targetDirectory, to, flags);
    }

    public static int Look(int directory, byte* path, int flags, uint mask, void* found) => statx(directory, path, flags, mask, found);

    public static int List(int directory, byte* entries, int room) => (int)getdents64(directory, entries, room);

    /// <summary>The path without links, to be freed; null when it cannot be had.</summary>
    public static byte* RealPath(byte[] path)
    {
        fixed (byte* start = path) return realpath(start, null);
    }

    public static void Free(void* pointer) => free(pointer);

#pragma warning disable CA5392, IDE1006, SA1300 // the names are libc's
#if NETSTANDARD2_0
    [DllImport(Name, SetLastError = true)]
    private static extern int open(byte* path, int flags);

    [DllImport(Name, SetLastError = true)]
    private static extern int open(byte* path, int flags, int mode);

    [DllImport(Name, SetLastError = true)]
    private static extern int creat(byte* path, uint mode);

    [DllImport(Name, SetLastError = true)]
    private static extern int close(int file);

    [DllImport(Name, SetLastError = true)]
    private static extern nint pread(int file, byte* bytes, nint count, long offset);

    [DllImport(Name, SetLastError = true)]
    private static extern nint pwrite(int file, byte* bytes, nint count, long offset);

    [DllImport(Name, SetLastError = true)]
    private static extern int ftruncate(int file, long length);

    [DllImport(Name, SetLastError = true)]
    private static extern int fsync(int file);

    [DllImport(Name, SetLastError = true)]
    private static extern int flock(int file, int operation);

    [DllImport(Name, SetLastError = true)]
    private static extern int ioctl(int file, nuint request, nint argument);

    [DllImport(Name, SetLastError = true)]
    private static extern int chmod(byte* path, uint mode);

    [DllImport(Name, SetLastError = true)]
    private static extern int mkdir(byte* path, uint mode);

    [DllImport(Name, SetLastError = true)]
    private static extern int symlink(byte* target, byte* path);

    [DllImport(Name, SetLastError = true)]
    private static extern int access(byte* path, int mode);

    [DllImport(Name, SetLastError = true)]
    private static extern int unlink(byte* path);

    [DllImport(Name, SetLastError = true)]
    private static extern int link(byte* source, byte* target);

    [DllImport(Name, SetLastError = true)]
    private static extern int rename(byte* source, byte* target);

    [DllImport(Name, SetLastError = true)]
    private static extern int renameat2(int from, byte* source, int to, byte* target, uint flags);

    [DllImport(Name, SetLastError = true)]
    private static extern int statx(int directory, byte* path, int flags, uint mask, void* found);

    [DllImport(Name, SetLastError = true)]
    private static extern nint getdents64(int directory, void* entries, nint room);

    [DllImport(Name, SetLastError = true)]
    private static extern byte* realpath(byte* path, byte* buffer);

    [DllImport(Name)]
    private static extern void free(void* pointer);
#else
    [LibraryImport(Name, SetLastError = true)]
    private static partial int open(byte* path, int flags);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int open(byte* path, int flags, int mode);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int creat(byte* path, uint mode);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int close(int file);

    [LibraryImport(Name, SetLastError = true)]
    private static partial nint pread(int file, byte* bytes, nint count, long offset);

    [LibraryImport(Name, SetLastError = true)]
    private static partial nint pwrite(int file, byte* bytes, nint count, long offset);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int ftruncate(int file, long length);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int fsync(int file);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int flock(int file, int operation);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int ioctl(int file, nuint request, nint argument);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int chmod(byte* path, uint mode);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int mkdir(byte* path, uint mode);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int symlink(byte* target, byte* path);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int access(byte* path, int mode);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int unlink(byte* path);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int link(byte* source, byte* target);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int rename(byte* source, byte* target);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int renameat2(int from, byte* source, int to, byte* target, uint flags);

    [LibraryImport(Name, SetLastError = true)]
    private static partial int statx(int directory, byte* path, int flags, uint mask, void* found);

    [LibraryImport(Name, SetLastError = true)]
    private static partial nint getdents64(int directory, void* entries, nint room);

    [LibraryImport(Name, SetLastError = true)]
    private static partial byte* realpath(byte* path, byte* buffer);

    [LibraryImport(Name)]
    private static partial void free(void* pointer);
#endif
#pragma warning restore CA5392, IDE1006, SA1300
}
