using System;
using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Graph;

/// <summary>
/// Does the same with many things on all cores; with a few one after the other, since waking other cores would take longer.
/// </summary>
internal static class Cores
{
    private const int Few = 8;

    /// <summary>Calls an action for each number below a count. What it throws comes out as it is.</summary>
    public static void For(int count, Action<int> action, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (count < Few)
        {
            for (var i = 0; i < count; i++) action(i);
            return;
        }

        var options = new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount };
        var ranges = Partitioner.Create(0, count, Math.Max(1, Math.Min(256, count / Environment.ProcessorCount)));
        try
        {
            Parallel.ForEach(ranges, options, range =>
            {
                for (var i = range.Item1; i < range.Item2; i++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    action(i);
                }
            });
        }
        catch (AggregateException e) when (e.InnerException is { } first)
        {
            ExceptionDispatchInfo.Capture(first).Throw();
        }
    }
}
