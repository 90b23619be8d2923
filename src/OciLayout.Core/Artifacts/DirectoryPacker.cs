using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Storage;

namespace OciLayout.Artifacts;

/// <summary>Packs a directory into a tar: in the ordinal order of names, so that the same content gives the same bytes on every machine.</summary>
internal static class DirectoryPacker
{
    /// <param name="path">The directory.</param>
    /// <param name="name">Its name in the tar.</param>
    /// <param name="target">Takes the tar.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsafePath"/>: what could not be unpacked everywhere.</exception>
    public static void Pack(string path, string name, Stream target, CancellationToken cancellation)
    {
        var writer = new TarEntryWriter(target);
        var depth = SafeName.Split(name, "the names of the artifact").Length;
        var stack = new Stack<(FileSystemInfo Item, string Name)>();
        stack.Push((new DirectoryInfo(path), name));
        while (stack.Count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            var (item, entry) = stack.Pop();
            SafeName.Split(entry, $"'{path}'");
            if (entry != name && item.LinkTarget is { } link)
            {
                LinkTarget.Check(entry, link.Replace('\\', '/'), depth, $"'{path}'");
                writer.Link(entry, link.Replace('\\', '/'));
            }
            else if (item is DirectoryInfo directory)
            {
                writer.Directory(entry);
                foreach (var child in directory.EnumerateFileSystemInfos().OrderByDescending(c => c.Name, StringComparer.Ordinal)) stack.Push((child, entry + "/" + child.Name));
            }
            else
            {
                PackFile((FileInfo)item, entry, writer, cancellation);
            }
        }

        writer.Finish();
    }

    private static void PackFile(FileInfo file, string entry, TarEntryWriter writer, CancellationToken cancellation)
    {
        using var content = PhysicalFileSystem.Instance.OpenRead(file.FullName); // refuses what is no regular file
        var left = content.Length;
        writer.File(entry, left, IsExecutable(file));
        var buffer = new byte[128 * 1024];
        while (left > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            var read = content.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (read == 0) throw new IOException($"'{file.FullName}' became shorter while it was packed.");
            writer.Write(buffer, read);
            left -= read;
        }
    }

    private static bool IsExecutable(FileInfo file) => !OperatingSystem.IsWindows() && (file.UnixFileMode & UnixFileMode.UserExecute) != 0;
}
