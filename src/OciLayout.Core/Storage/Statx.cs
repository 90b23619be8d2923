using System;
using System.Runtime.InteropServices;

namespace OciLayout.Storage;

/// <summary>
/// Looks at a file with one call of Linux. The framework's way makes two objects and asks who the user is, which costs three times as much;
/// and a store looks at files more often than it does anything else.
/// </summary>
internal static unsafe class Statx
{
    private const int WorkingDirectory = -100; // AT_FDCWD
    private const int NoSuchEntry = 2; // ENOENT
    private const int NoDirectory = 20; // ENOTDIR
    private const int TypeMask = 0xF000;
    private const int LinkType = 0xA000;
    private const int DirectoryType = 0x4000;
    private const int RegularType = 0x8000;
    private const uint Wanted = 0x3C1; // type, times of modification and change, inode, size
    private const long FirstSecond = -62135596800; // year 1
    private const long LastSecond = 253402300799; // year 9999

    private static readonly DateTime Epoch = new(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    // An old C library does not have the call; it is not tried again then.
    private static volatile bool s_isThere = RuntimeInformation.IsOSPlatform(OSPlatform.Linux);

    /// <summary>Whether it works here, as far as is known.</summary>
    public static bool IsSupported => s_isThere;

    /// <summary>Looks at what is at a path; nothing is there when the fact is null.</summary>
    /// <returns>False when the framework has to look: on other systems, at links, and when this look failed.</returns>
    public static bool TryLook(FilePath path, out FileFact? fact)
    {
        fixed (byte* start = Native.Utf8(path)) return TryLook(WorkingDirectory, start, default, out fact);
    }

    /// <summary>The same, by a name in a directory that is open.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="name">The name, with a zero behind it.</param>
    /// <param name="listed">The name that the fact gets.</param>
    /// <param name="fact">What is there.</param>
    public static bool TryLook(FileDescriptor directory, byte* name, FileName listed, out FileFact? fact) =>
        TryLook(directory.Number, name, listed, out fact);

    private static bool TryLook(int directory, byte* path, FileName listed, out FileFact? fact)
    {
        fact = null;
        if (!s_isThere) return false;
        try
        {
            Found found;
            if (Libc.Status(directory, path, 0x100 /* AT_SYMLINK_NOFOLLOW */, Wanted, &found) != 0)
                return Marshal.GetLastWin32Error() is NoSuchEntry or NoDirectory;
            if ((found.Mode & TypeMask) == LinkType) return false;
            var isDirectory = (found.Mode & TypeMask) == DirectoryType;
            fact = new FileFact(listed, isDirectory ? FileKind.Directory : FileKind.File, isDirectory ? 0 : found.Size, found.Modified, false, VersionOf(found));
            return true;
        }
        catch (EntryPointNotFoundException)
        {
            s_isThere = false;
            return false;
        }
    }

    /// <summary>Returns the owner of a file or directory; null where the system call does not exist.</summary>
    public static uint? OwnerOf(FilePath path)
    {
        if (!s_isThere) return null;
        try
        {
            Found found;
            fixed (byte* start = Native.Utf8(path)) _ = Native.Checked(Libc.Status(WorkingDirectory, start, 0x100 /* AT_SYMLINK_NOFOLLOW */, 0x8 /* STATX_UID */, &found), path);
            return found.Owner;
        }
        catch (EntryPointNotFoundException)
        {
            s_isThere = false;
            return null;
        }
    }

    // No program can set the time of change.
    private static ulong VersionOf(in Found found) => unchecked((((ulong)found.ChangedSeconds * 1_000_000_000) + found.ChangedNanoseconds) * 31) ^ found.Node;

    /// <summary>Looks at an open file: its length when it is a regular one, a negative number when it is not.</summary>
    /// <returns>False when the framework has to look.</returns>
    public static bool TryLook(FileDescriptor file, out long length)
    {
        length = -1;
        if (!s_isThere) return false;
        try
        {
            Found found;
            byte empty = 0;
            if (Libc.Status(file.Number, &empty, 0x1000 /* AT_EMPTY_PATH */, Wanted, &found) != 0) return false;
            if ((found.Mode & TypeMask) == RegularType) length = found.Size;
            return true;
        }
        catch (EntryPointNotFoundException)
        {
            s_isThere = false;
            return false;
        }
    }

    /// <summary>Gets the status of an open file.</summary>
    public static bool TryGet(FileDescriptor file, out UnixStatus status)
    {
        byte empty = 0;
        return TryGet(file.Number, &empty, 0x1000 /* AT_EMPTY_PATH */, out status);
    }

    /// <summary>Gets the status of the file at a path; a symbolic link is not followed.</summary>
    public static bool TryGet(FilePath path, out UnixStatus status)
    {
        fixed (byte* start = Native.Utf8(path)) return TryGet(WorkingDirectory, start, 0x100 /* AT_SYMLINK_NOFOLLOW */, out status);
    }

    private static bool TryGet(int directory, byte* path, int flags, out UnixStatus status)
    {
        const uint all = 0x11B; // type, mode, owner, group, inode number
        Found found;
        status = default;
        try
        {
            if (Libc.Status(directory, path, flags, all, &found) != 0) return false;
        }
        catch (EntryPointNotFoundException)
        {
            s_isThere = false;
            return false;
        }

        status = new UnixStatus(found.Mode, found.Owner, found.Group, ((ulong)found.DeviceMajor << 32) | found.DeviceMinor, found.Node);
        return true;
    }

    // struct statx has the same shape on every processor.
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

        // Some file systems store times that DateTime cannot represent; they become its earliest or latest time.
        public readonly DateTime Modified => ModifiedSeconds switch
        {
            < FirstSecond => DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc),
            > LastSecond => DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc),
            _ => Epoch.AddTicks((ModifiedSeconds * TimeSpan.TicksPerSecond) + (ModifiedNanoseconds / 100)),
        };
    }
}
