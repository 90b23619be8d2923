using System;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace OciLayout.Graph;

/// <summary>
/// Does the same with many things on all cores; with a few one after the other, since waking other cores would take longer. The framework's
/// loops take longer to set up than a small store takes to read.
/// </summary>
internal sealed class Cores
{
    private const int Few = 8;
    private const int Most = 64;

    private readonly object _sync = new();
    private readonly Action<int> _action;
    private readonly int _count;
    private readonly int _range;
    private readonly CancellationToken _cancellation;
    private int _next;
    private int _helping;
    private bool _isOver;
    private volatile Exception? _failure;

    private Cores(int count, Action<int> action, CancellationToken cancellation)
    {
        (_count, _action, _cancellation) = (count, action, cancellation);
        _range = Math.Max(1, Math.Min(Most, count / (2 * Environment.ProcessorCount)));
    }

    /// <summary>Calls an action for each number below a count. What it throws first comes out as it is.</summary>
    public static void For(int count, Action<int> action, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (count < Few)
        {
            for (var i = 0; i < count; i++) action(i);
            return;
        }

        new Cores(count, action, cancellation).Run();
    }

    private void Run()
    {
        for (var i = 1; i < Environment.ProcessorCount; i++) ThreadPool.QueueUserWorkItem(work => ((Cores)work!).Help(), this);
        Work();
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

        Work();
        lock (_sync)
        {
            _helping--;
            Monitor.Pulse(_sync);
        }
    }

    private void Work()
    {
        try
        {
            for (int start; _failure is null && (start = Interlocked.Add(ref _next, _range) - _range) < _count;)
            {
                var end = Math.Min(_count, start + _range);
                for (var i = start; i < end; i++)
                {
                    _cancellation.ThrowIfCancellationRequested();
                    _action(i);
                }
            }
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _failure, e, null);
        }
    }
}
