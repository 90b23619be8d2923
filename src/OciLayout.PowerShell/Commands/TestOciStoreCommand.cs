using System;
using System.Collections.Concurrent;
using System.Management.Automation;
using System.Threading.Tasks;

namespace OciLayout.PowerShell;

/// <summary>Verifies layouts. Returns whether they are sound, or the problems.</summary>
[Cmdlet(VerbsDiagnostic.Test, "OciStore")]
[OutputType(typeof(bool), typeof(OciFinding))]
public sealed class TestOciStoreCommand : OciLayoutCmdlet
{
    /// <summary>Emits each finding as soon as it is found.</summary>
    [Parameter]
    public SwitchParameter Detailed { get; set; }

    /// <summary>Compares only the lengths of blobs, and hashes only manifests.</summary>
    [Parameter]
    public SwitchParameter Quick { get; set; }

    private protected override void Process(string path)
    {
        var isSound = true;
        var options = new VerifyOptions { Quick = Quick, Progress = new VerifyProgress() };
        using var findings = new BlockingCollection<Finding>();
        var work = Task.Run(() =>
        {
            try
            {
                LayoutVerifier.Verify(path, findings.Add, options, Cancellation);
            }
            finally
            {
                findings.CompleteAdding();
            }
        });
        var progress = new ProgressReport(this, $"Verifying {path}");
        try
        {
            while (!findings.IsCompleted)
            {
                if (!findings.TryTake(out var finding, ProgressReport.Interval))
                {
                    progress.Show(() => WorkStatus.OfBytes("hashed", options.Progress.Bytes, options.Progress.TotalBytes));
                    continue;
                }

                isSound &= finding.Severity != FindingSeverity.Error;
                if (Detailed) WriteObject(new OciFinding(path, finding));
                else WriteVerbose($"{finding.Severity}: {finding.Problem}, {finding.Path}: {finding.Expected} expected, {finding.Actual} found.");
            }
        }
        finally
        {
            ((IAsyncResult)work).AsyncWaitHandle.WaitOne();
            progress.Complete();
        }

        work.GetAwaiter().GetResult();
        if (!Detailed) WriteObject(isSound);
    }
}
