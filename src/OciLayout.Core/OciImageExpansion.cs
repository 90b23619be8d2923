using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Archives;
using OciLayout.Artifacts;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Images;
using OciLayout.Model;
using OciLayout.Transfer;

namespace OciLayout;

/// <summary>
/// Unpacks the root file system of an image to a directory or to a tar archive. It writes and verifies all files in a private place first.
/// After an error or a cancellation, the destination is as it was before. Members block the thread.
/// </summary>
public sealed class OciImageExpansion
{
    private readonly OciImage _image;
    private readonly ImageExpandOptions _options;
    private readonly Func<string, IFolder> _open;
    private readonly long _storedSize;
    private readonly int _mostPaths;
    private long _read;
    private long _unpacked;

    /// <summary>Creates an expansion of an image. Nothing is read or written yet.</summary>
    /// <param name="image">The image.</param>
    /// <param name="options">How the image is unpacked; null for the defaults.</param>
    public OciImageExpansion(OciImage image, ImageExpandOptions? options = null)
        : this(image, options, Folder.Open)
    {
    }

    internal OciImageExpansion(OciImage image, ImageExpandOptions? options, Func<string, IFolder> open, int mostPaths = PathKeys.MostPaths)
    {
        _mostPaths = mostPaths;
        _image = Guard.NotNull(image);
        _options = options ?? new ImageExpandOptions();
        _open = open;
        _storedSize = image.Layers.Select(l => l.Descriptor.Size).Total();
    }

    /// <summary>The number of stored bytes of layers that were read so far, for progress.</summary>
    public long BytesRead => Interlocked.Read(ref _read);

    /// <summary>The number of devices that were not created, because <see cref="ImageExpandOptions.CreateDevices"/> is not set.</summary>
    public int SkippedDevices { get; private set; }

    /// <summary>Writes the files to a directory.</summary>
    /// <param name="destination">The absolute path of the directory. It is created when it does not exist.</param>
    /// <param name="cancellationToken">The token that cancels the operation.</param>
    /// <returns>The paths of the files and links, in the order of their names.</returns>
    /// <exception cref="OciException"><see cref="OciErrorKind.AlreadyExists"/>: the destination is not empty;
    /// <see cref="OciErrorKind.UnsafePath"/>, <see cref="OciErrorKind.InvalidArchive"/>, <see cref="OciErrorKind.DigestMismatch"/>,
    /// <see cref="OciErrorKind.SizeLimitExceeded"/>, <see cref="OciErrorKind.NotFound"/>.</exception>
    public IReadOnlyList<string> Run(string destination, CancellationToken cancellationToken = default)
    {
        CheckDestination(Guard.NotNull(destination));
        using var place = new Destination(destination, _open);
        using var target = new DirectoryTarget(place.Staging, _options, cancellationToken);
        var writer = new ImageWriter(_image.Place.Content, _image.Layers, NewKeys(), target, CountRead, CountUnpacked, cancellationToken);
        target.Knows = writer.Knows;
        writer.Run();
        var restricted = target.Complete();
        target.Dispose();
        using var placement = new TreePlacement(place, _options.Force, cancellationToken);
        var files = placement.Run(restricted);
        place.Complete();
        if (place.IsNew) target.CompleteRoot(place.Folder); // last, because the deletion of the private directory changes its time
        SkippedDevices = target.SkippedNodes;
        return files;
    }

    /// <summary>Writes the files to one tar archive, which is compressed with gzip when the name of the file ends with <c>.gz</c> or <c>.tgz</c>.</summary>
    /// <param name="path">The file. It appears completely or not at all. The same image gives the same bytes.</param>
    /// <param name="cancellationToken">The token that cancels the operation.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.AlreadyExists"/>: the file exists; and the errors of
    /// <see cref="Run"/>.</exception>
    public void RunToTar(string path, CancellationToken cancellationToken = default) => AtomicFile.Write(
        PhysicalFileSystem.Instance,
        Path.GetFullPath(Guard.NotNull(path)),
        _options.Force,
        flush: true,
        file =>
        {
            using var buffered = new BufferedStream(file, StreamExtensions.BufferSize);
            if (!StoreExporter.IsCompressed(path))
            {
                WriteTar(buffered, cancellationToken);
                return;
            }

            using var gzip = new ParallelGzipStream(buffered);
            WriteTar(gzip, cancellationToken);
            gzip.Finish();
        },
        (_image.Place as OciStore)?.Path);

    private void WriteTar(Stream stream, CancellationToken cancellationToken)
    {
        var tar = new TarWriter(stream);
        new ImageWriter(_image.Place.Content, _image.Layers, NewKeys(), new TarTarget(tar, cancellationToken), CountRead, CountUnpacked, cancellationToken).Run();
        tar.Finish();
    }

    /// <summary>Throws when <see cref="Run"/> cannot unpack to a directory.</summary>
    internal void CheckDestination(string destination)
    {
        if (_image.Place is OciStore store) Destination.RequireOutside(destination, store.Path);
        if (Directory.Exists(destination) && !_options.Force && Destination.HasFiles(destination)) throw ImageErrors.NotEmpty(destination);
    }

    // An entry of a tar has at least one block, so a limit for bytes is a limit for entries.
    private PathKeys NewKeys() => new(_image.Descriptor.Digest, Math.Max(_mostPaths, (_options.MaximumSize ?? 0) / TarHeader.Size));

    private void CountRead(int count) => Interlocked.Add(ref _read, count);

    private void CountUnpacked(int count)
    {
        var size = _storedSize;
        var limit = _options.MaximumSize ?? UnpackLimit.Of(size);
        if ((_unpacked += count) > limit) throw ArtifactErrors.UnpackedTooLarge(_image.Descriptor.Digest, size, limit);
    }
}
