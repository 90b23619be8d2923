using System;
using System.Runtime.InteropServices;

namespace OciLayout.Files;

/// <summary>The flags of open(2). Their values depend on the operating system and the processor.</summary>
internal static class OpenFlags
{
    public const int WriteOnly = 1;
    public const int ReadWrite = 2;

    private static readonly bool IsLinux = RuntimeInformation.IsOSPlatform(OSPlatform.Linux);
    private static readonly bool IsMac = RuntimeInformation.IsOSPlatform(OSPlatform.OSX);

    // ARM (2, 3, 6) and POWER (8) have their own values of three flags on Linux.
    private static readonly bool IsArm = (int)RuntimeInformation.ProcessArchitecture is 2 or 3 or 6 or 8;

    /// <summary>Creates the file. Fails if it exists. A symbolic link as the last name is not followed.</summary>
    public static readonly int CreateNew = IsLinux ? 0x40 | 0x80 : 0x200 | 0x800;

    /// <summary>Does not block (FIFOs), is not inherited by child processes, and allows files larger than 2 GiB.</summary>
    public static readonly int Default =
        (IsLinux ? 0x800 | 0x80000 : IsMac ? 0x4 | 0x1000000 : 0x4 | 0x100000) | (IsLinux && IntPtr.Size == 4 ? (IsArm ? 0x20000 : 0x8000) : 0);

    /// <summary>The part of <see cref="Default"/> that prevents blocking.</summary>
    public static readonly int NonBlocking = IsLinux ? 0x800 : 0x4;

    /// <summary>Opens a directory in order to use names in it. On Linux this does not need read permission.</summary>
    public static readonly int Directory =
        IsLinux ? 0x200000 | 0x80000 | (IsArm ? 0x4000 : 0x10000) : IsMac ? 0x100000 | 0x1000000 : 0x20000 | 0x100000;

    /// <summary>Fails at a symbolic link: on macOS in any part of the path, elsewhere as the last name.</summary>
    public static readonly int NoFollow = IsLinux ? (IsArm ? 0x8000 : 0x20000) : IsMac ? 0x20000000 : 0x100;
}
