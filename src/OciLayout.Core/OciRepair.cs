using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Maintenance;
using OciLayout.Model;
using OciLayout.Store;

namespace OciLayout;

/// <summary>
/// Repairs a layout. Corrupt content is moved to the quarantine and never deleted. Missing content is fetched from sources and verified. The
/// index is rebuilt or rewritten, and a copy of the old one is kept. A second repair changes nothing. Thread-safe.
/// </summary>
public sealed class OciRepair
{
    private readonly string _path;
    private readonly RepairOptions _options;
    private readonly IFileSystem _files;
    private readonly Func<OciStore>? _open;

    /// <summary>Creates a repair. Nothing is read or changed yet.</summary>
    /// <param name="path">The path of the layout.</param>
    /// <param name="options">The options of the repair; null for the defaults.</param>
    public OciRepair(string path, RepairOptions? options = null)
        : this(Path.GetFullPath(Guard.NotNull(path)), options, PhysicalFileSystem.Instance, null)
    {
    }

    internal OciRepair(string root, RepairOptions? options, IFileSystem files, Func<OciStore>? open)
    {
        _path = root;
        _options = options ?? new RepairOptions();
        _files = files;
        _open = open;
    }

    /// <summary>Verifies the layout and plans a repair. Changes nothing.</summary>
    /// <param name="progress">The receiver of the number of hashed bytes. It is called on several threads.</param>
    /// <param name="cancellationToken">The token that cancels the verification.</param>
    /// <exception cref="OciException">The errors of <see cref="OciVerification.Run"/>.</exception>
    public RepairPlan Plan(IProgress<VerifyProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var findings = new List<Finding>();
        Verification.Run(_path, _files, findings.Add, _options.Verify, progress, cancellationToken);
        return new RepairPlan(_path, _options, [.. findings.Where(f => f.Remedy != FindingRemedy.None)]);
    }

    /// <summary>Carries out a plan. Checks each finding again before changing anything for it.</summary>
    /// <param name="plan">The result of <see cref="Plan"/>.</param>
    /// <param name="progress">The receiver of each finding after it was repaired or not. It is called on one thread at a time.</param>
    /// <param name="cancellationToken">
    /// The token that cancels the repair. Cancellation takes effect between steps and leaves the layout no worse than before.
    /// </param>
    /// <returns>
    /// The findings. A finding that was not repaired has a <see cref="Finding.Reason"/>. The list also contains findings of the repair
    /// itself: content that fetched manifests need, and lost tags.
    /// </returns>
    /// <exception cref="OciException"><see cref="OciErrorKind.ReadOnlyStore"/>, <see cref="OciErrorKind.StoreBusy"/>.</exception>
    public IReadOnlyList<Finding> Run(RepairPlan plan, IProgress<Finding>? progress = null, CancellationToken cancellationToken = default)
    {
        var result = new List<Finding>();
        if (Guard.NotNull(plan).Findings.Count == 0) return result;
        var open = _open ?? (() => OciStore.Open(plan.Path, null, cancellationToken));
        var files = new StoreFileSystem(_files, plan.Path);
        if (StoreState.IsFile(files, plan.Path)) throw Errors.ReadOnlyArchive(plan.Path);
        if (!files.IsWritable(plan.Path)) throw Errors.ReadOnlyStore(plan.Path);
        var context = new RepairContext(plan.Path, files, () => open().Writer, [.. plan.Options.Sources.Select(s => s.Reader)], plan.Options.Verify, cancellationToken);
        var place = new FileRepair(context);
        var layoutFiles = new LayoutFileRepair(context);
        var content = new ContentRepair(context);

        foreach (var finding in With(FindingRemedy.SetPermission)) Report(finding, place.SetPermission(finding.Path));
        foreach (var finding in With(FindingRemedy.WriteLayout)) Report(finding, layoutFiles.WriteLayout());
        var lost = new List<Finding>();
        foreach (var finding in With(FindingRemedy.RebuildIndex)) Report(finding, layoutFiles.RebuildIndex(lost.Add));
        var ofIndex = With(FindingRemedy.RewriteIndex).ToList();
        var notWritten = ofIndex.Count > 0 ? layoutFiles.RewriteIndex(lost.Add) : null;
        foreach (var tags in lost) Report(tags, "Tag the manifests that are to be kept.");
        foreach (var finding in With(FindingRemedy.Replace).Concat(With(FindingRemedy.Fetch))) Report(finding, content.Repair(finding));
        content.RepairReferenced(Report);
        if (plan.Options.DropMissing)
        {
            foreach (var tag in layoutFiles.DropMissing()) Report(tag, "Fetch the content, then tag it again.");
        }

        // The size in an index entry is right only if the content is, so this is checked after the content was repaired.
        var left = ofIndex.Count > 0 ? Left(context) : [];
        foreach (var finding in ofIndex) Report(finding, notWritten ?? (left.Contains((finding.Problem, finding.Digest)) ? "It is still so after index.json was written." : null));
        foreach (var finding in With(FindingRemedy.Remove)) Report(finding, place.RemoveUpload(finding.Path));
        return result;

        IEnumerable<Finding> With(FindingRemedy remedy) => plan.Findings.Where(f => f.Remedy == remedy);

        void Report(Finding finding, string? reason)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var done = reason is null ? finding : finding.NotRepaired(reason);
            result.Add(done);
            progress?.Report(done);
        }
    }

    private static HashSet<(FindingProblem Problem, Digest Digest)> Left(RepairContext context)
    {
        var left = new HashSet<(FindingProblem, Digest)>();
        context.Verify(f =>
        {
            if (f.Remedy == FindingRemedy.RewriteIndex) left.Add((f.Problem, f.Digest));
        });
        return left;
    }
}
