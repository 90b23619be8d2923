using System;
using System.IO;
using System.Threading;
using OciLayout.Archives;
using OciLayout.Blobs;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Model;

namespace OciLayout.Images;

/// <summary>The content of a new layer: a packed directory or file, or a tar archive as it is.</summary>
internal sealed class NewLayer
{
    private const string DockerTar = "application/vnd.docker.image.rootfs.diff.tar";

    private static readonly string[] ArchiveSuffixes = [".tar", ".tar.gz", ".tgz", ".tar.zst"];

    private readonly string _compression;

    private NewLayer(string compression, Descriptor content, Digest diffId)
    {
        _compression = compression;
        Content = content;
        DiffId = diffId;
    }

    /// <summary>The stored layer.</summary>
    public Descriptor Content { get; }

    /// <summary>The digest of the tar.</summary>
    public Digest DiffId { get; }

    /// <summary>Returns whether a path names a tar archive that is a layer as it is.</summary>
    public static bool IsArchive(string path)
    {
        foreach (var suffix in ArchiveSuffixes)
        {
            if (path.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)) return !Directory.Exists(path);
        }

        return false;
    }

    /// <summary>Returns the descriptor of the layer for an image of one of the two formats.</summary>
    public Descriptor Describe(bool isDocker) => new(isDocker ? DockerTar + Suffix('.') : MediaTypes.Layer + Suffix('+'), Content.Digest, Content.Size);

    /// <summary>Stores a layer.</summary>
    /// <param name="source">The file or directory.</param>
    /// <param name="time">The time of all files; null to keep their times.</param>
    /// <param name="add">Stores content, and counts the bytes that were read of it.</param>
    /// <param name="packed">Called with the number of bytes of files after each block.</param>
    /// <param name="cancellationToken">The token that cancels the operation.</param>
    public static NewLayer Store(LayerSource source, DateTimeOffset? time, Func<PushRequest, Stream, Action<int>, Descriptor> add, Action<int> packed, CancellationToken cancellationToken)
    {
        if (IsArchive(source.Path)) return StoreArchive(source.Path, add, packed, cancellationToken);
        Digest diffId = default;
        using var content = new ProducedStream(Produce, cancellationToken);
        var stored = add(new PushRequest { MediaType = MediaTypes.LayerGzip }, content, _ => { });
        return new NewLayer("gzip", stored, diffId);

        void Produce(Stream target, CancellationToken stop)
        {
            using var compressed = new ParallelGzipStream(target);
            using var tar = new HashingStream(compressed, DigestAlgorithm.Sha256);
            new LayerPacker(source, time, tar, packed, stop).Pack();
            compressed.Finish();
            diffId = tar.Finish();
        }
    }

    private static NewLayer StoreArchive(string path, Func<PushRequest, Stream, Action<int>, Descriptor> add, Action<int> packed, CancellationToken cancellationToken)
    {
        using var file = PhysicalFileSystem.Instance.OpenRead(path);
        var start = ArchiveKind.ReadStart(file, out var count);
        var compression = ArchiveKind.CompressionOf(start, count) ?? "";
        if (compression is not ("" or "gzip" or "zstd")) throw ImageErrors.LayerFileUnreadable(path, $"it is compressed with {compression}");
        file.Position = 0;
        var (digest, diffId) = ReadTar(path, file, cancellationToken);
        file.Position = 0;

        // With the digest, a file that changes between the two readings is refused.
        return new NewLayer(compression, add(new PushRequest { MediaType = MediaTypes.Layer, Digest = digest }, file, packed), diffId);
    }

    // Reads the archive completely, because a layer that cannot be unpacked would be found only by its users.
    private static (Digest Content, Digest DiffId) ReadTar(string path, Stream file, CancellationToken cancellationToken)
    {
        try
        {
            using var stored = new HashingStream(new UnownedStream(file), DigestAlgorithm.Sha256);
            using var plain = LayerCompression.Decompress(new UnownedStream(stored), default);
            using var tar = new HashingStream(plain, DigestAlgorithm.Sha256);
            var reader = new TarReader(tar, path, endRequired: false);
            while (reader.Next(cancellationToken) is { } entry) LayerReader.Parse(entry, path);
            tar.Drain(cancellationToken);
            stored.Drain(cancellationToken);
            return (stored.Finish(), tar.Finish());
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or OciException { Kind: OciErrorKind.InvalidArchive or OciErrorKind.UnsafePath })
        {
            throw ImageErrors.LayerFileUnreadable(path, e.Message.TrimEnd('.'), e);
        }
    }

    private string Suffix(char separator) => _compression.Length == 0 ? "" : separator + _compression;
}
