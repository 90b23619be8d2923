using System;
using System.Runtime.InteropServices;
using OciLayout.Model;

namespace OciLayout.Files;

/// <summary>The type, permissions, owner and identity of a file on Linux and macOS.</summary>
/// <param name="Mode">The type and the permission bits.</param>
/// <param name="Owner">The user ID.</param>
/// <param name="Group">The group ID.</param>
/// <param name="Device">The file system that contains the file.</param>
/// <param name="Node">The inode number.</param>
internal readonly record struct UnixStatus(int Mode, uint Owner, uint Group, ulong Device, ulong Node)
{
    private const int TypeMask = 0xF000;

    public bool IsRegular => (Mode & TypeMask) == 0x8000;

    public bool IsDirectory => (Mode & TypeMask) == 0x4000;

    /// <summary>Whether it is a device, a named pipe or a socket.</summary>
    public bool IsSpecial => !IsRegular && !IsDirectory && (Mode & TypeMask) != 0xA000;

    /// <summary>Returns whether both are the same file.</summary>
    public bool IsSameFile(UnixStatus other) => Device == other.Device && Node == other.Node;

    /// <summary>Gets the status of an open file.</summary>
    /// <returns>False if the system does not report it.</returns>
    public static bool TryGet(PosixFile file, out UnixStatus status) =>
        Statx.IsSupported ? Statx.TryGet(file, out status) : TryGetOnMac(file.Number, [], out status);

    /// <summary>Gets the status of the file at a path. A symbolic link is not followed.</summary>
    /// <returns>False if the file does not exist, or the system does not report it.</returns>
    public static bool TryGet(FilePath path, out UnixStatus status) =>
        Statx.IsSupported ? Statx.TryGet(path, out status) : TryGetOnMac(-1, Native.Utf8(path), out status);

    // struct stat of macOS with 64-bit inode numbers: dev 0, mode 4, ino 8, uid 16, gid 20; 144 bytes.
    private static unsafe bool TryGetOnMac(int file, byte[] path, out UnixStatus status)
    {
        status = default;
        if (!RuntimeInformation.IsOSPlatform(OSPlatform.OSX)) return false;
        var found = stackalloc byte[256];
        if (Libc.StatOnMac(file, path, found) != 0) return false;
        var bytes = new ReadOnlySpan<byte>(found, 24);
        status = new UnixStatus(
            MemoryMarshal.Read<ushort>(bytes.Slice(4)), MemoryMarshal.Read<uint>(bytes.Slice(16)), MemoryMarshal.Read<uint>(bytes.Slice(20)),
            MemoryMarshal.Read<uint>(bytes), MemoryMarshal.Read<ulong>(bytes.Slice(8)));
        return true;
    }
}
