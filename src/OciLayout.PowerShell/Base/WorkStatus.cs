using System;

namespace OciLayout.PowerShell;

/// <summary>The status of running work.</summary>
/// <param name="Text">The text to show.</param>
/// <param name="Percent">The percentage from 0 to 100; -1 when the total is unknown.</param>
internal readonly record struct WorkStatus(string Text, int Percent = -1)
{
    /// <summary>Returns the status of work on a known number of bytes.</summary>
    public static WorkStatus OfBytes(string what, long done, long all) =>
        new($"{what}: {Display.Size(done)} of {Display.Size(all)}", all == 0 ? 100 : (int)Math.Min(100, done * 100.0 / all));
}
