using System;
using System.Linq;
using System.Threading;
using OciLayout.Archives;
using OciLayout.Files;
using OciLayout.Layout;
using OciLayout.Model;
using OciLayout.Sessions;

namespace OciLayout.Maintenance;

/// <summary>Runs all checks of a verification in their order.</summary>
internal static class Verification
{
    public static void Run(string root, IFileSystem files, Action<Finding> found, VerifyOptions options, IProgress<VerifyProgress>? progress, CancellationToken cancellationToken)
    {
        if (files.Stat(root) is not { } place) throw Errors.NoStore(root);
        if (place.Kind == FileKind.Other) throw Errors.NotADirectory(root);
        Run(place.Kind == FileKind.File ? new TarLayout(root, files) : new DirectoryLayout(root, files), files, found, options, progress, cancellationToken);
    }

    private static void Run(ILayout layout, IFileSystem files, Action<Finding> found, VerifyOptions options, IProgress<VerifyProgress>? progress, CancellationToken cancellationToken)
    {
        var run = new VerifyRun(layout, options, found, progress, cancellationToken);
        LayoutFileCheck.LayoutFile(run);
        var index = new IndexCheck(run);
        var table = index.Run();
        var images = options is { Deep: true, Quick: false } ? new ImageCheck(run) : null;
        foreach (var (digest, file) in run.Blobs.List()) run.Files[digest] = file;
        if (table is not null && table.Entries.All(e => e.Digest.IsEmpty)) index.CheckUnlisted();
        if (table is null) run.IsGraphComplete = false;
        else new GraphCheck(run, images).Walk(table);
        images?.Run();
        LayoutFileCheck.Blobs(run);
        BlobCheck.Run(run);
        LayoutFileCheck.UnknownFiles(run);
        if (layout is DirectoryLayout directory) LayoutFileCheck.Uploads(run, new IngestDirectory(files, directory.PathOf(LayoutNames.Ingest)));
    }
}
