using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
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
    private List<(int Number, ImageFile File)>? _files = [];
    private long _text;

    private LayerScan(IContentSource source, ImageLayer layer, PathKeys keys, Func<string, bool>? filter, CancellationToken cancellationToken)
    {
        _source = source;
        _layer = layer;
        _filter = filter;
        _cancellation = cancellationToken;
        Marks = new LayerMarks(keys.Clone());
    }

    public LayerMarks Marks { get; }

    /// <summary>Reads a layer.</summary>
    /// <param name="source">The place of the layer.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="keys">The keys of paths.</param>
    /// <param name="filter">Returns whether a path is selected; null for all. It is called on this thread.</param>
    /// <param name="read">Called with the number of stored bytes after each read.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    public static LayerScan Read(IContentSource source, ImageLayer layer, PathKeys keys, Func<string, bool>? filter, Action<int>? read, CancellationToken cancellationToken)
    {
        var scan = new LayerScan(source, layer, keys, filter, cancellationToken);
        foreach (var (number, entry) in scan.Entries(read))
        {
            scan.Marks.Add(entry, number);
            if (scan._files is not { } files || !scan.IsSelected(entry)) continue;
            files.Add((number, scan.Describe(entry, number)));
            scan._text += entry.Path.Length + entry.Tar.LinkTarget.Length;
            if (files.Count > MostFiles || scan._text > MostText) scan._files = null;
        }

        return scan;
    }

    /// <summary>Returns the selected files that the layers above do not hide.</summary>
    /// <param name="upper">The layers above.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsafePath"/>: a path is below a link or a file.</exception>
    public IEnumerable<ImageFile> VisibleFiles(LayerMarks upper)
    {
        var files = _files ?? Entries(null).Where(e => IsSelected(e.Entry)).Select(e => (e.Number, File: Describe(e.Entry, e.Number)));
        foreach (var (number, file) in files)
        {
            var path = file.Path.Substring(1);
            if (!Marks.IsLast(path, number) || IsReplaced(path, number) || upper.Hides(path)) continue;
            if (file.Kind != ImageFileKind.Directory && upper.NeedsDirectory(path)) throw ImageErrors.NotADirectory(path + "/…", path, _layer.Descriptor.Digest.ToString());
            yield return file;
        }
    }

    private bool IsSelected(LayerEntry entry) => entry.Whiteout == LayerWhiteout.None && _filter?.Invoke(entry.Path) != false;

    private ImageFile Describe(LayerEntry entry, int number) => new(entry.Tar, entry.Path, _layer, number);

    // A later file of the same layer can replace a directory. A path below an earlier file or link is an error: it would be followed.
    private bool IsReplaced(string path, int number)
    {
        if (Marks.FindFileAbove(path) is not var (parent, above)) return false;
        return above > number ? true : throw ImageErrors.NotADirectory(path, parent, _layer.Descriptor.Digest.ToString());
    }

    private IEnumerable<(int Number, LayerEntry Entry)> Entries(Action<int>? read)
    {
        using var reader = new LayerReader(_source, _layer, read, _cancellation);
        for (var number = 1; reader.Next() is { } entry; number++) yield return (number, entry);
    }
}
