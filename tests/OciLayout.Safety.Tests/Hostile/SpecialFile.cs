using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Xunit;

namespace OciLayout.Safety.Hostile;

/// <summary>Creates files of unexpected kinds in a layout: links to paths outside, FIFOs, sockets and devices.</summary>
internal static partial class SpecialFile
{
    public static readonly string[] Kinds =
    [
        "link", "dangling link", "link loop", "link to zeros", "link to a process file", "link to a directory", "link to a FIFO",
        "FIFO", "socket", "device", "directory", "file", "empty file",
    ];

    /// <summary>Creates a file of a kind at a path, after moving the existing one outside of the layout.</summary>
    public static void Put(string kind, string path, string outside)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has none of this in directories.");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string moved = Path.Combine(outside, "moved");
        if (Directory.Exists(path)) Directory.Move(path, moved);
        else if (File.Exists(path)) File.Move(path, moved);
        else File.WriteAllText(moved, "kept");
        switch (kind)
        {
            case "link": File.CreateSymbolicLink(path, moved); break;
            case "dangling link": File.CreateSymbolicLink(path, Path.Combine(outside, "nothing")); break;
            case "link loop": File.CreateSymbolicLink(path, path); break;
            case "link to zeros": File.CreateSymbolicLink(path, "/dev/zero"); break;
            case "link to a process file": File.CreateSymbolicLink(path, "/proc/self/status"); break;
            case "link to a directory":
                Directory.CreateSymbolicLink(path, Directory.CreateDirectory(Path.Combine(outside, "directory")).FullName);
                break;
            case "link to a FIFO":
                Make(Path.Combine(outside, "fifo"), Fifo);
                File.CreateSymbolicLink(path, Path.Combine(outside, "fifo"));
                break;
            case "FIFO": Make(path, Fifo); break;
            case "socket": Make(path, Socket); break;
            case "device":
                Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root makes devices.");
                Make(path, Device);
                break;
            case "directory": Directory.CreateDirectory(path); break;
            case "file": File.WriteAllText(path, "not that"); break;
            case "empty file": File.WriteAllText(path, ""); break;
            default: throw new ArgumentOutOfRangeException(nameof(kind), kind, "Nobody knows how to make that.");
        }
    }

    /// <summary>Returns the kind, mode, time and content of everything in a directory, without following links.</summary>
    public static IReadOnlyList<string> Snapshot(string directory) =>
    [
        .. new DirectoryInfo(directory).EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
            .OrderBy(f => f.FullName, StringComparer.Ordinal)
            .Select(f => $"{f.FullName} {f.Attributes} {f.UnixFileMode} {f.LastWriteTimeUtc:O} {f.LinkTarget} {Hash(f)}"),
    ];

    private static string Hash(FileSystemInfo file) =>
        file is FileInfo { Length: > 0, LinkTarget: null } ? Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file.FullName))) : "";

    private const uint Fifo = 0x11A4; // S_IFIFO | 0644
    private const uint Socket = 0xC1A4; // S_IFSOCK | 0644
    private const uint Device = 0x21B6; // S_IFCHR | 0666
    private const ulong Zeros = 0x105; // makedev(1, 5)

    private static void Make(string path, uint mode) => Assert.Equal(0, MakeNode(path, mode, mode == Device ? Zeros : 0));

    [LibraryImport("libc", EntryPoint = "mknod", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int MakeNode(string path, uint mode, ulong device);
}
