using System;
using System.Collections.Concurrent;
using System.Management.Automation;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.PowerShell;

/// <summary>Verifies layouts. Returns whether they are intact, or the problems.</summary>
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

    /// <summary>Checks images as well: decompresses their layers, and compares their configurations with layers and platforms.</summary>
    [Parameter]
    public SwitchParameter Deep { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (Deep && Quick)
            Terminate(new OciArgumentException("ConflictingParameters", "-Deep and -Quick exclude each other: -Quick reads no layer.", "Use one of them."), null);
    }

    private protected override void Process(string path)
    {
        var isSound = true;
        var verification = new OciVerification(path, new VerifyOptions { Quick = Quick, Deep = Deep });
        var hashed = new LastReport<VerifyProgress>();
        using var findings = new BlockingCollection<Finding>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var work = Task.Run(() =>
        {
            try
            {
                verification.Run(new Observer<Finding>(findings.Add), hashed, stop.Token);
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
                    progress.Show(() => WorkStatus.OfBytes("hashed", hashed.Value.Bytes, hashed.Value.TotalBytes));
                    continue;
                }

                isSound &= finding.Severity != FindingSeverity.Error;
                if (Detailed) WriteObject(new OciFinding(path, finding));
                else WriteVerbose($"{finding.Severity}: {finding.Problem}, {finding.Path}: {finding.Expected} expected, {finding.Actual} found.");
            }
        }
        finally
        {
            // Select-Object -First ends the pipeline by an exception of WriteObject, and does not cancel the cmdlet.
            stop.Cancel();
            ((IAsyncResult)work).AsyncWaitHandle.WaitOne();
            progress.Complete();
        }

        work.GetAwaiter().GetResult();
        if (!Detailed) WriteObject(isSound);
    }
}
