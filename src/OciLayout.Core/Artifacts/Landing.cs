using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Storage;

namespace OciLayout.Artifacts;

/// <summary>
/// A directory beside the place where files belong, which they are moved to when all are there. Nothing is written through a link, neither
/// one that came along nor one that was at the destination.
/// </summary>
internal sealed class Landing : IDisposable
{
    private readonly string _destination;
    private readonly string _staging;
    private readonly bool _made;

    public Landing(string destination)
    {
        if (File.Exists(destination)) throw new IOException($"'{destination}' is a file; the files of an artifact go into a directory.");
        _destination = destination;
        _made = !Directory.Exists(destination);
        Directory.CreateDirectory(destination);
        _staging = Path.Combine(destination, $".{Guid.NewGuid():N}.tmp");
        Directory.CreateDirectory(_staging);
    }

    /// <summary>Where something is written first; the directories above it are made.</summary>
    public string Place(string[] parts, bool isDirectory)
    {
        var path = _staging;
        for (var i = 0; i < parts.Length - 1; i++) Directory.CreateDirectory(path = Real(Path.Combine(path, parts[i])));
        path = Path.Combine(path, parts[parts.Length - 1]);
        if (isDirectory ? FactOf(path) is not null : FactOf(path) is { Kind: FileKind.Directory, IsLink: false })
            throw SafeName.Unsafe(string.Join("/", parts), "the artifact", "something else has the name");
        if (!isDirectory) File.Delete(path); // a file beside the directory that it is in, too: the later one counts
        return path;
    }

    /// <summary>Moves all to its place, after a look that nothing is in the way.</summary>
    public IReadOnlyList<string> MoveAll(bool force, CancellationToken cancellation)
    {
        var items = new List<(string Source, string Target, bool IsDirectory)>();
        Collect(_staging, _destination, items);
        var there = items.Where(i => !i.IsDirectory && FactOf(i.Target) is not null).Select(i => i.Target).ToList();
        if (there.Count > 0 && !force)
        {
            throw new OciException(OciErrorKind.AlreadyExists, $"The file '{there[0]}'{(there.Count > 1 ? $" and {there.Count - 1} more exist" : " exists")} already; nothing was written.", there[0])
            {
                Related = there,
            };
        }

        foreach (var item in items)
        {
            if (item.IsDirectory ? FactOf(item.Target) is { Kind: not FileKind.Directory } or { IsLink: true } : FactOf(item.Target) is { Kind: FileKind.Directory, IsLink: false })
                throw SafeName.Unsafe(item.Target, "the destination", item.IsDirectory ? "a file or link is where a directory belongs" : "a directory is where a file belongs");
        }

        foreach (var (source, target, isDirectory) in items)
        {
            cancellation.ThrowIfCancellationRequested();
            if (isDirectory) Directory.CreateDirectory(target);
            else if (force) Polyfill.MoveOver(source, target);
            else File.Move(source, target);
        }

        return [.. items.Where(i => !i.IsDirectory).Select(i => i.Target)];
    }

    private static void Collect(string from, string to, List<(string Source, string Target, bool IsDirectory)> items)
    {
        foreach (var path in Directory.EnumerateFileSystemEntries(from).OrderBy(p => p, StringComparer.Ordinal))
        {
            var target = Path.Combine(to, Path.GetFileName(path));
            var isDirectory = FactOf(path) is { Kind: FileKind.Directory, IsLink: false };
            items.Add((path, target, isDirectory));
            if (isDirectory) Collect(path, target, items);
        }
    }

    private static string Real(string path) => FactOf(path) is null or { Kind: FileKind.Directory, IsLink: false }
        ? path
        : throw SafeName.Unsafe(Path.GetFileName(path), "the artifact", "it is a link or file that came before");

    private static FileFact? FactOf(string path) => PhysicalFileSystem.Instance.Stat(path);

    public void Dispose()
    {
        try
        {
            Directory.Delete(_staging, recursive: true);
            if (_made && !Directory.EnumerateFileSystemEntries(_destination).Any()) Directory.Delete(_destination);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What went wrong before is the error to tell.
        }
    }
}
