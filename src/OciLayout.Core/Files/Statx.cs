using System;
using System.Runtime.InteropServices;
using OciLayout.Model;

namespace OciLayout.Files;

/// <summary>
/// Gets file properties with one system call on Linux. The API of .NET takes three times as long: it allocates two objects and queries the
/// user. A store does this more often than any other call.
/// </summary>
internal static unsafe class Statx
{
    private const int TypeMask = 0xF000;
    private const int LinkType = 0xA000;
    private const int DirectoryType = 0x4000;
    private const int RegularType = 0x8000;
    private const uint Wanted = 0x3C1; // type, times of modification and change, inode, size
    private const long FirstSecond = -62135596800; // year 1
    private const long LastSecond = 253402300799; // year 9999

    private static readonly DateTime Epoch = new(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    // Set to false if the C library is too old to have the function.
    private static volatile bool s_isSupported = RuntimeInformation.IsOSPlatform(OSPlatform.Linux);

    /// <summary>Whether the system call is available, as far as known.</summary>
    public static bool IsSupported => s_isSupported;

    /// <summary>Gets the properties of a path; null if nothing exists.</summary>
    /// <returns>False if .NET must get them instead: on other systems, for links, and after other errors.</returns>
    public static bool TryStat(FilePath path, out FileStatus? status)
    {
        fixed (byte* start = Native.Utf8(path)) return TryStat(Libc.WorkingDirectory, start, default, out status);
    }

    /// <summary>Gets the properties of a name in an open directory.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="name">The name, terminated by a zero byte.</param>
    /// <param name="listed">The name to store in the result.</param>
    /// <param name="status">The properties; null if nothing exists.</param>
    public static bool TryStat(PosixFile directory, byte* name, FileName listed, out FileStatus? status) =>
        TryStat(directory.Number, name, listed, out status);

    private static bool TryStat(int directory, byte* path, FileName listed, out FileStatus? status)
    {
        status = null;
        if (!s_isSupported) return false;
        try
        {
            Found found;
            if (Libc.Statx(directory, path, 0x100 /* AT_SYMLINK_NOFOLLOW */, Wanted, &found) != 0)
                return Marshal.GetLastWin32Error() is Errno.ENOENT or Errno.ENOTDIR;
            if ((found.Mode & TypeMask) == LinkType) return false;
            var isDirectory = (found.Mode & TypeMask) == DirectoryType;
            status = new FileStatus(listed, isDirectory ? FileKind.Directory : FileKind.File, isDirectory ? 0 : found.Size, found.Modified, false, VersionOf(found));
            return true;
        }
        catch (EntryPointNotFoundException)
        {
            s_isSupported = false;
            return false;
        }
    }

    /// <summary>Returns the owner of a file or directory; null if the system call does not exist.</summary>
    public static uint? OwnerOf(FilePath path)
    {
        if (!s_isSupported) return null;
        try
        {
            Found found;
            fixed (byte* start = Native.Utf8(path)) _ = SystemError.Checked(Libc.Statx(Libc.WorkingDirectory, start, 0x100 /* AT_SYMLINK_NOFOLLOW */, 0x8 /* STATX_UID */, &found), path);
            return found.Owner;
        }
        catch (EntryPointNotFoundException)
        {
            s_isSupported = false;
            return null;
        }
    }

    // Uses the change time, because no program can set it.
    private static ulong VersionOf(in Found found) => unchecked((((ulong)found.ChangedSeconds * 1_000_000_000) + found.ChangedNanoseconds) * 31) ^ found.Node;

    /// <summary>Gets the length of an open file; negative if it is not a regular file.</summary>
    /// <returns>False if .NET must get it instead.</returns>
    public static bool TryStat(PosixFile file, out long length)
    {
        length = -1;
        if (!s_isSupported) return false;
        try
        {
            Found found;
            byte empty = 0;
            if (Libc.Statx(file.Number, &empty, 0x1000 /* AT_EMPTY_PATH */, Wanted, &found) != 0) return false;
            if ((found.Mode & TypeMask) == RegularType) length = found.Size;
            return true;
        }
        catch (EntryPointNotFoundException)
        {
            s_isSupported = false;
            return false;
        }
    }

    /// <summary>Gets the status of an open file.</summary>
    public static bool TryGet(PosixFile file, out UnixStatus status)
    {
        byte empty = 0;
        return TryGet(file.Number, &empty, 0x1000 /* AT_EMPTY_PATH */, out status);
    }

    /// <summary>Gets the status of the file at a path. A symbolic link is not followed.</summary>
    public static bool TryGet(FilePath path, out UnixStatus status)
    {
        fixed (byte* start = Native.Utf8(path)) return TryGet(Libc.WorkingDirectory, start, 0x100 /* AT_SYMLINK_NOFOLLOW */, out status);
    }

    private static bool TryGet(int directory, byte* path, int flags, out UnixStatus status)
    {
        const uint all = 0x11B; // type, mode, owner, group, inode number
        Found found;
        status = default;
        try
        {
            if (Libc.Statx(directory, path, flags, all, &found) != 0) return false;
        }
        catch (EntryPointNotFoundException)
        {
            s_isSupported = false;
            return false;
        }

        status = new UnixStatus(found.Mode, found.Owner, found.Group, ((ulong)found.DeviceMajor << 32) | found.DeviceMinor, found.Node);
        return true;
    }

    // struct statx is the same on all processors.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Found
    {
        [FieldOffset(20)]
        public uint Owner;

        [FieldOffset(24)]
        public uint Group;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Node;

        [FieldOffset(40)]
        public long Size;

        [FieldOffset(96)]
        public long ChangedSeconds;

        [FieldOffset(104)]
        public uint ChangedNanoseconds;

        [FieldOffset(112)]
        public long ModifiedSeconds;

        [FieldOffset(120)]
        public uint ModifiedNanoseconds;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;

        // Some file systems store times outside of the range of DateTime. They become its minimum or maximum.
        public readonly DateTime Modified => ModifiedSeconds switch
        {
            < FirstSecond => DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc),
            > LastSecond => DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc),
            _ => Epoch.AddTicks((ModifiedSeconds * TimeSpan.TicksPerSecond) + (ModifiedNanoseconds / 100)),
        };
    }
}
