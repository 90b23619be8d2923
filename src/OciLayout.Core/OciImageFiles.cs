using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Images;
using OciLayout.Model;
using OciLayout.Transfer;

namespace OciLayout;

/// <summary>
/// Reads the files of an image as a container sees them: the layers from the top, without what they hide (image-spec, layer). Layers are
/// streamed and verified against their digests, and against their <c>diff_id</c>s when content is read. Nothing is written to disk. Members block
/// the thread.
/// </summary>
public sealed class OciImageFiles
{
    /// <summary>The largest number of symbolic links that one path may lead over, as on Linux.</summary>
    private const int MostLinks = 40;

    private readonly OciImage _image;
    private readonly int _mostPaths;
    private readonly Dictionary<ImageFile, byte[]> _kept = [];
    private long _keptBytes;
    private long _bytes;

    /// <summary>Creates a reader of the files of an image. Nothing is read yet.</summary>
    /// <param name="image">The image.</param>
    public OciImageFiles(OciImage image)
        : this(image, PathKeys.MostPaths)
    {
    }

    internal OciImageFiles(OciImage image, int mostPaths)
    {
        _image = Guard.NotNull(image);
        _mostPaths = mostPaths;
    }

    /// <summary>The number of stored bytes of layers that were read so far, for progress.</summary>
    public long BytesRead => Interlocked.Read(ref _bytes);

    /// <summary>Lists the files of the image. The order is that of the layers from the top, and of the entries in a layer.</summary>
    /// <param name="filter">Returns whether a path, which starts with a slash, is listed; null for all. It may be called on several threads.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidArchive"/>, <see cref="OciErrorKind.UnsafePath"/>,
    /// <see cref="OciErrorKind.DigestMismatch"/>, <see cref="OciErrorKind.NotFound"/>: a layer cannot be read;
    /// <see cref="OciErrorKind.SizeLimitExceeded"/>: the image has more than 5,000,000 files and directories.</exception>
    public IEnumerable<ImageFile> List(Func<string, bool>? filter = null, CancellationToken cancellationToken = default)
    {
        var keys = NewKeys();
        var upper = new LayerMarks(keys);
        var below = _image.Layers.Count;
        foreach (var scan in Scans(keys, Filter(filter), cancellationToken))
        {
            foreach (var file in scan.VisibleFiles(upper)) yield return file;
            if (--below > 0) upper.Add(scan.Marks);
        }
    }

    /// <summary>Lists the files of one layer, without its whiteouts.</summary>
    /// <param name="layer">A layer of the image.</param>
    /// <param name="filter">Returns whether a path, which starts with a slash, is listed; null for all.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    /// <exception cref="OciException">The errors of <see cref="List"/>.</exception>
    public IEnumerable<ImageFile> ListLayer(ImageLayer layer, Func<string, bool>? filter = null, CancellationToken cancellationToken = default)
    {
        var keys = NewKeys();
        return Scan(Guard.NotNull(layer), keys, new LayerScanOptions { Reading = ListReading(), Filter = Filter(filter) }, cancellationToken).VisibleFiles(new LayerMarks(keys));
    }

    /// <summary>Finds files by their paths. Reads layers from the top until all paths are settled.</summary>
    /// <param name="paths">The paths.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    /// <returns>The files that exist, by their paths.</returns>
    /// <exception cref="OciException">The errors of <see cref="List"/>.</exception>
    public IReadOnlyDictionary<string, ImageFile> Find(IReadOnlyCollection<string> paths, CancellationToken cancellationToken = default) =>
        Find(Guard.NotNull(paths).Select(Normalize), null, cancellationToken);

    // With a wanted path, the other ones are its parents. A parent is settled when a layer has files below it: it is not a link then.
    private Dictionary<string, ImageFile> Find(IEnumerable<string> paths, string? wanted, CancellationToken cancellationToken)
    {
        var open = new HashSet<string>(paths, StringComparer.Ordinal);
        var found = new Dictionary<string, ImageFile>(StringComparer.Ordinal);
        var keys = NewKeys();
        var upper = new LayerMarks(keys);
        var reading = wanted is null ? ListReading() : ContentReading();
        for (var i = _image.Layers.Count - 1; i >= 0 && open.Count > 0; i--)
        {
            var scan = Scan(_image.Layers[i], keys, new LayerScanOptions { Reading = reading, Filter = open.Contains, Kept = wanted }, cancellationToken);
            foreach (var file in scan.VisibleFiles(upper))
            {
                found[file.Path] = file;
                if (scan.ContentOf(file) is { } content) Keep(file, content);
            }

            upper.Add(scan.Marks);
            open.RemoveWhere(path => found.ContainsKey("/" + path) || upper.Hides(path) || (wanted is not null && path != wanted && upper.NeedsDirectory(path)));
        }

        return found;
    }

    /// <summary>Finds the file or directory that a path names, and follows symbolic links inside of the image.</summary>
    /// <param name="path">The path.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    /// <returns>The file, which is not a symbolic link; null when the path does not exist.</returns>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>: the path is a symbolic link whose target does not exist;
    /// <see cref="OciErrorKind.UnsafePath"/>: it leads over too many links; and the errors of <see cref="List"/>.</exception>
    public ImageFile? Resolve(string path, CancellationToken cancellationToken = default)
    {
        var current = Normalize(Guard.NotNull(path));
        var isLink = false;
        for (var links = 0; links < MostLinks; links++)
        {
            var parts = current.Split('/');
            var chain = Enumerable.Range(1, parts.Length).Select(count => string.Join("/", parts, 0, count)).ToList();
            var found = Find(chain, current, cancellationToken);
            var link = chain.FirstOrDefault(p => found.TryGetValue("/" + p, out var file) && file.Kind == ImageFileKind.SymbolicLink);
            if (link is null) return found.TryGetValue("/" + current, out var target) ? target : isLink ? throw ImageErrors.DanglingLink(path, "/" + current) : null;
            isLink |= link == current;
            current = Follow(link, found["/" + link].LinkTarget!, current.Substring(link.Length));
        }

        throw ImageErrors.TooManyLinks(path, MostLinks);
    }

    /// <summary>Copies the content of a file to a stream. The layer is verified before this method returns.</summary>
    /// <param name="file">A regular file or a hard link of this image.</param>
    /// <param name="target">The stream.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsupportedMediaType"/>: the file has no content; and the errors of
    /// <see cref="List"/>.</exception>
    public void CopyTo(ImageFile file, Stream target, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(target);
        if (Guard.NotNull(file).Kind is not (ImageFileKind.File or ImageFileKind.HardLink)) throw ImageErrors.NoContent(file.Path);
        if (Kept(file) is { } content)
        {
            target.Write(content, 0, content.Length);
            return;
        }

        if (file.Kind == ImageFileKind.File)
        {
            CopyEntry(file, file.Path.Substring(1), file.Number, file.Number + 1, target, cancellationToken);
            return;
        }

        // A hard link has the content that its target has at that place of the layer. The target may be a hard link as well.
        var (path, before) = (TargetOf(file, file.LinkTarget!), file.Number);
        for (var links = 0; links < MostLinks; links++)
        {
            if (CopyEntry(file, path, 1, before, target, cancellationToken) is not var (next, number)) return;
            (path, before) = (TargetOf(file, next), number);
        }

        throw ImageErrors.TooManyLinks(file.Path, MostLinks);
    }

    // Copies the last entry of a path in a part of the layer. Returns the target and the number of the entry when it is a hard link.
    private (string Target, int Number)? CopyEntry(ImageFile file, string path, int from, int before, Stream target, CancellationToken cancellationToken)
    {
        var start = target.CanSeek ? target.Position : 0;
        var isFound = false;
        (string Target, int Number)? link = null;
        using var reader = new LayerReader(_image.Place.Content, file.Layer, ContentReading(), cancellationToken);
        for (var number = 1; reader.Next() is { } entry; number++)
        {
            if (number < from || number >= before || entry.Path != path || entry.Whiteout != LayerWhiteout.None) continue;
            if (isFound) Restart(target, start);
            isFound = entry.Tar.Kind == Archives.TarEntryKind.File;
            link = entry.Tar.Kind == Archives.TarEntryKind.HardLink ? (entry.Tar.LinkTarget, number) : null;
            if (isFound) reader.Open(entry).CopyTo(target, cancellationToken);
        }

        return isFound || link is not null ? link : throw ImageErrors.LinkTargetMissing(file.Path, file.LinkTarget);
    }

    private static string TargetOf(ImageFile file, string target) => LayerPath.Normalize(target, file.Layer.Descriptor.Digest.ToString());

    /// <summary>Writes the content of a file of the image to a file on disk. It appears completely, after it was verified, or not at all.</summary>
    /// <param name="file">A regular file or a hard link of this image.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="replace">Whether an existing file may be replaced.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.AlreadyExists"/>, and the errors of <see cref="CopyTo"/>.</exception>
    public void CopyToFile(ImageFile file, string path, bool replace = false, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(file);
        AtomicFile.Write(PhysicalFileSystem.Instance, Path.GetFullPath(Guard.NotNull(path)), replace, flush: true, target => CopyTo(file, target, cancellationToken), (_image.Place as OciStore)?.Path);
    }

    private PathKeys NewKeys() => new(_image.Descriptor.Digest, _mostPaths);

    private static string Normalize(string path)
    {
        try
        {
            return LayerPath.Normalize(path, "the command");
        }
        catch (OciException e) when (e.Kind == OciErrorKind.UnsafePath)
        {
            throw ImageErrors.InvalidPath(path, e.Actual!, e);
        }
    }

    private static Func<string, bool>? Filter(Func<string, bool>? filter) => filter is null ? null : path => filter("/" + path);

    private static void Restart(Stream target, long start)
    {
        target.Position = start;
        target.SetLength(start);
    }

    // The target of a link is relative to the directory of the link, and ".." at the root stays there.
    private static string Follow(string link, string target, string rest)
    {
        var parts = new List<string>(target.Length > 0 && target[0] == '/' ? [] : LayerMarks.ParentOf(link).Split('/'));
        foreach (var part in (target + rest).Split('/'))
        {
            if (part == "..") parts.RemoveRange(Math.Max(0, parts.Count - 1), Math.Min(1, parts.Count));
            else if (part is not ("" or ".")) parts.Add(part);
        }

        return string.Join("/", parts.Where(p => p.Length > 0));
    }

    // Reads several layers at the same time, because decompression takes most of the time. The results are in the order of the layers.
    private IEnumerable<LayerScan> Scans(PathKeys keys, Func<string, bool>? filter, CancellationToken cancellationToken)
    {
        var options = new LayerScanOptions { Reading = ListReading(), Filter = filter };
        return LayerScans.Read([.. _image.Layers.Reverse()], (layer, token) => Scan(layer, keys, options, token), cancellationToken);
    }

    private LayerScan Scan(ImageLayer layer, PathKeys keys, LayerScanOptions options, CancellationToken cancellationToken) =>
        LayerScan.Read(_image.Place.Content, layer, keys, options, cancellationToken);

    // Lists need no content of files, so they do not hash the tar.
    private LayerReading ListReading() => new() { Read = Count, IsTarVerified = false };

    private LayerReading ContentReading() => new() { Read = Count };

    // The small files that Resolve found, so that their layers are not read twice.
    private void Keep(ImageFile file, byte[] content)
    {
        lock (_kept)
        {
            if ((_keptBytes += content.Length) > LayerScan.MostContent)
            {
                _kept.Clear();
                _keptBytes = content.Length;
            }

            _kept[file] = content;
        }
    }

    private byte[]? Kept(ImageFile file)
    {
        lock (_kept) return _kept.TryGetValue(file, out var content) ? content : null;
    }

    private void Count(int read) => Interlocked.Add(ref _bytes, read);
}
