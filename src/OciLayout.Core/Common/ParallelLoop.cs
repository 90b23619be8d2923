using System;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace OciLayout.Common;

/// <summary>
/// Runs a loop in parallel: one thread per processor, or more for actions that wait for a disk. Starts faster than the framework's parallel
/// loops, which each process compiles first (rows <c>gc</c> and <c>predecessors-first</c> of docs/performance.md).
/// </summary>
internal sealed class ParallelLoop
{
    private const int Few = 8;
    private const int LongestRange = 64;
    private const int Waiting = 8;

    // ForWaiting starts threads when the average time per action reaches Slow (50 µs) and the loop has run for Patience (2 ms). Fast
    // actions, such as fsync on tmpfs, finish before another thread has started, and the time of a single action says little.
    private static readonly long Slow = Stopwatch.Frequency / 20_000;
    private static readonly long Patience = Stopwatch.Frequency / 500;

    private readonly object _sync = new();
    private readonly Action<int> _action;
    private readonly int _count;
    private readonly int _range;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenSource? _stop; // canceled by the first failure
    private int _next;
    private int _helping;
    private bool _isOver;
    private volatile Exception? _failure;

    private ParallelLoop(int count, int range, Action<int> action, CancellationToken cancellationToken, CancellationTokenSource? stop = null) =>
        (_count, _range, _action, _cancellation, _stop) = (count, range, action, cancellationToken, stop);

    /// <summary>
    /// Calls an action for each number below a count, in parallel. Small counts run on the calling thread, because waking other threads
    /// takes longer. Rethrows the first exception unchanged.
    /// </summary>
    public static void For(int count, Action<int> action, CancellationToken cancellationToken)
    {
        if (count < Few)
        {
            for (var i = 0; i < count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                action(i);
            }

            return;
        }

        cancellationToken.ThrowIfCancellationRequested();

        var range = Math.Max(1, Math.Min(LongestRange, count / (2 * Environment.ProcessorCount)));
        var loop = new ParallelLoop(count, range, action, cancellationToken);
        for (var i = 1; i < Environment.ProcessorCount; i++) ThreadPool.QueueUserWorkItem(work => ((ParallelLoop)work!).Help(), loop);
        loop.Run(null);
    }

    /// <summary>
    /// Calls an action for ranges of the numbers below a count, in parallel: with the first number, and the number after the last. For
    /// actions that share something within a range. Rethrows the first exception unchanged.
    /// </summary>
    public static void ForRanges(int count, Action<int, int> action, CancellationToken cancellationToken)
    {
        var range = Math.Max(1, Math.Min(LongestRange, count / (4 * Environment.ProcessorCount)));
        For((count + range - 1) / range, i => action(i * range, Math.Min(count, (i + 1) * range)), cancellationToken);
    }

    /// <summary>
    /// Calls an action that waits for a disk for each number below a count. Starts more threads if the actions prove slow.
    /// </summary>
    public static void ForWaiting(int count, Action<int> action, CancellationToken cancellationToken)
    {
        var loop = new ParallelLoop(count, 1, action, cancellationToken);
        var (helpers, done) = (0, 0);
        var begun = Stopwatch.GetTimestamp();
        loop.Run(() =>
        {
            done++;
            var time = Stopwatch.GetTimestamp() - begun;
            if (helpers > 0 || time < Patience || time < done * Slow) return;
            for (var left = count - Volatile.Read(ref loop._next); left > 0 && helpers < Waiting - 1; left--, helpers++) loop.StartThread();
        });
    }

    /// <summary>
    /// Calls an action that waits for a disk for each number below a count, on a number of threads from the start. The first exception
    /// cancels the token that the actions receive, and is rethrown unchanged.
    /// </summary>
    public static void ForWaiting(int count, int threads, Action<int, CancellationToken> action, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var token = stop.Token;
        var loop = new ParallelLoop(count, 1, i => action(i, token), token, stop);
        for (var i = 1; i < Math.Min(threads, count); i++) loop.StartThread();
        loop.Run(null);
    }

    private void StartThread() => new Thread(Help) { IsBackground = true }.Start();

    private void Run(Action? after)
    {
        Work(after);
        lock (_sync)
        {
            // Helpers that have not started yet see _isOver and return, so this waits only for running ones.
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
            if (Interlocked.CompareExchange(ref _failure, e, null) is null) _stop?.Cancel();
        }
    }
}
