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
    private readonly string _activity = PrintableText.Escape(activity);

    /// <summary>The least time between two updates.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(500);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _next = Delay;
    private bool _shown;

    /// <summary>Shows the state, when it is time to.</summary>
    public void Show(Func<WorkStatus> status)
    {
        if (_clock.Elapsed < _next) return;
        _next = _clock.Elapsed + Interval;
        _shown = true;
        var (text, percent) = status();
        cmdlet.WriteProgress(new ProgressRecord(0, _activity, PrintableText.Escape(text)) { PercentComplete = percent });
    }

    /// <summary>Takes it away again.</summary>
    public void Complete()
    {
        if (_shown) cmdlet.WriteProgress(new ProgressRecord(0, _activity, "Done") { RecordType = ProgressRecordType.Completed });
        _shown = false;
    }
}

/// <summary>How far work has come.</summary>
/// <param name="Text">For people.</param>
/// <param name="Percent">From 0 to 100; -1 when nobody knows how much there is.</param>
internal readonly record struct WorkStatus(string Text, int Percent = -1)
{
    /// <summary>Of a number of bytes that is known.</summary>
    public static WorkStatus OfBytes(string what, long done, long all) =>
        new($"{what}: {Display.Size(done)} of {Display.Size(all)}", all == 0 ? 100 : (int)Math.Min(100, done * 100.0 / all));
}
