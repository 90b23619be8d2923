namespace OciLayout.PowerShell;

/// <summary>The status of running work.</summary>
/// <param name="Text">The text to show.</param>
/// <param name="Percent">The percentage from 0 to 100; -1 when the total is unknown.</param>
internal readonly record struct WorkStatus(string Text, int Percent = -1)
{
    /// <summary>The number of bytes so far; null for work that does not count bytes.</summary>
    public long? Bytes { get; private init; }

    /// <summary>The number of all bytes; null when it is unknown.</summary>
    public long? Total { get; private init; }

    /// <summary>Returns the status of work on a known number of bytes.</summary>
    public static WorkStatus OfBytes(string what, long done, long all) =>
        new($"{what}: {Display.Size(done)} of {Display.Size(all)}", all == 0 ? 100 : (int)System.Math.Min(100, done * 100.0 / all)) { Bytes = done, Total = all };

    /// <summary>Returns the status of work on an unknown number of bytes.</summary>
    public static WorkStatus OfBytes(string what, long done) => new($"{what}: {Display.Size(done)}") { Bytes = done };
}
