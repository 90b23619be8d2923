using System;
using System.Formats.Tar;
using System.IO;
using System.Linq;
using System.Threading;

namespace OciLayout.Artifacts;

/// <summary>
/// Unpacks the tar of a directory into a new one that is nobody else's yet. What would be written through a link, outside, twice, or as
/// anything but a file, directory or link that stays inside is refused.
/// </summary>
internal sealed class DirectoryUnpacker
{
    private const UnixFileMode Plain = (UnixFileMode)0x1A4;
    private const UnixFileMode Executable = (UnixFileMode)0x1ED;

    private readonly string _name;
    private readonly string[] _top;
    private readonly string _target;
    private readonly string _where;
    private readonly CancellationToken _cancellation;

    private DirectoryUnpacker(string name, string target, CancellationToken cancellation)
    {
        _name = name;
        _target = target;
        _cancellation = cancellation;
        _where = $"the archive of '{name}'";
        _top = SafeName.Split(name, "the artifact");
    }

    /// <param name="tar">The tar; read to its end.</param>
    /// <param name="name">The name of the directory, with which every entry has to begin.</param>
    /// <param name="target">What stands for it; made when missing.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsafePath"/>, <see cref="OciErrorKind.UnsupportedMediaType"/>: it is no tar.</exception>
    public static void Unpack(Stream tar, string name, string target, CancellationToken cancellation)
    {
        var unpacker = new DirectoryUnpacker(name, target, cancellation);
        try
        {
            Directory.CreateDirectory(target);
            using var reader = new TarReader(tar, leaveOpen: true);
            while (reader.GetNextEntry() is { } entry)
            {
                cancellation.ThrowIfCancellationRequested();
                if (entry.EntryType != TarEntryType.GlobalExtendedAttributes) unpacker.Take(entry);
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException or OverflowException)
        {
            throw new OciException(OciErrorKind.UnsupportedMediaType, $"{unpacker._where} is no tar that can be read: {e.Message}", name, e);
        }
    }

    private void Take(TarEntry entry)
    {
        var parts = Inside(entry.Name, entry.Name);
        if (entry.EntryType == TarEntryType.Directory)
        {
            MakeDirectories(parts, entry.Name);
            return;
        }

        if (parts.Length == 0) throw SafeName.Unsafe(entry.Name, _where, "it is the directory itself, and no directory");
        MakeDirectories(parts[..^1], entry.Name);
        var path = PathOf(parts);
        if (IsThere(path)) throw SafeName.Unsafe(entry.Name, _where, "it comes twice");
        switch (entry.EntryType)
        {
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                Write(path, entry);
                break;
            case TarEntryType.SymbolicLink:
                LinkTarget.Check(entry.Name.TrimEnd('/'), entry.LinkName, _top.Length, _where);
                File.CreateSymbolicLink(path, entry.LinkName);
                break;
            case TarEntryType.HardLink:
                CopyLinked(path, entry);
                break;
            default:
                throw SafeName.Unsafe(entry.Name, _where, $"it is neither file, directory nor link ({entry.EntryType})");
        }
    }

    // The parts of a name below the directory; "docs/a.md" in the archive of "docs" is "a.md".
    private string[] Inside(string name, string entry)
    {
        var trimmed = name.EndsWith('/') ? name.TrimEnd('/') : name;
        var parts = SafeName.Split(trimmed.StartsWith("./", StringComparison.Ordinal) ? trimmed[2..] : trimmed, _where);
        return parts.Length >= _top.Length && parts.Take(_top.Length).SequenceEqual(_top)
            ? parts[_top.Length..]
            : throw SafeName.Unsafe(entry, _where, $"it lies outside '{_name}'");
    }

    // Asks the disk and not a list, since names that differ may be one there.
    private void MakeDirectories(string[] parts, string entry)
    {
        for (var count = 1; count <= parts.Length; count++)
        {
            var path = PathOf(parts[..count]);
            if (!IsThere(path)) Directory.CreateDirectory(path);
            else if (new DirectoryInfo(path) is not { Exists: true, LinkTarget: null }) throw SafeName.Unsafe(entry, _where, "a part of it is a link or file that came before");
        }
    }

    private void Write(string path, TarEntry entry)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = (entry.Mode & UnixFileMode.UserExecute) != 0 ? Executable : Plain;
        using var file = new FileStream(path, options);
        if (entry.DataStream is not { } content) return;
        var buffer = new byte[128 * 1024];
        for (int read; (read = content.Read(buffer)) > 0;)
        {
            _cancellation.ThrowIfCancellationRequested();
            file.Write(buffer, 0, read);
        }
    }

    // As a file of its own: what is written to one of the two later does not change the other.
    private void CopyLinked(string path, TarEntry entry)
    {
        var parts = Inside(entry.LinkName, entry.Name);
        for (var count = 1; count <= parts.Length; count++)
        {
            if (new FileInfo(PathOf(parts[..count])).LinkTarget is not null) throw SafeName.Unsafe(entry.Name, _where, "it is a hard link by way of another link");
        }

        if (parts.Length == 0 || !File.Exists(PathOf(parts))) throw SafeName.Unsafe(entry.Name, _where, $"it is a hard link to '{Digest.Shorten(entry.LinkName)}', which is no file before it");
        File.Copy(PathOf(parts), path);
    }

    private string PathOf(string[] parts) => Path.Combine([_target, .. parts]);

    private static bool IsThere(string path) => Path.Exists(path) || new FileInfo(path).LinkTarget is not null;
}
