using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
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
    /// <summary>The largest number of files that are kept in memory for one layer.</summary>
    internal const int MostFiles = 1 << 15;

    /// <summary>The largest number of characters of their paths and link targets.</summary>
    private const int MostText = 1 << 22;

    private readonly IContentSource _source;
    private readonly ImageLayer _layer;
    private readonly Func<string, bool>? _filter;
    private readonly CancellationToken _cancellation;

    // The content of files by the keys of their paths, so that hard links have the content of their targets.
    private readonly Dictionary<ulong, Hash256> _contents = [];
    private List<(int Number, ImageFile File)>? _files = [];
    private long _text;
    private Func<string, long, bool>? _isHashed;

    private LayerScan(IContentSource source, ImageLayer layer, PathKeys keys, Func<string, bool>? filter, CancellationToken cancellationToken)
    {
        _source = source;
        _layer = layer;
        _filter = filter;
        _cancellation = cancellationToken;
        Marks = new LayerMarks(keys);
    }

    public LayerMarks Marks { get; }

    /// <summary>Reads a layer.</summary>
    /// <param name="source">The place of the layer.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="keys">The keys of paths.</param>
    /// <param name="filter">Returns whether a path is selected; null for all. It is called on this thread.</param>
    /// <param name="read">Called with the number of stored bytes after each read.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    /// <param name="isHashed">Returns whether the content of a file with a path and a length is hashed; null for none. It is called on this thread.</param>
    /// <param name="limitFactor">The factor by which more files are kept in memory than usual.</param>
    public static LayerScan Read(
        IContentSource source, ImageLayer layer, PathKeys keys, Func<string, bool>? filter, Action<int>? read, CancellationToken cancellationToken, Func<string, long, bool>? isHashed = null, long limitFactor = 1)
    {
        var scan = new LayerScan(source, layer, keys, filter, cancellationToken) { _isHashed = isHashed };
        foreach (var (number, entry, reader) in scan.Entries(read))
        {
            scan.Marks.Add(entry, number);
            if (scan._files is not { } files || !scan.IsSelected(entry)) continue;
            files.Add((number, scan.Describe(entry, number, reader)));
            scan._text += entry.Path.Length + entry.Tar.LinkTarget.Length;
            if (files.Count > MostFiles * limitFactor || scan._text > MostText * limitFactor) scan._files = null;
        }

        scan._contents.Clear();
        return scan;
    }

    /// <summary>Returns the selected files that the layers above do not hide.</summary>
    /// <param name="upper">The layers above.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsafePath"/>: a path is below a link or a file.</exception>
    public IEnumerable<ImageFile> VisibleFiles(LayerMarks upper) => Files().Where(f => IsVisible(f.Number, f.File, upper)).Select(f => f.File);

    /// <summary>Returns the selected files that the layers above do not hide in one or both of two images.</summary>
    /// <param name="first">The layers above in the first image.</param>
    /// <param name="second">The layers above in the second image.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsafePath"/>: a path is below a link or a file.</exception>
    public IEnumerable<(ImageFile File, bool InFirst, bool InSecond)> VisibleFiles(LayerMarks first, LayerMarks second) =>
        Files().Select(f => (f.File, InFirst: IsVisible(f.Number, f.File, first), InSecond: IsVisible(f.Number, f.File, second))).Where(f => f.InFirst || f.InSecond);

    private IEnumerable<(int Number, ImageFile File)> Files() => _files ?? Entries(null).Where(e => IsSelected(e.Entry)).Select(e => (e.Number, Describe(e.Entry, e.Number, e.Reader)));

    private bool IsVisible(int number, ImageFile file, LayerMarks upper)
    {
        var path = file.Path.AsSpan(1);
        var key = Marks.Keys.Of(path);
        if (!Marks.IsLast(key, number) || IsReplaced(path, number) || upper.Hides(path, key)) return false;
        if (file.Kind != ImageFileKind.Directory && upper.NeedsDirectory(key)) throw ImageErrors.NotADirectory(path.ToString() + "/…", path.ToString(), _layer.Descriptor.Digest.ToString());
        return true;
    }

    private bool IsSelected(LayerEntry entry) => entry.Whiteout == LayerWhiteout.None && _filter?.Invoke(entry.Path) != false;

    private ImageFile Describe(LayerEntry entry, int number, LayerReader reader)
    {
        var file = new ImageFile(entry.Tar, entry.Path, _layer, number);
        if (_isHashed is null) return file;
        if (file.Kind == ImageFileKind.File && _isHashed(entry.Path, file.Size))
        {
            file.Content = _contents[Marks.Keys.Of(entry.Path)] = Hash(reader.Open(entry));
        }
        else if (file.Kind == ImageFileKind.HardLink && _contents.TryGetValue(Marks.Keys.Of(LayerPath.Normalize(entry.Tar.LinkTarget, reader.Name)), out var content))
        {
            file.Content = _contents[Marks.Keys.Of(entry.Path)] = content; // a link to a link is possible
        }

        return file;
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

    private IEnumerable<(int Number, LayerEntry Entry, LayerReader Reader)> Entries(Action<int>? read)
    {
        using var reader = new LayerReader(_source, _layer, read, _cancellation);
        for (var number = 1; reader.Next() is { } entry; number++) yield return (number, entry, reader);
    }
}
