using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Layout;
using OciLayout.Model;

namespace OciLayout.Archives;

/// <summary>
/// A layout in an uncompressed tar archive, which is read in place. The archive is scanned once for the positions of its entries, and again
/// if it was replaced. Each open entry has its own file handle. Thread-safe.
/// </summary>
internal sealed class TarLayout : ILayout
{
    private readonly IFileReader _files;
    private readonly object _sync = new();
    private TarIndex? _index;

    public TarLayout(string root, IFileReader files)
    {
        Root = root;
        _files = files;
    }

    public string Root { get; }

    /// <summary>Scans the archive now, instead of on first use.</summary>
    public void Scan(CancellationToken cancellationToken) => Current(cancellationToken);

    /// <summary>
    /// Returns the length of an entry and the modification time of the archive. If that time changed, every entry may have changed.
    /// </summary>
    public FileStatus? Stat(LayoutFileName name)
    {
        var (index, text) = (Current(), name.ToString());
        return index.Find(text) is { } entry ? StatusOf(text, entry, index) : null;
    }

    public Stream Open(LayoutFileName name)
    {
        var text = name.ToString();
        var index = Current();
        if (index.Find(text) is not { Kind: TarEntryKind.File } entry) throw new FileNotFoundException($"The file '{text}' does not exist in '{Root}'.", text);
        var stream = _files.OpenRead(Root);
        try
        {
            // The archive may have been replaced after the check, even within one tick of its modification time.
            if (stream.Length != index.Archive.Length || ReadStamp(stream, entry) != entry.Stamp) throw ArchiveErrors.Replaced(Root);
            return new RangeStream(stream, entry.DataOffset, entry.Length);
        }
        catch
        {
            stream.Dispose();
            Volatile.Write(ref _index, null);
            throw;
        }
    }

    public int ReadShort(LayoutFileName name, byte[] buffer) => 0;

    public IEnumerable<FileStatus> List(string directory)
    {
        var index = Current();
        return index.List(directory).Select(e => StatusOf(e.Name, e.Entry, index));
    }

    private static FileStatus StatusOf(string name, TarEntry entry, TarIndex index)
    {
        var kind = entry.Kind switch
        {
            TarEntryKind.File => FileKind.File,
            TarEntryKind.Directory => FileKind.Directory,
            _ => FileKind.Other,
        };
        return new FileStatus(name, kind, entry.Length, index.Archive.Modified, entry.IsLink);
    }

    private TarIndex Current(CancellationToken cancellationToken = default)
    {
        if (Volatile.Read(ref _index) is { } known && IsCurrent(known)) return known;
        lock (_sync)
        {
            if (_index is not null && IsCurrent(_index)) return _index;
            var archive = StatArchive();
            if (archive.Length == 0) throw ArchiveErrors.NotALayout(Root); // may be a FIFO, which would block
            using var stream = _files.OpenRead(Root);
            ArchiveKind.RequirePlainTar(stream, Root);
            var index = TarIndex.Read(stream, archive, Root, cancellationToken);
            Volatile.Write(ref _index, index);
            return index;
        }
    }

    private bool IsCurrent(TarIndex index) => StatArchive() is var now && now.Length == index.Archive.Length && now.Modified == index.Archive.Modified;

    private FileStatus StatArchive() => _files.Stat(Root) is { Kind: FileKind.File } archive
        ? archive
        : throw Errors.StoreGone(Root);

    private static ulong ReadStamp(Stream stream, TarEntry entry)
    {
        var block = new byte[TarHeader.Size];
        stream.Position = entry.HeaderOffset;
        _ = stream.Fill(block, 0, block.Length);
        return TarHeader.StampOf(block);
    }
}
