using System;
using System.Diagnostics;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// Shows how far work has come: not before half a second, then at most five times a second, because showing progress costs more than
/// most of the work it shows. Use it from the pipeline's thread only.
/// </summary>
internal sealed class ProgressReport(Cmdlet cmdlet, string activity)
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _next = Delay;
    private bool _shown;

    /// <summary>Shows the state, when it is time to.</summary>
    public void Show(Func<string> status)
    {
        if (_clock.Elapsed < _next) return;
        _next = _clock.Elapsed + Interval;
        _shown = true;
        cmdlet.WriteProgress(new ProgressRecord(0, activity, status()));
    }

    /// <summary>Takes it away again.</summary>
    public void Complete()
    {
        if (_shown) cmdlet.WriteProgress(new ProgressRecord(0, activity, "Done") { RecordType = ProgressRecordType.Completed });
        _shown = false;
    }
}
