using System;
using System.IO;
using System.Linq;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Layout;
using OciLayout.Model;
using OciLayout.Sessions;

namespace OciLayout.Maintenance;

/// <summary>Checks the files around the content: <c>oci-layout</c>, stale uploads, and files that are not part of a layout.</summary>
internal static class LayoutFileCheck
{
    /// <summary>The names that may exist in a layout. Docker archives, which are layouts too, have the last two.</summary>
    private static readonly string[] Known = [.. LayoutNames.All, LayoutNames.DockerManifest, LayoutNames.DockerRepositories];

    public static void LayoutFile(VerifyRun run)
    {
        var path = run.PathOf(LayoutNames.Layout);
        if (run.Layout.Stat(LayoutNames.Layout) is not { } fact)
        {
            run.Report(new Finding(FindingProblem.LayoutMissing, FindingSeverity.Error, path) { Expected = "imageLayoutVersion 1.0.0", Remedy = FindingRemedy.WriteLayout });
            return;
        }

        if (fact.IsLink) run.Report(new Finding(FindingProblem.Link, FindingSeverity.Warning, path) { Expected = "a file", Actual = "a symbolic link" });
        try
        {
            LayoutFiles.Check(run.Layout);
            CheckByteOrderMark(run, path);
        }
        catch (OciException e)
        {
            var isOther = e.Kind == OciErrorKind.UnsupportedVersion;
            run.Report(new Finding(isOther ? FindingProblem.UnsupportedVersion : FindingProblem.LayoutInvalid, FindingSeverity.Error, path)
            {
                Expected = "imageLayoutVersion 1.0.0",
                Actual = e.Actual ?? e.Message,
                Remedy = isOther ? FindingRemedy.None : FindingRemedy.WriteLayout,
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            run.Report(new Finding(FindingProblem.Unreadable, FindingSeverity.Error, path) { Expected = "a file that can be read", Actual = e.Message, Remedy = FindingRemedy.SetPermission });
        }
    }

    // OciLayout accepts a byte order mark, but tools written in Go do not.
    private static void CheckByteOrderMark(VerifyRun run, string path)
    {
        using var stream = run.Layout.Open(LayoutNames.Layout);
        if (Model.Json.HasByteOrderMark(stream.ReadToEnd()))
            run.Report(new Finding(FindingProblem.LayoutInvalid, FindingSeverity.Warning, path) { Expected = "JSON", Actual = "a byte order mark before it", Remedy = FindingRemedy.WriteLayout });
    }

    /// <summary>Checks that the directory <c>blobs</c> exists. An archive does not need an entry for it.</summary>
    public static void Blobs(VerifyRun run)
    {
        if (run.Layout is not DirectoryLayout || run.Layout.Stat(LayoutNames.Blobs) is { Kind: FileKind.Directory }) return;
        run.Report(new Finding(FindingProblem.BlobsMissing, FindingSeverity.Warning, run.PathOf(LayoutNames.Blobs)) { Expected = "a directory", Actual = "nothing that could hold content" });
    }

    /// <summary>Reports files that are not part of an image layout. Repairs do not touch them.</summary>
    public static void UnknownFiles(VerifyRun run)
    {
        foreach (var item in run.Layout.List("").Where(i => !Known.Contains(i.Name))) ReportUnknown(item.Name);
        foreach (var algorithm in run.Layout.List(LayoutNames.Blobs))
        {
            var name = LayoutNames.Blobs + "/" + algorithm.Name;
            if (algorithm.Kind != FileKind.Directory || DigestAlgorithms.Find(algorithm.Name.AsSpan()) is not { } known)
            {
                ReportUnknown(name);
                continue;
            }

            if (algorithm.IsLink) run.Report(new Finding(FindingProblem.Link, FindingSeverity.Warning, run.PathOf(name)) { Expected = "a directory", Actual = "a symbolic link" });
            foreach (var file in run.Layout.List(name))
            {
                run.Cancellation.ThrowIfCancellationRequested();
                if (file.Kind == FileKind.Directory || !Digest.TryFromFile(known, file.Listed, out _)) ReportUnknown(name + "/" + file.Name);
            }
        }

        void ReportUnknown(string name) => run.Report(new Finding(FindingProblem.UnknownFile, FindingSeverity.Notice, run.PathOf(name)) { Expected = "only files of an image layout" });
    }

    public static void Uploads(VerifyRun run, IngestDirectory ingest)
    {
        foreach (var (path, size) in ingest.Leftovers(null, DateTime.UtcNow))
            run.Report(new Finding(FindingProblem.StaleUpload, FindingSeverity.Notice, path) { Expected = "nothing", Actual = $"{size} bytes", Remedy = FindingRemedy.Remove });
    }
}
