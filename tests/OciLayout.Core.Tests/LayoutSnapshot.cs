using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;

namespace OciLayout.Tests;

/// <summary>
/// The contents of a directory as lines to compare: path, kind, mode, modification time, length and hash, or the target of a link.
/// </summary>
internal static class LayoutSnapshot
{
    /// <param name="root">The directory.</param>
    /// <param name="ours">Whether to include <c>ingest/</c>, which is not part of the layout, and the root's modification time.</param>
    public static IReadOnlyList<string> Of(string root, bool ours = true) =>
    [
        .. new DirectoryInfo(root).EnumerateFileSystemInfos("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(f => (Name: Path.GetRelativePath(root, f.FullName).Replace('\\', '/'), Info: f))
            .Where(f => ours || !(f.Name == "ingest" || f.Name.StartsWith("ingest/", StringComparison.Ordinal)))
            .Select(f => f.Name + " " + Describe(f.Info))
            .Concat(ours ? [". " + Describe(new DirectoryInfo(root))] : [])
            .Order(StringComparer.Ordinal),
    ];

    private static string Describe(FileSystemInfo info)
    {
        if (info.LinkTarget is { } target) return "-> " + target;
        var mode = OperatingSystem.IsWindows() ? info.Attributes.ToString() : info.UnixFileMode.ToString();
        var content = info is not FileInfo file ? "directory" : file.Length == 0 ? "empty or no file" : $"{file.Length} {Hash(file.FullName)}";
        return $"[{mode}] {info.LastWriteTimeUtc:O} {content}";
    }

    private static string Hash(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
