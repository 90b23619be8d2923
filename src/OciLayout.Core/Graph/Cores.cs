using System;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace OciLayout.Graph;

/// <summary>
/// Does the same with many things on all cores, or on more threads than that where each waits for a disk. The framework's loops take longer
/// to set up than a small store takes to read.
/// </summary>
internal sealed class Cores
{
    private const int Few = 8;
    private const int LongestRange = 64;
    private const int Waiting = 8;

    // What takes no time, as flushing on a memory file system, is done before another thread has begun; and one call that took long says little.
    private static readonly long Slow = Stopwatch.Frequency / 20_000; // on the average
    private static readonly long Patience = Stopwatch.Frequency / 500;

    private readonly object _sync = new();
    private readonly Action<int> _action;
    private readonly int _count;
    private readonly int _range;
    private readonly CancellationToken _cancellation;
    private int _next;
    private int _helping;
    private bool _isOver;
    private volatile Exception? _failure;

    private Cores(int count, int range, Action<int> action, CancellationToken cancellation) =>
        (_count, _range, _action, _cancellation) = (count, range, action, cancellation);

    /// <summary>
    /// Calls an action for each number below a count; for a few one after the other, since waking other cores would take longer. What it throws
    /// first comes out as it is.
    /// </summary>
    public static void For(int count, Action<int> action, CancellationToken cancellation)
    {
        if (count < Few)
        {
            for (var i = 0; i < count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                action(i);
            }

            return;
        }

        cancellation.ThrowIfCancellationRequested();

        var range = Math.Max(1, Math.Min(LongestRange, count / (2 * Environment.ProcessorCount)));
        var cores = new Cores(count, range, action, cancellation);
        for (var i = 1; i < Environment.ProcessorCount; i++) ThreadPool.QueueUserWorkItem(work => ((Cores)work!).Help(), cores);
        cores.Run(null);
    }

    /// <summary>Calls an action that waits for a disk for each number below a count, several at once when they take time.</summary>
    public static void ForWaiting(int count, Action<int> action, CancellationToken cancellation)
    {
        var work = new Cores(count, 1, action, cancellation);
        var (helpers, done) = (0, 0);
        var begun = Stopwatch.GetTimestamp();
        work.Run(() =>
        {
            done++;
            var time = Stopwatch.GetTimestamp() - begun;
            if (helpers > 0 || time < Patience || time < done * Slow) return;
            for (var left = count - Volatile.Read(ref work._next); left > 0 && helpers < Waiting - 1; left--, helpers++)
                new Thread(work.Help) { IsBackground = true }.Start();
        });
    }

    private void Run(Action? after)
    {
        Work(after);
        lock (_sync)
        {
            // Who has not begun by now finds nothing to do; nobody waits for a thread that is not there.
            _isOver = true;
            while (_helping > 0) Monitor.Wait(_sync);
        }

        if (_failure is not null) ExceptionDispatchInfo.Capture(_failure).Throw();
    }

    private void Help()
    {
        lock (_sync)
        {
            if (_isOver) return;
            _helping++;
        }

        Work(null);
        lock (_sync)
        {
            _helping--;
            Monitor.Pulse(_sync);
        }
    }

    private void Work(Action? after)
    {
        try
        {
            for (int start; (start = Interlocked.Add(ref _next, _range) - _range) < _count;)
            {
                var end = Math.Min(_count, start + _range);
                for (var i = start; i < end; i++)
                {
                    if (_failure is not null) return;
                    _cancellation.ThrowIfCancellationRequested();
                    _action(i);
                    after?.Invoke();
                }
            }
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _failure, e, null);
        }
    }
}
