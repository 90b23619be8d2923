using System;
using System.Linq;
using System.Threading;
using OciLayout.Archives;
using OciLayout.Files;
using OciLayout.Layout;
using OciLayout.Maintenance;
using OciLayout.Sessions;

namespace OciLayout;

/// <summary>Verifies layouts, even those that cannot be opened as a store. Changes nothing and waits for no lock.</summary>
public static class LayoutVerifier
{
    /// <summary>Verifies a layout.</summary>
    /// <param name="path">The path of a directory or of an uncompressed tar archive.</param>
    /// <param name="found">The observer of findings. It is called as soon as a finding exists, on one thread at a time.</param>
    /// <param name="options">The options of the verification.</param>
    /// <param name="cancellationToken">The cancellation token.</param>
    /// <exception cref="OciException">
    /// <see cref="OciErrorKind.NotFound"/>: the path does not exist; <see cref="OciErrorKind.InvalidArchive"/>: the archive cannot be read.
    /// </exception>
    public static void Verify(string path, Action<Finding> found, VerifyOptions? options = null, CancellationToken cancellationToken = default) =>
        Verify(System.IO.Path.GetFullPath(path), PhysicalFileSystem.Instance, found, options ?? new VerifyOptions(), cancellationToken);

    internal static void Verify(string root, IFileSystem files, Action<Finding> found, VerifyOptions options, CancellationToken cancellationToken)
    {
        if (files.Stat(root) is not { } place) throw new OciException(OciErrorKind.NotFound, $"There is no layout at '{root}'.", root);
        if (place.Kind == FileKind.Other) throw new OciException(OciErrorKind.InvalidLayout, $"'{root}' is no directory.", root) { Expected = "a directory" };
        Verify(place.Kind == FileKind.File ? new TarLayout(root, files) : new DirectoryLayout(root, files), files, found, options, cancellationToken);
    }

    private static void Verify(ILayout layout, IFileSystem files, Action<Finding> found, VerifyOptions options, CancellationToken cancellationToken)
    {
        var run = new VerifyRun(layout, options, found, cancellationToken);
        LayoutFileCheck.LayoutFile(run);
        var index = new IndexCheck(run);
        var table = index.Run();
        foreach (var (digest, file) in run.Blobs.List()) run.Files[digest] = file;
        if (table is not null && table.Entries.All(e => e.Digest.IsEmpty)) index.CheckUnlisted();
        if (table is null) run.IsGraphComplete = false;
        else new GraphCheck(run).Walk(table);
        LayoutFileCheck.Blobs(run);
        BlobCheck.Run(run);
        LayoutFileCheck.Strangers(run);
        if (layout is DirectoryLayout directory) LayoutFileCheck.Uploads(run, new IngestDirectory(files, directory.PathOf(LayoutNames.Ingest)));
    }
}
