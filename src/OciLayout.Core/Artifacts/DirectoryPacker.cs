using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Storage;
using OciLayout.Storage.Tar;

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
        var writer = new TarWriter(target);
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
                writer.AddSymbolicLink(entry, link.Replace('\\', '/'));
            }
            else if (item is DirectoryInfo directory)
            {
                writer.AddDirectory(entry);
                foreach (var child in directory.EnumerateFileSystemInfos().OrderByDescending(c => c.Name, StringComparer.Ordinal)) stack.Push((child, entry + "/" + child.Name));
            }
            else
            {
                PackFile((FileInfo)item, entry, writer, cancellation);
            }
        }

        writer.Finish();
    }

    private static void PackFile(FileInfo file, string entry, TarWriter writer, CancellationToken cancellation)
    {
        using var content = PhysicalFileSystem.Instance.OpenRead(file.FullName); // refuses what is no regular file
        try
        {
            writer.AddFile(entry, IsExecutable(file) ? TarWriter.DirectoryMode : TarWriter.FileMode, content.Length, content, null, cancellation);
        }
        catch (EndOfStreamException e)
        {
            throw new IOException($"'{file.FullName}' became shorter while it was packed.", e);
        }
    }

    private static bool IsExecutable(FileInfo file) => !OperatingSystem.IsWindows() && (file.UnixFileMode & UnixFileMode.UserExecute) != 0;
}
