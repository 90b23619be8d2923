using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Repairs layouts: quarantines corrupt content, fetches missing content from other stores, and rebuilds the index.</summary>
[Cmdlet(VerbsDiagnostic.Repair, "OciStore", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(OciFinding))]
public sealed class RepairOciStoreCommand : OciLayoutCmdlet
{
    /// <summary>The stores that replace corrupt and missing content: paths, or objects of Get-OciStore.</summary>
    [Parameter]
    [StoreListTransformation]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public StoreArgument[]? Source { get; set; }

    /// <summary>Removes entries of the index when content that they need is missing and no source has it.</summary>
    [Parameter]
    public SwitchParameter DropMissing { get; set; }

    private OciStoreInfo[] _sources = [];

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _sources = [.. (Source ?? []).Select(s => TryOrTerminate(s.Typed, () => s.OpenLayout(this, SessionState, Cancellation)))];
    }

    private protected override void Process(string path)
    {
        var options = new RepairOptions
        {
            Sources = [.. _sources.Select(s => s.Core)],
            DropMissing = DropMissing,
        };
        var repair = new OciRepair(path, options);
        var progress = new LastReport<VerifyProgress>();
        var plan = Run($"Verifying {path}", () => repair.Plan(progress, Cancellation), () => WorkStatus.OfBytes("hashed", progress.Value.Bytes, progress.Value.TotalBytes));
        if (plan.Findings.Count == 0)
        {
            WriteVerbose($"{path} needs no repair.");
            return;
        }

        var what = Display.Count(plan.Findings.Count, "problem", "problems");
        if (!Confirm($"Repair {what} in {path}", () => plan.Findings.Select(Line))) return;
        var results = new List<OciFinding>();
        try
        {
            var count = 0;
            Run(
                $"Repairing {path}",
                () => repair.Run(plan, new Observer<Finding>(finding =>
                {
                    lock (results) results.Add(new OciFinding(path, finding) { Repaired = finding.Reason is null });
                    count++;
                }), Cancellation),
                () => new WorkStatus($"{count} of {Math.Max(count, plan.Findings.Count)}", Math.Min(100, count * 100 / plan.Findings.Count)));
        }
        finally
        {
            foreach (var result in results) WriteObject(result); // also after an error, because these repairs were made
        }
    }

    private static string Line(Finding finding) =>
        $"{finding.Remedy}: {finding.Problem} of {finding.Path}; {finding.Expected} expected, {finding.Actual ?? "nothing"} found";
}
