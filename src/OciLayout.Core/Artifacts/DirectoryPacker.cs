using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Archives;
using OciLayout.Common;
using OciLayout.Files;

namespace OciLayout.Artifacts;

/// <summary>
/// Packs a directory into a tar. Names are in ordinal order, and owners and times are left out, so that names, modes and content alone
/// decide the bytes of the tar.
/// </summary>
internal static class DirectoryPacker
{
    private const int AllRights = 0x1FF; // 0777: setuid, setgid and sticky are left out

    /// <summary>Packs a directory.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="name">Its name in the tar.</param>
    /// <param name="target">The stream that gets the tar.</param>
    /// <param name="packed">Called with the number of bytes of files after each block that is packed.</param>
    /// <param name="cancellationToken">Stops the operation.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsafePath"/>: a name or link cannot be unpacked on every system.</exception>
    public static void Pack(string path, string name, Stream target, Action<int> packed, CancellationToken cancellationToken)
    {
        var writer = new TarWriter(target);
        var top = new DirectoryInfo(path);
        var files = new PackedFiles(top.FullName);
        var depth = SafeName.Split(name, "the names of the artifact").Length;
        var stack = new Stack<(FileSystemInfo Item, string Name)>();
        stack.Push((top, name));
        while (stack.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (item, entry) = stack.Pop();
            SafeName.Split(entry, $"'{path}'");
            if (entry != name && Native.IsLink(item.FullName, item.Attributes))
            {
                var link = PackedFiles.ReadLink(item);
                LinkTarget.Check(entry, link, depth, $"'{path}'");
                writer.AddSymbolicLink(entry, link);
            }
            else if (item is DirectoryInfo directory)
            {
                writer.AddDirectory(entry, ModeOf(directory, TarWriter.DirectoryMode));
                foreach (var child in directory.EnumerateFileSystemInfos().OrderByDescending(c => c.Name, StringComparer.Ordinal)) stack.Push((child, entry + "/" + child.Name));
            }
            else
            {
                PackFile(files, (FileInfo)item, entry, writer, packed, cancellationToken);
            }
        }

        writer.Finish();
    }

    private static void PackFile(PackedFiles files, FileInfo file, string entry, TarWriter writer, Action<int> packed, CancellationToken cancellationToken)
    {
        using var content = files.Open(file);
        try
        {
            writer.AddFile(entry, ModeOf(file, TarWriter.FileMode), content.Length, content, packed, cancellationToken);
        }
        catch (EndOfStreamException e)
        {
            throw new IOException($"'{file.FullName}' became shorter while it was packed.", e);
        }
    }

    private static int ModeOf(FileSystemInfo item, int usual) => (Polyfill.GetUnixMode(item.FullName) ?? usual) & AllRights;
}
