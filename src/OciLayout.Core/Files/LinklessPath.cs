using System;
using System.Runtime.InteropServices;

namespace OciLayout.Files;

/// <summary>Opens files on Unix without following a symbolic link in any part of the path.</summary>
internal static unsafe class LinklessPath
{
    private static readonly bool IsLinux = RuntimeInformation.IsOSPlatform(OSPlatform.Linux);
    private static readonly byte[] Root = "/\0"u8.ToArray();
    private static readonly byte[] Here = ".\0"u8.ToArray();

    // openat2(2) needs Linux 5.6. Older kernels and some containers do not support it.
    private static readonly bool HasCall = IsLinux && TryOpenRoot() is var opened && opened >= 0 && Libc.Close(opened) == 0;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The absolute path, terminated by a zero byte; an empty path is the root. A path below /proc/self/fd is relative
    /// to an open directory, see <see cref="Folder"/>.</param>
    /// <param name="flags">The flags of open(2).</param>
    /// <param name="mode">The mode of a file that is created.</param>
    /// <returns>The descriptor; a negative number if the call failed.</returns>
    public static int Open(byte[] path, int flags, int mode)
    {
        int directory = Libc.WorkingDirectory, next = 0;
        var descriptors = "/proc/self/fd/"u8;
        if (path.AsSpan().StartsWith(descriptors))
        {
            directory = 0;
            for (next = descriptors.Length; path[next] is >= (byte)'0' and <= (byte)'9'; next++) directory = (directory * 10) + path[next] - '0';
            if (path[next] == '/') next++;
        }

        var isEmpty = path[next] == 0;
        fixed (byte* start = isEmpty ? (next == 0 ? Root : Here) : path)
        {
            var name = isEmpty ? start : start + next;
            if (HasCall) return Libc.Openat2(directory, name, flags, mode);
            return IsLinux ? OpenInSteps(directory, name, flags, mode) : Libc.Openat(directory, name, flags | OpenFlags.NoFollow, mode);
        }
    }

    // Opens each directory of the path relative to the directory before it.
    private static int OpenInSteps(int directory, byte* path, int flags, int mode)
    {
        var isAbsolute = *path == '/';
        if (isAbsolute && path[1] == 0) return Libc.Openat(directory, path, flags, mode);
        var current = isAbsolute ? OpenRoot() : directory; // a relative path starts at an open directory
        for (var part = isAbsolute ? path + 1 : path; current >= 0;)
        {
            var end = part;
            while (*end is not (0 or (byte)'/')) end++;
            var isLast = *end == 0;
            *end = 0;
            var opened = Libc.Openat(current, part, (isLast ? flags : OpenFlags.Directory) | OpenFlags.NoFollow, mode);
            if (current != directory) Libc.CloseKeepingError(current);
            if (isLast) return opened;
            *end = (byte)'/';
            for (part = end; *part == '/';) part++;
            current = opened;
        }

        return -1;
    }

    private static int OpenRoot()
    {
        fixed (byte* start = Root) return Libc.Openat(Libc.WorkingDirectory, start, OpenFlags.Directory, 0);
    }

    private static int TryOpenRoot()
    {
        fixed (byte* start = Root) return Libc.Openat2(Libc.WorkingDirectory, start, OpenFlags.Directory, 0);
    }
}
