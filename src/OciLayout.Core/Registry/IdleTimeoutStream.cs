using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Common;

namespace OciLayout.Registry;

/// <summary>
/// Reads the body of an answer. Fails if no byte arrives for some time, and ends at once when it is cancelled: streams of .NET Framework
/// ignore the token, so the answer is disposed.
/// </summary>
internal sealed class IdleTimeoutStream(Stream source, IDisposable owner, TimeSpan idle) : ReadOnlyStream
{
    private CancellationTokenSource? _timer;
    private CancellationTokenRegistration _registration;
    private CancellationToken _cancellation;

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();

    public override async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        var timer = Start(cancellationToken);
        try
        {
            var read = await source.ReadAsync(buffer, offset, count, timer.Token).ConfigureAwait(false);
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

    // A transfer has many reads with the same token, so they share a timer.
    private CancellationTokenSource Start(CancellationToken cancellationToken)
    {
        if (_timer is null || cancellationToken != _cancellation)
        {
            End();
            _cancellation = cancellationToken;
            _timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            _registration = _timer.Token.Register(owner.Dispose);
        }

        _timer.CancelAfter(idle);
        return _timer;
    }

    private void End()
    {
        _registration.Dispose();
        _timer?.Dispose();
        _timer = null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            End();
            source.Dispose();
            owner.Dispose();
        }

        base.Dispose(disposing);
    }
}
