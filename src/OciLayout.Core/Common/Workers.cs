using System;
using System.Runtime.ExceptionServices;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Common;

/// <summary>
/// Runs an action for many items on a few threads. It is for work that waits for disks, not for work that uses the processor.
/// </summary>
internal static class Workers
{
    /// <summary>
    /// Calls an action for each number below a count, on up to a number of threads. The first exception stops the others and is thrown
    /// unchanged.
    /// </summary>
    public static void For(int count, int workers, Action<int, CancellationToken> action, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
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
        Task.WaitAll(others, CancellationToken.None); // the others stop soon: the action gets the token
        if (failure is not null) ExceptionDispatchInfo.Capture(failure).Throw();
    }
}
