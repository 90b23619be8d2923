using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using OciLayout.Model;
using OciLayout.Store;

namespace OciLayout.Images;

/// <summary>
/// Compares the files of two images as containers see them. Each layer is read once, and twice only if it has very many files. The layers
/// that both images have at the bottom are read only if the layers above them hide different paths. Of their files, only those are hashed
/// that an upper layer replaces with one of the same length.
/// </summary>
internal sealed class FileComparer
{
    // The visible files of upper layers are kept anyway, so a second reading of these layers would save no memory.
    private const long UpperRoom = 32;

    /// <summary>The largest number of characters of the paths of these files.</summary>
    internal const long MostText = 1 << 27;

    private readonly (IContentSource Source, IReadOnlyList<ImageLayer> Layers) _reference;
    private readonly (IContentSource Source, IReadOnlyList<ImageLayer> Layers) _difference;
    private readonly bool _includeEqual;
    private readonly Action<int> _read;
    private readonly CancellationToken _cancellation;
    private readonly PathKeys _keys;
    private readonly List<ImageDifference> _rows = [];
    private readonly int _common;
    private readonly LayerMarks _before;
    private readonly LayerMarks _after;

    // The visible files of the upper layers that have no counterpart so far.
    private readonly Dictionary<string, ImageFile> _old = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ImageFile> _new = new(StringComparer.Ordinal);

    // The directories that have visible files, and the directories of one image only, which may be among those of the other image.
    private readonly HashSet<string> _oldParents = new(StringComparer.Ordinal) { "/" };
    private readonly HashSet<string> _newParents = new(StringComparer.Ordinal) { "/" };
    private readonly List<(ImageFile? Before, ImageFile? After)> _directories = [];
    private readonly long _mostText;
    private long _text;

    /// <param name="image">The image to compare, for messages.</param>
    /// <param name="reference">The layers of the image to compare with, and their place.</param>
    /// <param name="difference">The layers of the image to compare, and their place.</param>
    /// <param name="includeEqual">Whether files that both images have are included.</param>
    /// <param name="read">Called with the number of stored bytes after each read, on several threads.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    /// <param name="mostText">The largest number of characters of the paths of the files in upper layers.</param>
    public FileComparer(
        Digest image,
        (IContentSource Source, IReadOnlyList<ImageLayer> Layers) reference,
        (IContentSource Source, IReadOnlyList<ImageLayer> Layers) difference,
        bool includeEqual,
        Action<int> read,
        CancellationToken cancellationToken,
        long mostText = MostText)
    {
        _mostText = mostText;
        _keys = new PathKeys(image);
        _reference = reference;
        _difference = difference;
        _includeEqual = includeEqual;
        _read = read;
        _cancellation = cancellationToken;
        _before = new LayerMarks(_keys);
        _after = new LayerMarks(_keys);
        var shorter = Math.Min(reference.Layers.Count, difference.Layers.Count);
        while (_common < shorter && DigestOf(reference.Layers[_common]) == DigestOf(difference.Layers[_common])) _common++;
    }

    /// <summary>Returns the differences in the order of the paths.</summary>
    /// <exception cref="OciException">A layer cannot be read.</exception>
    public IReadOnlyList<ImageDifference> Compare()
    {
        ReadUpperLayers();
        foreach (var path in _old.Keys.Where(_new.ContainsKey).ToList()) AddRow(Take(_old, path), Take(_new, path));
        if (_includeEqual || !_before.HidesLike(_after)) ReadCommonLayers();
        foreach (var file in _old.Values) AddRow(file, null);
        foreach (var file in _new.Values) AddRow(null, file);
        foreach (var (before, after) in _directories)
        {
            // A directory that only has files below it exists in that image, too, but no layer states its attributes.
            if (!(before is null ? _oldParents : _newParents).Contains((before ?? after)!.Path)) _rows.Add(FileDifference.Of(before, after)!);
        }

        _rows.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name));
        return _rows;
    }

    private void ReadUpperLayers()
    {
        var old = Upper(_reference.Layers);
        var now = Upper(_difference.Layers);
        var distinct = old.Concat(now).GroupBy(DigestOf).Select(same => same.First()).ToList();
        var scans = new Dictionary<Digest, LayerScan>();
        foreach (var scan in LayerScans.Read(distinct, (layer, token) => Scan(layer, (_, _) => true, UpperRoom, token), _cancellation)) scans.Add(DigestOf(distinct[scans.Count]), scan);
        AddVisible(old, _before, _old, _oldParents);
        AddVisible(now, _after, _new, _newParents);

        void AddVisible(List<ImageLayer> layers, LayerMarks marks, Dictionary<string, ImageFile> files, HashSet<string> parents)
        {
            foreach (var scan in layers.Select(layer => scans[DigestOf(layer)]))
            {
                foreach (var file in scan.VisibleFiles(marks))
                {
                    _cancellation.ThrowIfCancellationRequested();
                    if ((_text += file.Path.Length) > _mostText) throw ImageErrors.TooMuchText(_mostText);
                    files[file.Path] = file;
                    AddParents(parents, file.Path);
                }

                marks.Add(scan.Marks);
            }
        }
    }

    // The layers above those that both images have, from the top.
    private List<ImageLayer> Upper(IReadOnlyList<ImageLayer> layers) => [.. layers.Skip(_common).Reverse()];

    private void ReadCommonLayers()
    {
        // The target of a hard link comes before the link, so all files are hashed when an upper layer has a link.
        var open = _old.Values.Concat(_new.Values).ToList();
        var lengths = open.Where(f => f.Kind == ImageFileKind.File).ToDictionary(f => f.Path.Substring(1), f => f.Size, StringComparer.Ordinal);
        var hasLinks = open.Exists(f => f.Kind == ImageFileKind.HardLink);
        bool IsHashed(string path, long length) => hasLinks || (lengths.TryGetValue(path, out var other) && other == length);

        ImageLayer[] layers = [.. _reference.Layers.Take(_common).Reverse()];
        foreach (var scan in LayerScans.Read(layers, (layer, token) => Scan(layer, IsHashed, 1, token), _cancellation))
        {
            foreach (var (file, isOld, isNew) in scan.VisibleFiles(_before, _after))
            {
                if (isOld) AddParents(_oldParents, file.Path);
                if (isNew) AddParents(_newParents, file.Path);
                AddRow(isOld ? file : Take(_old, file.Path), isNew ? file : Take(_new, file.Path));
            }

            _before.Add(scan.Marks);
            _after.Add(scan.Marks);
        }
    }

    private LayerScan Scan(ImageLayer layer, Func<string, long, bool> isHashed, long limitFactor, CancellationToken cancellationToken) =>
        LayerScan.Read(SourceOf(layer), layer, _keys, new LayerScanOptions { Reading = new LayerReading { Read = _read }, IsHashed = isHashed, LimitFactor = limitFactor }, cancellationToken);

    // A layer that both images have is read from a layout rather than from a registry.
    private IContentSource SourceOf(ImageLayer layer)
    {
        var sides = new[] { _reference, _difference }.Where(s => s.Layers.Any(l => DigestOf(l) == DigestOf(layer)));
        return sides.Select(s => s.Source).OrderBy(s => s.Requests > 0).First();
    }

    private void AddRow(ImageFile? before, ImageFile? after)
    {
        _cancellation.ThrowIfCancellationRequested();
        if ((before is null || after is null) && (before ?? after)!.Kind == ImageFileKind.Directory) _directories.Add((before, after));
        else if (FileDifference.Of(before, after) is { } difference) _rows.Add(difference);
        else if (_includeEqual) _rows.Add(FileDifference.Same(after!));
    }

    private static void AddParents(HashSet<string> parents, string path)
    {
        for (var slash = path.LastIndexOf('/'); slash > 0 && parents.Add(path.Substring(0, slash)); slash = path.LastIndexOf('/', slash - 1))
        {
        }
    }

    private static ImageFile? Take(Dictionary<string, ImageFile> files, string path)
    {
        if (files.TryGetValue(path, out var file)) files.Remove(path);
        return file;
    }

    private static Digest DigestOf(ImageLayer layer) => layer.Descriptor.Digest;
}
