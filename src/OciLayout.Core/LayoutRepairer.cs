using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using OciLayout.Files;
using OciLayout.Maintenance;
using OciLayout.Model;
using OciLayout.Store;

namespace OciLayout;

/// <summary>
/// Repairs layouts. Corrupt content is moved to the quarantine and never deleted. Missing content is fetched from sources and verified. The
/// index is rebuilt or rewritten, and a copy of the old one is kept. A second repair changes nothing.
/// </summary>
public static class LayoutRepairer
{
    /// <summary>Plans a repair. Changes nothing.</summary>
    public static RepairPlan Plan(string path, RepairOptions? options = null, CancellationToken cancellationToken = default) =>
        Plan(System.IO.Path.GetFullPath(path), PhysicalFileSystem.Instance, options ?? new RepairOptions(), cancellationToken);

    internal static RepairPlan Plan(string root, IFileSystem files, RepairOptions options, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        Verification.Run(root, files, findings.Add, options.Verify, cancellationToken);
        return new RepairPlan(root, options, [.. findings.Where(f => f.Remedy != FindingRemedy.None)]);
    }

    /// <summary>Carries out a plan. Checks each finding again before changing anything for it.</summary>
    /// <param name="plan">The findings to repair.</param>
    /// <param name="done">
    /// The observer of each finding and whether it is repaired; otherwise the finding has a <see cref="Finding.Reason"/>. It also receives
    /// findings of the repair itself: content that fetched manifests need, and lost tags.
    /// </param>
    /// <param name="cancellationToken">
    /// The cancellation token. Cancellation takes effect between steps and leaves the layout no worse than before.
    /// </param>
    /// <exception cref="OciException"><see cref="OciErrorKind.ReadOnlyStore"/>, <see cref="OciErrorKind.StoreBusy"/>.</exception>
    public static void Repair(RepairPlan plan, Action<Finding, bool>? done = null, CancellationToken cancellationToken = default) =>
        Repair(plan, PhysicalFileSystem.Instance, () => OciStore.Open(plan.Path, null, cancellationToken), done, cancellationToken);

    internal static void Repair(RepairPlan plan, IFileSystem disk, Func<OciStore> open, Action<Finding, bool>? done, CancellationToken cancellationToken)
    {
        if (plan.Findings.Count == 0) return;
        var files = new StoreFileSystem(disk, plan.Path);
        if (StoreState.IsFile(files, plan.Path)) throw Errors.ReadOnlyArchive(plan.Path);
        if (!files.IsWritable(plan.Path)) throw Errors.ReadOnlyStore(plan.Path);
        var context = new RepairContext(plan.Path, files, () => open().Writer, [.. plan.Options.Sources.Select(s => s.Reader)], plan.Options.Verify, cancellationToken);
        var place = new FileRepair(context);
        var layoutFiles = new LayoutFileRepair(context);
        var content = new ContentRepair(context);

        foreach (var finding in With(FindingRemedy.SetPermission)) Tell(finding, place.SetPermission(finding.Path));
        foreach (var finding in With(FindingRemedy.WriteLayout)) Tell(finding, layoutFiles.WriteLayout());
        var lost = new List<Finding>();
        foreach (var finding in With(FindingRemedy.RebuildIndex)) Tell(finding, layoutFiles.RebuildIndex(lost.Add));
        var ofIndex = With(FindingRemedy.RewriteIndex).ToList();
        var notWritten = ofIndex.Count > 0 ? layoutFiles.RewriteIndex(lost.Add) : null;
        foreach (var tags in lost) Tell(tags, "Tag the manifests that are to be kept.");
        foreach (var finding in With(FindingRemedy.Replace).Concat(With(FindingRemedy.Fetch))) Tell(finding, content.Mend(finding));
        content.MendWhatThatNeeds(Tell);
        if (plan.Options.DropMissing)
        {
            foreach (var tag in layoutFiles.DropMissing()) Tell(tag, "Fetch the content, then tag it again.");
        }

        // The size in an index entry is right only if the content is, so this is checked after the content was repaired.
        var left = ofIndex.Count > 0 ? Left(context) : [];
        foreach (var finding in ofIndex) Tell(finding, notWritten ?? (left.Contains((finding.Problem, finding.Digest)) ? "It is still so after index.json was written." : null));
        foreach (var finding in With(FindingRemedy.Remove)) Tell(finding, place.RemoveUpload(finding.Path));

        IEnumerable<Finding> With(FindingRemedy remedy) => plan.Findings.Where(f => f.Remedy == remedy);

        void Tell(Finding finding, string? reason)
        {
            cancellationToken.ThrowIfCancellationRequested();
            done?.Invoke(reason is null ? finding : finding.NotMended(reason), reason is null);
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
