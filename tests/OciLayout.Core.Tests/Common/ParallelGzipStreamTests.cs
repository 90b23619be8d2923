using System;
using System.IO;
using System.IO.Compression;
using System.Linq;
using OciLayout.Common;
using Xunit;

namespace OciLayout.Tests.Common;

/// <summary>Tests that content compressed on all cores is a gzip stream, whose bytes depend on the content alone.</summary>
public sealed class ParallelGzipStreamTests
{
    private const int Block = 1 << 20;

    private static readonly byte[] Header = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255];

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(Block - 1, 1)]
    [InlineData(Block, 1)]
    [InlineData(Block + 1, 2)]
    [InlineData((9 * Block) + 7, 10)]
    public void Result_is_a_gzip_stream_of_the_content_in_any_size_of_the_writes(int length, int members)
    {
        var content = Content(length);
        var whole = Compress(content, int.MaxValue);

        Assert.Equal(content, Decompress(whole));
        Assert.Equal(whole, Compress(content, 4096));
        Assert.Equal(whole, Compress(content, Block + 13));
        Assert.Equal(members, Enumerable.Range(0, whole.Length).Count(i => whole.AsSpan(i).StartsWith(Header)));
    }

    [Fact]
    public void Blocks_are_written_in_their_order()
    {
        var content = new byte[8 * Block];
        for (var i = 0; i < 8; i++) Array.Fill(content, (byte)i, i * Block, Block);
        new Random(1).NextBytes(content.AsSpan(0, Block)); // the first block takes longest
        Assert.Equal(content, Decompress(Compress(content, Block)));
    }

    [Fact]
    public void Buffer_of_a_write_can_be_used_again()
    {
        using var target = new MemoryStream();
        var gzip = new ParallelGzipStream(target);
        var buffer = new byte[Block];
        for (var i = 0; i < 3; i++)
        {
            Array.Fill(buffer, (byte)i);
            gzip.Write(buffer, 0, buffer.Length);
        }

        gzip.Finish();
        Assert.Equal([0, 1, 2], Decompress(target.ToArray()).Where((_, i) => i % Block == 0));
    }

    [Fact]
    public void Error_of_the_target_is_thrown()
    {
        var gzip = new ParallelGzipStream(new FullStream());
        Assert.Throws<IOException>(() =>
        {
            gzip.Write(Content(Block), 0, Block);
            gzip.Finish();
        });
    }

    private static byte[] Content(int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content.AsSpan(0, length / 2)); // the rest compresses well
        return content;
    }

    private static byte[] Compress(byte[] content, int write)
    {
        using var target = new MemoryStream();
        var gzip = new ParallelGzipStream(target);
        for (var at = 0; at < content.Length; at += Math.Min(write, content.Length - at)) gzip.Write(content, at, Math.Min(write, content.Length - at));
        gzip.Finish();
        return target.ToArray();
    }

    private static byte[] Decompress(byte[] compressed)
    {
        using var result = new MemoryStream();
        using var gzip = new GZipStream(new MemoryStream(compressed), CompressionMode.Decompress);
        gzip.CopyTo(result);
        return result.ToArray();
    }

    private sealed class FullStream : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("The disk is full.");
    }
}
