using System;
using System.Buffers;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Common;

namespace OciLayout.Registry;

/// <summary>The body of a request. Each block that is sent extends the timeout of the request.</summary>
/// <param name="open">Opens the content.</param>
/// <param name="length">The length of the content in bytes.</param>
/// <param name="timer">Cancels the request.</param>
/// <param name="idle">The time in which a block must be sent.</param>
/// <param name="answer">The time to wait for the answer after the last block.</param>
/// <param name="sendsFiles">Whether the connection sends parts of files without copying them to the process: only without encryption.</param>
internal sealed class RequestBody(Func<Stream> open, long length, CancellationTokenSource timer, TimeSpan idle, TimeSpan answer, bool sendsFiles) : HttpContent
{
    private const int BufferSize = 128 * 1024;
    private const int FileBlock = 8 * BufferSize;

    private readonly CancellationToken _cancellation = timer.Token;

    protected override bool TryComputeLength(out long computed)
    {
        computed = length;
        return true;
    }

    // The framework's content reads a file on another thread for each block, and copies each block once more.
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        using var source = open();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (true)
            {
                await WaitAsync(source).ConfigureAwait(false);
                if (sendsFiles && (source as IFileContent)?.Take(FileBlock) is { } range)
                {
                    Extend(idle);
                    await stream.WriteFileAsync(range, _cancellation).ConfigureAwait(false);
                    continue;
                }

                var read = Read(source, buffer);
                Extend(read > 0 ? idle : answer);
                if (read == 0) return;
                await stream.WriteAsync(buffer, 0, read, _cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // Content that is still being received has its own timeout.
    private async Task WaitAsync(Stream source)
    {
        if (source is not ReadOnlyStream { IsReady: false } waiting) return;
        Extend(Timeout.InfiniteTimeSpan);
        try
        {
            await waiting.WaitAsync(_cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new RequestBodyException(e);
        }
    }

    private static int Read(Stream source, byte[] buffer)
    {
        try
        {
            return source.Read(buffer, 0, BufferSize);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new RequestBodyException(e);
        }
    }

    private void Extend(TimeSpan time)
    {
        try
        {
            timer.CancelAfter(time);
        }
        catch (ObjectDisposedException)
        {
            // The answer arrived before the body was sent completely.
        }
    }
}
