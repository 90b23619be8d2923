using System;
using System.Collections.Generic;
using System.Diagnostics;

namespace OciLayout.PowerShell;

/// <summary>The status of a transfer: bytes, objects, and the rate of the last seconds. Use it from one thread.</summary>
/// <param name="name">The name of the content.</param>
/// <param name="size">The number of bytes to transfer.</param>
/// <param name="count">The number of objects to transfer.</param>
internal sealed class TransferStatus(string name, long size, int count)
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(5);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Queue<(TimeSpan Time, long Bytes)> _samples = new();

    /// <summary>Returns the status.</summary>
    /// <param name="bytes">The number of bytes so far.</param>
    /// <param name="objects">The number of objects that are complete.</param>
    public WorkStatus Of(long bytes, int objects)
    {
        var now = _clock.Elapsed;
        while (_samples.Count > 1 && now - _samples.Peek().Time > Span) _samples.Dequeue();
        var (time, before) = _samples.Count > 0 ? _samples.Peek() : (TimeSpan.Zero, 0);
        _samples.Enqueue((now, bytes));
        var seconds = (now - time).TotalSeconds;
        var rate = seconds > 0 ? $", {Display.Size((long)((bytes - before) / seconds))}/s" : "";
        var status = WorkStatus.OfBytes(name, bytes, size);
        return status with { Text = $"{status.Text}, object {Math.Min(objects + 1, count)} of {count}{rate}" };
    }
}
