using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Common;

namespace OciLayout.Registry;

/// <summary>Reads the body of an answer. Fails if no byte arrives for some time, and ends at once when it is cancelled.</summary>
internal sealed class IdleTimeoutStream(Stream source, IDisposable owner, TimeSpan idle) : ReadOnlyStream
{
    private CancellationTokenSource? _timer;
    private CancellationToken _cancellation;

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();

    public override async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        var timer = Start(cancellationToken);
        try
        {
            var read = await ReadSourceAsync(buffer, offset, count, timer.Token).ConfigureAwait(false);
            timer.CancelAfter(Timeout.InfiniteTimeSpan);
            return read;
        }
        catch (Exception e) when (timer.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new IOException($"no byte arrived within {idle.TotalSeconds:0} s", e);
        }
        catch (Exception e) when (e is ObjectDisposedException or System.Net.Http.HttpRequestException)
        {
            throw new IOException("the connection was lost", e);
        }
    }

#if NETSTANDARD2_0
    // Streams of .NET Framework ignore the token. Disposing the answer ends their read. This is not done in a callback of the token, because
    // an exception in a callback of a timer ends the process.
    private async Task<int> ReadSourceAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        var reading = source.ReadAsync(buffer, offset, count, cancellationToken);
        if (reading.IsCompleted) return await reading.ConfigureAwait(false);
        var cancelled = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = cancellationToken.Register(() => cancelled.TrySetCanceled());
        if (await Task.WhenAny(reading, cancelled.Task).ConfigureAwait(false) != reading)
        {
            _ = reading.ContinueWith(t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            owner.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
        }

        return await reading.ConfigureAwait(false);
    }
#else
    private Task<int> ReadSourceAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => source.ReadAsync(buffer, offset, count, cancellationToken);
#endif

    // A transfer has many reads with the same token, so they share a timer. One that ended just after a byte arrived is replaced.
    private CancellationTokenSource Start(CancellationToken cancellationToken)
    {
        if (_timer is null || cancellationToken != _cancellation || _timer.IsCancellationRequested)
        {
            _timer?.Dispose();
            _cancellation = cancellationToken;
            _timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        }

        _timer.CancelAfter(idle);
        return _timer;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _timer?.Dispose();
            _timer = null;
            source.Dispose();
            owner.Dispose();
        }

        base.Dispose(disposing);
    }
}
