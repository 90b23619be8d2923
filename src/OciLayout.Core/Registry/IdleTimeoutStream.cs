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
    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();

    public override async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timer.CancelAfter(idle);
        using var registration = timer.Token.Register(owner.Dispose);
        try
        {
            return await source.ReadAsync(buffer, offset, count, timer.Token).ConfigureAwait(false);
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

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            source.Dispose();
            owner.Dispose();
        }

        base.Dispose(disposing);
    }
}
