using System;
using System.Runtime.ExceptionServices;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Transfer;

/// <summary>Does the same with many things, a few at a time; unlike work for the cores, this one waits for disks.</summary>
internal static class Workers
{
    /// <summary>Calls an action for each number below a count, so many at a time. The first failure stops the others soon, and comes out as it is.</summary>
    public static void For(int count, int workers, Action<int, CancellationToken> action, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Exception? failure = null;
        var next = -1;
        void Work()
        {
            for (int i; (i = Interlocked.Increment(ref next)) < count;)
            {
                try
                {
                    stop.Token.ThrowIfCancellationRequested();
                    action(i, stop.Token);
                }
                catch (Exception e)
                {
                    Interlocked.CompareExchange(ref failure, e, null);
                    stop.Cancel();
                    return;
                }
            }
        }

        var others = new Task[Math.Max(0, Math.Min(workers, count) - 1)];
        for (var i = 0; i < others.Length; i++) others[i] = Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Work();
        Task.WaitAll(others, CancellationToken.None); // they were told to stop
        if (failure is not null) ExceptionDispatchInfo.Capture(failure).Throw();
    }
}
