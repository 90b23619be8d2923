using System;
using System.Threading;
using OciLayout.Maintenance;
using OciLayout.Storage;

namespace OciLayout;

/// <summary>Checks layouts whole, also those that cannot be opened. Nothing is changed, and nobody is waited for.</summary>
public static class LayoutVerifier
{
    /// <summary>Checks a layout.</summary>
    /// <param name="path">The directory, or an uncompressed tar archive.</param>
    /// <param name="found">Told of each finding as soon as there is one, by one thread at a time.</param>
    /// <param name="options">How thorough it is.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>: nothing is there;
    /// <see cref="OciErrorKind.InvalidArchive"/>: an archive cannot be gone through.</exception>
    public static void Verify(string path, Action<Finding> found, VerifyOptions? options = null, CancellationToken cancellation = default) =>
        Verify(System.IO.Path.GetFullPath(path), PhysicalFileSystem.Instance, found, options ?? new VerifyOptions(), cancellation);

    internal static void Verify(string root, IFileSystem files, Action<Finding> found, VerifyOptions options, CancellationToken cancellation)
    {
        if (files.Stat(root) is not { } place) throw new OciException(OciErrorKind.NotFound, $"There is no layout at '{root}'.", root);
        if (place.Kind == FileKind.Other) throw new OciException(OciErrorKind.InvalidLayout, $"'{root}' is no directory.", root) { Expected = "a directory" };
        Verify(place.Kind == FileKind.File ? new TarLayout(root, files) : new DirectoryLayout(root, files), files, found, options, cancellation);
    }

    private static void Verify(ILayout layout, IFileSystem files, Action<Finding> found, VerifyOptions options, CancellationToken cancellation)
    {
        var run = new VerifyRun(layout, options, found, cancellation);
        PlaceCheck.LayoutFile(run);
        var table = new IndexCheck(run).Run();
        foreach (var (digest, file) in run.Blobs.List()) run.Files[digest] = file;
        if (table is null) run.IsGraphComplete = false;
        else new GraphCheck(run).Walk(table);
        PlaceCheck.Blobs(run);
        BlobCheck.Run(run);
        PlaceCheck.Strangers(run);
        if (layout is DirectoryLayout directory) PlaceCheck.Uploads(run, new IngestDirectory(files, directory.PathOf(LayoutNames.Ingest)));
    }
}
