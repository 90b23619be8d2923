using System;
using System.IO;
using System.IO.Compression;
using System.Linq;
using OciLayout.Common;
using Xunit;

namespace OciLayout.Tests.Common;

/// <summary>Tests the gzip data of new layers.</summary>
public sealed class ParallelGzipStreamTests
{
    private const int Block = 1 << 20;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Block - 1)]
    [InlineData(Block)]
    [InlineData(Block + 1)]
    [InlineData((5 * Block) + 7)]
    public void Content_is_one_member_that_depends_on_the_content_alone(int length)
    {
        var content = Content(length);

        var compressed = Compress(content, content.Length);

        Assert.Equal(compressed, Compress(content, 1000));
        Assert.Equal(content, Read(new GZipStream(new MemoryStream(compressed), CompressionMode.Decompress))); // checks the CRC-32 and the length

        // Raw deflate data ends with its last block, so a second member would be missing here.
        Assert.Equal(content, Read(new DeflateStream(new MemoryStream(compressed[10..]), CompressionMode.Decompress)));
        Assert.Equal([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255], compressed[..10]);
    }

    [Fact]
    public void Wrong_checksum_is_found_by_the_reader_that_these_tests_use()
    {
        var compressed = Compress(Content(3 * Block), Block);
        compressed[^8] ^= 1;
        Assert.Throws<InvalidDataException>(() => Read(new GZipStream(new MemoryStream(compressed), CompressionMode.Decompress)));
    }

    [Fact]
    public void Blocks_are_written_in_their_order()
    {
        var content = new byte[8 * Block];
        for (var i = 0; i < 8; i++) Array.Fill(content, (byte)i, i * Block, Block);
        new Random(1).NextBytes(content.AsSpan(0, Block)); // the first block takes longest
        Assert.Equal(content, Read(new GZipStream(new MemoryStream(Compress(content, Block)), CompressionMode.Decompress)));
    }

    [Fact]
    public void Buffer_of_a_write_can_be_used_again()
    {
        using var target = new MemoryStream();
        using var gzip = new ParallelGzipStream(target);
        var buffer = new byte[Block];
        for (var i = 0; i < 3; i++)
        {
            Array.Fill(buffer, (byte)i);
            gzip.Write(buffer, 0, buffer.Length);
        }

        gzip.Finish();
        Assert.Equal([0, 1, 2], Read(new GZipStream(new MemoryStream(target.ToArray()), CompressionMode.Decompress)).Where((_, i) => i % Block == 0));
    }

    [Fact]
    public void Error_of_the_target_is_thrown()
    {
        Assert.Throws<IOException>(() =>
        {
            using var gzip = new ParallelGzipStream(new FullStream());
            gzip.Write(Content(Block), 0, Block);
            gzip.Finish();
        });
    }

    // Bytes that compress to about a half.
    private static byte[] Content(int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);
        for (var i = 0; i < length; i++) content[i] &= 0x0F;
        return content;
    }

    private static byte[] Compress(byte[] content, int size)
    {
        using var target = new MemoryStream();
        using var gzip = new ParallelGzipStream(target);
        for (var at = 0; at < content.Length; at += size) gzip.Write(content, at, Math.Min(size, content.Length - at));
        gzip.Finish();
        return target.ToArray();
    }

    private static byte[] Read(Stream source)
    {
        using var plain = new MemoryStream();
        using (source) source.CopyTo(plain);
        return plain.ToArray();
    }

    private sealed class FullStream : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("The disk is full.");
    }
}
