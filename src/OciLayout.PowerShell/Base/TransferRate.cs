using System;
using System.Collections.Generic;

namespace OciLayout.PowerShell;

/// <summary>Computes the rate of the last seconds from numbers of bytes. Use it from one thread.</summary>
internal sealed class TransferRate
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(5);

    private readonly Queue<(TimeSpan Time, long Bytes)> _samples = new();

    /// <summary>Adds a number of bytes, and returns the rate.</summary>
    /// <param name="now">The time since the beginning of the work.</param>
    /// <param name="bytes">The number of bytes since then.</param>
    /// <returns>The number of bytes in a second; null before two samples with different times.</returns>
    public long? Add(TimeSpan now, long bytes)
    {
        while (_samples.Count > 1 && now - _samples.Peek().Time > Span) _samples.Dequeue();
        var (time, before) = _samples.Count > 0 ? _samples.Peek() : (TimeSpan.Zero, 0);
        _samples.Enqueue((now, bytes));
        return now > time ? (long)Math.Max(0, (bytes - before) / (now - time).TotalSeconds) : null;
    }
}
