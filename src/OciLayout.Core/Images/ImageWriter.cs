using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using OciLayout.Archives;
using OciLayout.Model;
using OciLayout.Store;

namespace OciLayout.Images;

/// <summary>
/// Writes the files of an image that a container sees to a target. The layers are read from the top, so a file that an upper layer replaces
/// or deletes is never written. Each layer is verified.
/// </summary>
internal sealed class ImageWriter
{
    private readonly IContentSource _source;
    private readonly IReadOnlyList<ImageLayer> _layers;
    private readonly IImageTarget _target;
    private readonly Action<int> _read;
    private readonly Action<int> _unpacked;
    private readonly CancellationToken _cancellation;
    private readonly LayerMarks _upper;

    // Hard links to files that an upper layer hides, or that a lower layer has, by the path of the target.
    private readonly Dictionary<string, List<(string Path, TarEntry Entry)>> _waiting = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _waitsFor = new(StringComparer.Ordinal);
    private LayerMarks _current;

    /// <param name="source">The place of the layers.</param>
    /// <param name="layers">The layers, from the bottom to the top.</param>
    /// <param name="keys">The keys of the paths of the image.</param>
    /// <param name="target">The receiver of the files.</param>
    /// <param name="read">Called with the number of stored bytes after each read.</param>
    /// <param name="unpacked">Called with the number of bytes of a tar after each read.</param>
    /// <param name="cancellationToken">The token that cancels the operation.</param>
    public ImageWriter(IContentSource source, IReadOnlyList<ImageLayer> layers, PathKeys keys, IImageTarget target, Action<int> read, Action<int> unpacked, CancellationToken cancellationToken)
    {
        _source = source;
        _layers = layers;
        _target = target;
        _read = read;
        _unpacked = unpacked;
        _cancellation = cancellationToken;
        _upper = new LayerMarks(keys);
        _current = _upper;
    }

    /// <summary>Returns whether the image has a path so far. Other paths that exist in the target are other spellings of known ones.</summary>
    public bool Knows(string path) => path.Length == 0 || _current.Knows(path) || _upper.Knows(path);

    /// <summary>Writes all files.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidArchive"/>, <see cref="OciErrorKind.UnsafePath"/>,
    /// <see cref="OciErrorKind.DigestMismatch"/>, <see cref="OciErrorKind.SizeLimitExceeded"/>.</exception>
    public void Run()
    {
        foreach (var layer in _layers.Reverse())
        {
            _current = new LayerMarks(_upper.Keys);
            Read(layer, Add);
            if (Missing() is not null) Read(layer, AddForLinks);
            if (Missing() is { } missing) throw ImageErrors.LinkTargetMissing("/" + _waiting[missing][0].Path, missing);
            _upper.Add(_current);
        }

        foreach (var waiting in _waiting) throw ImageErrors.LinkTargetMissing("/" + waiting.Value[0].Path, waiting.Key);
    }

    // The target of a hard link that this layer has and an upper one hides. It came before the link, so it has to be read again.
    private string? Missing() => _waiting.Keys.FirstOrDefault(_current.Contains);

    private void Read(ImageLayer layer, Action<LayerEntry, LayerReader, int> add)
    {
        using var reader = new LayerReader(_source, layer, new LayerReading { Read = _read, Unpacked = _unpacked }, _cancellation);
        for (var number = 1; reader.Next() is { } entry; number++) add(entry, reader, number);
    }

    private void Add(LayerEntry entry, LayerReader reader, int number)
    {
        if (entry.Whiteout == LayerWhiteout.None)
        {
            if (_upper.Hides(entry.Path)) AddForLinks(entry, reader, number);
            else AddVisible(entry, reader);
        }

        _current.Add(entry, number);
    }

    private void AddVisible(LayerEntry entry, LayerReader reader)
    {
        var (path, tar) = (entry.Path, entry.Tar);
        if (_current.FindFileAbove(path) is var (parent, _)) throw ImageErrors.NotADirectory(path, parent, reader.Name);
        if (!entry.IsDirectory && _upper.NeedsDirectory(path)) throw ImageErrors.NotADirectory(path + "/…", path, reader.Name);
        if (!entry.IsDirectory && path.Length == 0) throw ArtifactErrors.UnsafeName("/", reader.Name, "it is the root directory, but its type is another one");
        Replace(path, entry.IsDirectory);
        if (!tar.HasValidNames) throw ArtifactErrors.UnsafeName(path, reader.Name, "it is not valid UTF-8");
        switch (tar.Kind)
        {
            case TarEntryKind.Directory:
                _target.AddDirectory(path, tar);
                break;
            case TarEntryKind.File:
                AddFile(path, entry, reader);
                break;
            case TarEntryKind.SymbolicLink:
                _target.AddSymbolicLink(path, tar);
                break;
            case TarEntryKind.HardLink:
                AddHardLink(entry, reader);
                break;
            default:
                _target.AddNode(path, tar);
                break;
        }
    }

    // A later entry of the layer replaces a hard link that still waits, and a file replaces those below it.
    private void Replace(string path, bool isDirectory)
    {
        if (_waitsFor.Count == 0 || !_current.Knows(path)) return;
        var replaced = _waitsFor.Where(w => w.Key == path || (!isDirectory && w.Key.StartsWith(path + "/", StringComparison.Ordinal))).ToList();
        foreach (var link in replaced)
        {
            _waitsFor.Remove(link.Key);
            _waiting[link.Value].RemoveAll(w => w.Path == link.Key);
            if (_waiting[link.Value].Count == 0) _waiting.Remove(link.Value);
        }
    }

    private void AddHardLink(LayerEntry link, LayerReader reader)
    {
        var target = LayerPath.Normalize(link.Tar.LinkTarget, reader.Name);
        if (_current.IsDirectory(target)) throw ImageErrors.LinkTargetMissing("/" + link.Path, target);
        if (_waitsFor.TryGetValue(target, out var first)) target = first; // a link to a link
        else if (_current.Contains(target) && !_upper.Hides(target))
        {
            _target.AddHardLink(link.Path, link.Tar, target);
            return;
        }

        _waitsFor[link.Path] = target;
        if (_waiting.TryGetValue(target, out var links)) links.Add((link.Path, link.Tar));
        else _waiting.Add(target, [(link.Path, link.Tar)]);
    }

    // A hidden file is written only when hard links are other names of its content.
    private void AddForLinks(LayerEntry entry, LayerReader reader, int number)
    {
        if (entry.Tar.Kind == TarEntryKind.File && entry.Whiteout == LayerWhiteout.None && _waiting.TryGetValue(entry.Path, out var links)) AddFile(links[0].Path, entry, reader);
    }

    private void AddFile(string path, LayerEntry entry, LayerReader reader)
    {
        _target.AddFile(path, entry.Tar, reader.Open(entry));
        if (!_waiting.TryGetValue(entry.Path, out var links)) return;
        foreach (var link in links)
        {
            if (link.Path != path) _target.AddHardLink(link.Path, link.Entry, path);
            _waitsFor.Remove(link.Path);
        }

        _waiting.Remove(entry.Path);
    }
}
