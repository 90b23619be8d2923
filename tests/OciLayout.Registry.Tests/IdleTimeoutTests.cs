using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Common;
using OciLayout.Registry;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Bodies that pause, read through the timeout of their answer.</summary>
public sealed class IdleTimeoutTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // In a callback of a timer this error would end the process.
    [Fact]
    public async Task An_answer_that_cannot_be_disposed_is_still_a_timeout()
    {
        var source = new WaitingStream();
        using var stream = new IdleTimeoutStream(source, new Answer(source), TimeSpan.FromMilliseconds(1));
        var error = await Assert.ThrowsAsync<IOException>(() => stream.ReadAsync(new byte[1], 0, 1, Cancellation));
        Assert.Contains("no byte arrived", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancellation_is_not_a_timeout()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var source = new WaitingStream();
        using var stream = new IdleTimeoutStream(source, new Answer(source), TimeSpan.FromHours(1));
        var reading = stream.ReadAsync(new byte[1], 0, 1, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public async Task A_byte_that_arrives_at_the_last_moment_is_read_and_the_next_one_has_its_own_time()
    {
        using var stream = new IdleTimeoutStream(new LateStream(), Stream.Null, TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, await stream.ReadAsync(new byte[1], 0, 1, Cancellation));
        Assert.Equal(1, await stream.ReadAsync(new byte[1], 0, 1, Cancellation));
    }

    /// <summary>Sends nothing until the read is cancelled.</summary>
    private sealed class WaitingStream : ReadOnlyStream
    {
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public bool IsRead { get; private set; }

        public override async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            IsRead = true;
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ContinueWith(_ => IsRead = false, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            throw new OperationCanceledException(cancellationToken);
        }
    }

    /// <summary>Sends each byte at the moment when the time has passed.</summary>
    private sealed class LateStream : ReadOnlyStream
    {
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            Assert.False(cancellationToken.IsCancellationRequested);
            cancellationToken.WaitHandle.WaitOne();
            return Task.FromResult(1);
        }
    }

    /// <summary>An answer that cannot be disposed while it is read.</summary>
    private sealed class Answer(WaitingStream body) : IDisposable
    {
        public void Dispose()
        {
            if (body.IsRead) throw new InvalidOperationException("The answer is being read.");
        }
    }
}
