using System;
using System.IO;
using System.Threading;
using OciLayout.Archives;
using OciLayout.Model;
using OciLayout.Store;

namespace OciLayout.Images;

/// <summary>Reads the entries of one layer, from the beginning of its archive. The layer is verified when its end is reached.</summary>
internal sealed class LayerReader : IDisposable
{
    private readonly LayerStream _stream;
    private readonly TarReader _reader;
    private readonly CancellationToken _cancellation;

    public LayerReader(IContentSource source, ImageLayer layer, LayerReading reading, CancellationToken cancellationToken)
    {
        _stream = LayerStream.Open(source, layer, reading, cancellationToken);
        Name = layer.Descriptor.Digest.ToString();
        _reader = new TarReader(_stream, Name, endRequired: false);
        _cancellation = cancellationToken;
    }

    /// <summary>The digest of the layer, for messages.</summary>
    public string Name { get; }

    /// <summary>Returns the next entry. At the end, verifies the layer and returns null.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidArchive"/>, <see cref="OciErrorKind.DigestMismatch"/>,
    /// <see cref="OciErrorKind.UnsafePath"/>.</exception>
    public LayerEntry? Next()
    {
        while (_reader.Next(_cancellation) is { } entry)
        {
            if (Parse(entry, Name) is { } parsed) return parsed;
        }

        _stream.Verify();
        return null;
    }

    /// <summary>Checks an entry and reads its path. Returns null for an entry that is not part of an image.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidArchive"/>, <see cref="OciErrorKind.UnsafePath"/>.</exception>
    public static LayerEntry? Parse(TarEntry entry, string layer)
    {
        if (entry.Kind is TarEntryKind.Sparse or TarEntryKind.Unknown) throw ImageErrors.UnsupportedEntry(layer, entry.Name, entry.Kind == TarEntryKind.Sparse);
        LayerPath.CheckTarget(entry.Name, entry.LinkTarget, layer);
        return LayerPath.ReadWhiteout(LayerPath.Normalize(entry.Name, layer), layer) is var (path, whiteout) ? new LayerEntry(path, whiteout, entry) : null;
    }

    /// <summary>Opens the content of the last entry.</summary>
    public Stream Open(LayerEntry entry) => _reader.Open(entry.Tar);

    public void Dispose() => _stream.Dispose();
}
