using System;
using System.Collections.Concurrent;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Layout;

namespace OciLayout.Maintenance;

/// <summary>Checks every file of <c>blobs/</c>: its type, its permissions and, in parallel, its digest. Decompresses layers while it reads them, if the run has any.</summary>
internal static class BlobCheck
{
    public static void Run(VerifyRun run)
    {
        foreach (var file in run.Files) CheckFile(run, file.Key, file.Value);
        if (run.Options.Quick) return;

        // Starts with the largest files, so that none of them is left for a single thread at the end.
        var work = run.Files.Where(f => f.Value.Kind == FileKind.File && (!run.Hashed.Contains(f.Key) || run.Layers.ContainsKey(f.Key))).OrderByDescending(f => f.Value.Length).ToList();
        run.TotalBytes = work.Sum(f => f.Value.Length);
        var options = new ParallelOptions { CancellationToken = run.Cancellation, MaxDegreeOfParallelism = run.Options.Workers };
        Parallel.ForEach(Partitioner.Create(work, EnumerablePartitionerOptions.NoBuffering), options, file => Hash(run, file.Key, file.Value));
    }

    private static void CheckFile(VerifyRun run, Digest digest, FileStatus file)
    {
        run.Cancellation.ThrowIfCancellationRequested();
        var isReachable = run.Reachable.Contains(digest);
        if (file.IsLink) Report(run, digest, FindingProblem.Link, FindingSeverity.Warning, "a file", "a symbolic link", FindingRemedy.None);
        if (!isReachable && run.IsGraphComplete) Report(run, digest, FindingProblem.Unreferenced, FindingSeverity.Notice, "a manifest that references it", "none", FindingRemedy.None);
        if (file.Kind == FileKind.File && !file.IsLink && run.Layout is DirectoryLayout && FileModes.Problem(run.PathOf(digest)) is { } mode)
            Report(run, digest, FindingProblem.Permission, FindingSeverity.Warning, mode.Expected, mode.Actual, FindingRemedy.SetPermission);
    }

    private static void Hash(VerifyRun run, Digest digest, FileStatus file)
    {
        var severity = run.Reachable.Contains(digest) || !run.IsGraphComplete ? FindingSeverity.Error : FindingSeverity.Warning;
        try
        {
            if (run.Blobs.Find(digest) is null)
            {
                // An empty file is never opened, because a FIFO also has length 0. Its digest is wrong in any case.
                if (run.Layout.Stat(LayoutNames.Blob(digest)) is { Kind: FileKind.File })
                    Report(run, digest, FindingProblem.DigestMismatch, severity, digest.ToString(), "an empty file", FindingRemedy.Replace);
                return;
            }

            using var stream = new MeteredStream(run.Blobs.Open(digest, null), run.CountHashed);
            if (run.Layers.TryGetValue(digest, out var uses)) new LayerCheck(run, digest, uses).Run(stream);
            else stream.Drain(run.Cancellation);
        }
        catch (OciException e) when (e.Kind is OciErrorKind.DigestMismatch or OciErrorKind.SizeMismatch)
        {
            Report(run, digest, FindingProblem.DigestMismatch, severity, digest.ToString(), e.Actual ?? e.Message, FindingRemedy.Replace);
        }
        catch (OciException e) when (e.Kind == OciErrorKind.NotFound)
        {
            // Another process deleted the file meanwhile. This is an error only if a manifest may reference the content.
            if (severity == FindingSeverity.Error) Report(run, digest, FindingProblem.Missing, severity, $"{file.Length} bytes", "nothing", FindingRemedy.Fetch);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Report(run, digest, FindingProblem.Unreadable, severity, "a file that can be read", e.Message, FindingRemedy.SetPermission);
        }
    }

    private static void Report(VerifyRun run, Digest digest, FindingProblem problem, FindingSeverity severity, string expected, string actual, FindingRemedy remedy) =>
        run.Report(new Finding(problem, severity, run.PathOf(digest))
        {
            Digest = digest,
            Expected = expected,
            Actual = actual,
            Tags = run.TagsOf(digest),
            Remedy = remedy,
        });
}
