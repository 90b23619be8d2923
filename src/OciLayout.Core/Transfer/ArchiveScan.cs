using System;
using System.Collections.Generic;
using System.Threading;
using OciLayout.Archives;
using OciLayout.Blobs;
using OciLayout.Common;
using OciLayout.Index;
using OciLayout.Layout;
using OciLayout.Model;

namespace OciLayout.Transfer;

/// <summary>
/// Reads an archive once, from beginning to end, and stages the files that an import may need. The archive can be a layout or the old
/// format of <c>docker save</c>; this is known only at the end. Nothing becomes visible in the store.
/// </summary>
internal sealed class ArchiveScan
{
    /// <summary>
    /// The largest number of entries that are not blobs. Blobs are not limited, because a store may have any number of them.
    /// </summary>
    private const int MostNames = 1_000_000;

    /// <summary>The longest name, in characters. No operating system has longer paths.</summary>
    private const int LongestName = 4096;

    /// <summary>The total length of the names and link targets that are held in memory, in characters.</summary>
    private const long MostCharacters = 32 << 20;

    private const long LayoutLimit = 1 << 20;
    private const long DockerLimit = 16 << 20;

    private readonly ImportStage _stage;
    private readonly string _archive;
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private long _characters;

    public ArchiveScan(ImportStage stage, string archive)
    {
        _stage = stage;
        _archive = archive;
    }

    /// <summary>The bytes of <c>oci-layout</c>.</summary>
    public byte[]? Layout { get; private set; }

    /// <summary>The bytes of <c>index.json</c>.</summary>
    public byte[]? Index { get; private set; }

    /// <summary>The bytes of <c>manifest.json</c>, as <c>docker save</c> writes it.</summary>
    public byte[]? DockerManifest { get; private set; }

    /// <summary>The staged files that are not blobs, by name.</summary>
    public Dictionary<string, StagedBlob> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>The targets of links, by the name of the link.</summary>
    public Dictionary<string, string> Links { get; } = new(StringComparer.Ordinal);

    /// <summary>The digests of the blobs, taken from their names in the archive.</summary>
    public HashSet<Digest> Blobs { get; } = [];

    public void Read(ArchiveFile file, CancellationToken cancellationToken)
    {
        var reader = new TarReader(file, _archive, file.PlainLength);
        while (reader.Next(cancellationToken) is { } entry)
        {
            if (entry.Name.Length > LongestName) throw Refuse(entry, $"has a name of {entry.Name.Length} characters, and the limit is {LongestName} characters");
            var name = TarName.Normalize(entry.Name) ?? throw Refuse(entry, "is outside of the archive");
            if (entry.Kind == TarEntryKind.Directory) continue;
            if (name.Length == 0) throw Refuse(entry, "has no name");
            var blob = BlobOf(name);
            if (blob is { } digest ? Blobs.Contains(digest) : !_names.Add(name)) throw Refuse(entry, "exists twice");
            if (blob is null) CountName(name, entry.LinkTarget);
            if (entry.IsLink) AddLink(name, entry);
            else if (entry.Kind == TarEntryKind.File) AddFile(name, blob, entry, reader, cancellationToken);
            else throw Refuse(entry, entry.Kind switch
            {
                TarEntryKind.Sparse => "is a sparse file",
                TarEntryKind.CharacterDevice or TarEntryKind.BlockDevice or TarEntryKind.Fifo => "is a device or a FIFO",
                _ => "has an unknown type",
            });
        }

        // Read the rest of a compressed archive, so that the checksum at its end is verified.
        if (file.PlainLength is null) file.Drain(cancellationToken);
    }

    private void CountName(string name, string target)
    {
        _characters += name.Length + target.Length;
        if (_names.Count > MostNames || _characters > MostCharacters)
            throw ArchiveErrors.Invalid(_archive, $"besides blobs, it has more than {MostNames} entries, or names of more than {MostCharacters} characters");
    }

    private void AddFile(string name, Digest? blob, TarEntry entry, TarReader reader, CancellationToken cancellationToken)
    {
        if (name == LayoutNames.Layout) Layout = ReadDocument(entry, reader, LayoutLimit, cancellationToken);
        else if (name == LayoutNames.Index) Index = ReadDocument(entry, reader, IndexFile.SizeLimit, cancellationToken);
        else if (name == LayoutNames.DockerManifest) DockerManifest = ReadDocument(entry, reader, DockerLimit, cancellationToken);
        else if (blob is { } digest) AddBlob(digest, entry, reader, cancellationToken);
        else if (Layout is null && !DockerArchive.IsLegacy(name)) Files.Add(name, _stage.Add(reader.Open(entry), cancellationToken));
    }

    private void AddBlob(Digest digest, TarEntry entry, TarReader reader, CancellationToken cancellationToken)
    {
        _stage.Add(digest, entry.Length, reader.Open(entry), cancellationToken);
        Blobs.Add(digest);
    }

    // Old versions of docker save link equal layers to each other. A layout contains no links.
    private void AddLink(string name, TarEntry entry)
    {
        if (name is LayoutNames.Layout or LayoutNames.Index or LayoutNames.DockerManifest || name.StartsWith(LayoutNames.Blobs + "/", StringComparison.Ordinal) || name == LayoutNames.Blobs)
            throw Refuse(entry, "is a link instead of a file");
        Links.Add(name, DockerArchive.TargetOf(name, entry) ?? throw Refuse(entry, "is a link to a path outside of the archive"));
    }

    private byte[] ReadDocument(TarEntry entry, TarReader reader, long limit, CancellationToken cancellationToken)
    {
        if (entry.Length > limit)
        {
            throw ArchiveErrors.EntryTooLarge(_archive, entry.Name, entry.Length, limit);
        }

        using var stream = reader.Open(entry);
        return ImportStage.ReadAll(stream, entry.Length, cancellationToken);
    }

    private static Digest? BlobOf(string name)
    {
        var parts = name.Split('/');
        return parts.Length == 3 && parts[0] == LayoutNames.Blobs && DigestAlgorithms.Find(parts[1].AsSpan()) is { } algorithm
            && Digest.TryFromFile(algorithm, parts[2], out var digest) ? digest : null;
    }

    private OciException Refuse(TarEntry entry, string problem) =>
        ArchiveErrors.Invalid(_archive, $"'{Digest.Shorten(entry.Name)}' {problem}");
}
