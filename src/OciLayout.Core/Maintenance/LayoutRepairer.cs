using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using OciLayout.Maintenance;
using OciLayout.Storage;

namespace OciLayout;

/// <summary>
/// Mends layouts: what cannot be trusted is moved aside and never removed, what a source has is fetched and verified, an index is rebuilt
/// or rewritten beside its old copy. Doing it again does nothing.
/// </summary>
public static class LayoutRepairer
{
    /// <summary>Finds out what there is to mend; nothing is changed.</summary>
    public static RepairPlan Plan(string path, RepairOptions? options = null, CancellationToken cancellation = default) =>
        Plan(System.IO.Path.GetFullPath(path), PhysicalFileSystem.Instance, options ?? new RepairOptions(), cancellation);

    internal static RepairPlan Plan(string root, IFileSystem files, RepairOptions options, CancellationToken cancellation)
    {
        var findings = new List<Finding>();
        LayoutVerifier.Verify(root, files, findings.Add, options.Verify, cancellation);
        return new RepairPlan(root, options, [.. findings.Where(f => f.Remedy != FindingRemedy.None)]);
    }

    /// <summary>Carries a plan out.</summary>
    /// <param name="plan">What a plan found.</param>
    /// <param name="done">Told of each finding whether it was mended.</param>
    /// <param name="cancellation">Stops it between steps; the layout is no worse than before.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.ReadOnlyStore"/>, <see cref="OciErrorKind.StoreBusy"/>.</exception>
    public static void Repair(RepairPlan plan, Action<Finding, bool>? done = null, CancellationToken cancellation = default) =>
        Repair(plan, PhysicalFileSystem.Instance, () => OciStore.Open(plan.Path, null, cancellation), done, cancellation);

    internal static void Repair(RepairPlan plan, IFileSystem disk, Func<OciStore> open, Action<Finding, bool>? done, CancellationToken cancellation)
    {
        if (plan.Findings.Count == 0) return;
        var files = new StoreFileSystem(disk, plan.Path);
        if (StoreState.IsFile(files, plan.Path)) throw StoreLocks.ReadOnlyArchive(plan.Path);
        if (!files.IsWritable(plan.Path)) throw StoreLocks.ReadOnly(plan.Path);
        var work = new RepairWork(new DirectoryLayout(plan.Path, files), files, open, plan.Options, cancellation);
        foreach (var finding in plan.Findings.Where(f => f.Remedy == FindingRemedy.SetPermission)) Tell(finding, work.SetPermission(finding.Path));

        var ofIndex = plan.Findings.Where(f => f.Remedy is FindingRemedy.WriteLayout or FindingRemedy.RebuildIndex or FindingRemedy.RewriteIndex).ToList();
        if (ofIndex.Count > 0) work.MendFiles([.. ofIndex.Select(f => f.Remedy)]);
        foreach (var finding in ofIndex) Tell(finding, true);

        foreach (var finding in plan.Findings.Where(f => f.Remedy is FindingRemedy.Replace or FindingRemedy.Fetch))
        {
            if (finding.Remedy == FindingRemedy.Replace) work.MoveAside(finding.Path);
            var isFetched = work.Fetch(finding.Digest);
            Tell(finding, isFetched || finding.Remedy == FindingRemedy.Replace);
        }

        work.FetchWhatThatNeeds();
        if (plan.Options.DropMissing) work.DropMissing();
        foreach (var finding in plan.Findings.Where(f => f.Remedy == FindingRemedy.Remove)) Tell(finding, work.RemoveUpload(finding.Path));

        void Tell(Finding finding, bool isMended)
        {
            cancellation.ThrowIfCancellationRequested();
            done?.Invoke(finding, isMended);
        }
    }
}
