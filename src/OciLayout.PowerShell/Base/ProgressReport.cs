using System;
using System.Diagnostics;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// Shows progress: first after half a second, then at most five times a second, because showing progress costs more than most of the work.
/// Use it from the thread of the pipeline only.
/// </summary>
internal sealed class ProgressReport(Cmdlet cmdlet, string activity)
{
    private readonly string _activity = PrintableText.Escape(activity);

    /// <summary>The shortest time between two updates.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(500);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly TransferRate _rate = new();
    private TimeSpan _next = Delay;
    private bool _shown;

    /// <summary>Shows the status when an update is due.</summary>
    public void Show(Func<WorkStatus> status)
    {
        if (_clock.Elapsed < _next) return;
        _next = _clock.Elapsed + Interval;
        _shown = true;
        var shown = status();
        var text = PrintableText.Escape(shown.Text);
        var seconds = -1;
        if (shown.Bytes is { } bytes && _rate.Add(_clock.Elapsed, bytes) is { } rate)
        {
            text += $", {Display.Size(rate)}/s";
            if (shown.Total is { } total && rate > 0) seconds = (int)Math.Min(int.MaxValue, Math.Max(0, total - bytes) / rate);
        }

        // Hosts show the seconds as the time that is left.
        cmdlet.WriteProgress(new ProgressRecord(0, _activity, text) { PercentComplete = shown.Percent, SecondsRemaining = seconds });
    }

    /// <summary>Removes the progress display.</summary>
    public void Complete()
    {
        if (_shown) cmdlet.WriteProgress(new ProgressRecord(0, _activity, "Done") { RecordType = ProgressRecordType.Completed });
        _shown = false;
    }
}
