using System;
using System.Linq;
using System.Runtime.ExceptionServices;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Common;

/// <summary>Runs a loop over actions that wait for a network.</summary>
internal static class AsyncLoop
{
    /// <summary>
    /// Calls an action for each number below a count, a number of them at the same time. The first exception cancels the token that the
    /// actions receive, and is rethrown unchanged when all have ended.
    /// </summary>
    public static async Task ForAsync(int count, int workers, Func<int, CancellationToken, Task> action, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var next = -1;
        Exception? failure = null;
        await Task.WhenAll(Enumerable.Range(0, Math.Min(workers, count)).Select(_ => WorkAsync())).ConfigureAwait(false);
        if (failure is not null) ExceptionDispatchInfo.Capture(failure).Throw();
        cancellationToken.ThrowIfCancellationRequested();

        async Task WorkAsync()
        {
            try
            {
                for (int i; !stop.IsCancellationRequested && (i = Interlocked.Increment(ref next)) < count;) await action(i, stop.Token).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                if (Interlocked.CompareExchange(ref failure, e, null) is null) stop.Cancel();
            }
        }
    }
}
