using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Archives;
using OciLayout.Common;
using OciLayout.Model;
using OciLayout.Store;

namespace OciLayout.Images;

/// <summary>
/// Reads a layer completely: its marks, and the files that a filter selects. The last entry of a path counts, so files are known only at the
/// end. Of a layer with very many files only the marks are kept, and its files are read again.
/// </summary>
internal sealed class LayerScan
{
    /// <summary>The largest content that is kept.</summary>
    public const int MostContent = 1 << 20;

    /// <summary>The largest number of files that are kept in memory for one layer. As many layers as there are processors are read at the same time.</summary>
    internal static readonly int MostFiles = Math.Max(1 << 13, (1 << 18) / (Environment.ProcessorCount + 1));

    private readonly IContentSource _source;
    private readonly ImageLayer _layer;
    private readonly LayerScanOptions _options;
    private readonly CancellationToken _cancellation;

    // The content of files by the keys of their paths, so that hard links have the content of their targets.
    private readonly Dictionary<ulong, Hash256> _contents = [];
    private FileList? _files;
    private (int Number, byte[] Bytes)? _kept;

    private LayerScan(IContentSource source, ImageLayer layer, PathKeys keys, LayerScanOptions options, CancellationToken cancellationToken)
    {
        _source = source;
        _layer = layer;
        _options = options;
        _cancellation = cancellationToken;
        _files = new FileList(layer);
        Marks = new LayerMarks(keys);
    }

    public LayerMarks Marks { get; }

    /// <summary>Reads a layer.</summary>
    /// <param name="source">The place of the layer.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="keys">The keys of paths.</param>
    /// <param name="options">The files that are selected.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    public static LayerScan Read(IContentSource source, ImageLayer layer, PathKeys keys, LayerScanOptions options, CancellationToken cancellationToken)
    {
        var scan = new LayerScan(source, layer, keys, options, cancellationToken);
        foreach (var (number, entry, reader) in scan.Entries(options.Reading))
        {
            scan.Marks.Add(entry, number);
            if (entry.Path == options.Kept) scan.Keep(entry, number, reader);
            if (scan._files is not { } files || !scan.IsSelected(entry)) continue;
            files.Add(entry, number, scan.ContentOf(entry, reader));
            if (files.Weight > MostFiles * options.LimitFactor) scan._files = null;
        }

        scan._contents.Clear();
        return scan;
    }

    /// <summary>Returns the content that was kept of a file of this layer; null if it was not kept.</summary>
    public byte[]? ContentOf(ImageFile file) => _kept is var (number, bytes) && number == file.Number ? bytes : null;

    /// <summary>Returns the selected files that the layers above do not hide.</summary>
    /// <param name="upper">The layers above.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsafePath"/>: a path is below a link or a file.</exception>
    public IEnumerable<ImageFile> VisibleFiles(LayerMarks upper) => Files().Where(f => IsVisible(f, upper));

    /// <summary>Returns the selected files that the layers above do not hide in one or both of two images.</summary>
    /// <param name="first">The layers above in the first image.</param>
    /// <param name="second">The layers above in the second image.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsafePath"/>: a path is below a link or a file.</exception>
    public IEnumerable<(ImageFile File, bool InFirst, bool InSecond)> VisibleFiles(LayerMarks first, LayerMarks second) =>
        Files().Select(f => (File: f, InFirst: IsVisible(f, first), InSecond: IsVisible(f, second))).Where(f => f.InFirst || f.InSecond);

    private IEnumerable<ImageFile> Files() =>
        _files?.Read() ?? Entries(new LayerReading { IsTarVerified = false }).Where(e => IsSelected(e.Entry)).Select(e => new ImageFile(e.Entry, _layer, e.Number) { Content = ContentOf(e.Entry, e.Reader) });

    private bool IsVisible(ImageFile file, LayerMarks upper)
    {
        var path = file.Path.AsSpan(1);
        var key = Marks.Keys.Of(path);
        if (!Marks.IsLast(key, file.Number) || IsReplaced(path, file.Number) || upper.Hides(path, key)) return false;
        if (file.Kind != ImageFileKind.Directory && upper.NeedsDirectory(key)) throw ImageErrors.NotADirectory(path.ToString() + "/…", path.ToString(), _layer.Descriptor.Digest.ToString());
        return true;
    }

    private bool IsSelected(LayerEntry entry) => entry.Whiteout == LayerWhiteout.None && _options.Filter?.Invoke(entry.Path) != false;

    private Hash256? ContentOf(LayerEntry entry, LayerReader reader)
    {
        if (_options.IsHashed is not { } isHashed) return null;
        if (entry.Tar.Kind == TarEntryKind.File && isHashed(entry.Path, entry.Tar.Length)) return _contents[Marks.Keys.Of(entry.Path)] = Hash(reader.Open(entry));
        if (entry.Tar.Kind != TarEntryKind.HardLink || !_contents.TryGetValue(Marks.Keys.Of(LayerPath.Normalize(entry.Tar.LinkTarget, reader.Name)), out var content)) return null;
        return _contents[Marks.Keys.Of(entry.Path)] = content; // a link to a link is possible
    }

    private void Keep(LayerEntry entry, int number, LayerReader reader)
    {
        _kept = null;
        if (entry.Whiteout != LayerWhiteout.None || entry.Tar.Kind != TarEntryKind.File || entry.Tar.Length > MostContent) return;
        using var content = reader.Open(entry);
        _kept = (number, content.ReadToEnd());
    }

    private static Hash256 Hash(Stream content)
    {
        using var hash = DigestAlgorithm.Sha256.CreateHash();
        var buffer = ArrayPool<byte>.Shared.Rent(StreamExtensions.BufferSize);
        try
        {
            for (int read; (read = content.Read(buffer, 0, buffer.Length)) > 0;) hash.AppendData(buffer, 0, read);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return Hash256.Of(hash.GetHashAndReset());
    }

    // A later file of the same layer can replace a directory. A path below an earlier file or link is an error: it would be followed.
    private bool IsReplaced(ReadOnlySpan<char> path, int number)
    {
        if (Marks.FindFileAbove(path) is not var (parent, above)) return false;
        return above > number ? true : throw ImageErrors.NotADirectory(path.ToString(), parent, _layer.Descriptor.Digest.ToString());
    }

    private IEnumerable<(int Number, LayerEntry Entry, LayerReader Reader)> Entries(LayerReading reading)
    {
        using var reader = new LayerReader(_source, _layer, reading, _cancellation);
        for (var number = 1; reader.Next() is { } entry; number++) yield return (number, entry, reader);
    }
}
