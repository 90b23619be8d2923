using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Common;
using Xunit;

namespace OciLayout.Tests.Common;

/// <summary>Tests the stream that another thread writes.</summary>
public sealed class ProducedStreamTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 3_000_001).Select(i => (byte)(i * 31 % 251))];

    [Theory]
    [InlineData(1, 5000)]
    [InlineData(512, 70_000)]
    [InlineData(1_000_000, 1000)]
    public void Bytes_arrive_in_their_order(int written, int read)
    {
        var length = written == 1 ? 200_000 : Content.Length;
        using var stream = new ProducedStream((target, _) => Write(target, length, written), CancellationToken.None);
        var result = new byte[length];
        for (int at = 0, count; (count = stream.Read(result, at, Math.Min(read, length - at))) > 0; at += count)
        {
        }

        Assert.Equal(Content.Take(length), result);
        Assert.Equal(0, stream.Read(new byte[1], 0, 1));
    }

    [Theory]
    [InlineData(512, 70_000)]
    [InlineData(1_000_000, 1_000_000)]
    public void Skipped_bytes_are_not_returned(int read, int skipped)
    {
        using var stream = new ProducedStream((target, _) => Write(target, Content.Length, 100_000), CancellationToken.None);
        var at = 0;
        for (var count = -1; count != 0; at += count)
        {
            var buffer = new byte[read];
            var filled = stream.Fill(buffer, 0, read);
            Assert.Equal(Content.Skip(at).Take(read), buffer.Take(filled));
            at += filled;
            count = stream.Skip(skipped);
            Assert.InRange(count, 0, skipped);
        }

        Assert.Equal(Content.Length, at);
    }

    [Fact]
    public void Error_comes_after_all_bytes_that_were_written()
    {
        using var stream = new ProducedStream(
            (target, _) =>
            {
                Write(target, 70_000, 1000);
                throw new InvalidDataException("broken");
            },
            CancellationToken.None);
        Assert.Equal(70_000, stream.Fill(new byte[70_000], 0, 70_000));
        Assert.Equal("broken", Assert.Throws<InvalidDataException>(() => stream.Read(new byte[1], 0, 1)).Message);
        Assert.Throws<InvalidDataException>(() => stream.Read(new byte[1], 0, 1));
    }

    [Fact]
    public async Task Disposal_and_cancellation_stop_the_thread()
    {
        using var stop = new CancellationTokenSource();
        await Sandbox.Ends(() =>
        {
            using (var abandoned = new ProducedStream(WriteForever, CancellationToken.None)) abandoned.ReadByte();
            using var canceled = new ProducedStream(WriteForever, stop.Token);
            canceled.ReadByte();
            stop.Cancel();
            Assert.ThrowsAny<OperationCanceledException>(() => canceled.Drain(CancellationToken.None));
        });

        static void WriteForever(Stream target, CancellationToken token)
        {
            while (true) Write(target, 1000, 1000);
        }
    }

    private static void Write(Stream target, int length, int piece)
    {
        for (var at = 0; at < length; at += piece) target.Write(Content, at, Math.Min(piece, length - at));
    }
}
