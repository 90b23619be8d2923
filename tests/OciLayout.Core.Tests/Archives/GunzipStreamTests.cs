using System;
using System.IO;
using System.Linq;
using OciLayout.Archives;
using OciLayout.Tests.Images;
using Xunit;

namespace OciLayout.Tests.Archives;

/// <summary>Tests that both ways of reading gzip data return the same.</summary>
public sealed class GunzipStreamTests
{
    private static readonly byte[] Text = [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * i % 251))];

    // A framework that is given whole blocks could take the end of a member at the end of a block for the end of the data.
    [Fact]
    public void Members_are_copied_and_read_wherever_a_block_ends()
    {
        byte[][] members = [ImageLayout.Layer.Gzip(Text), ImageLayout.Layer.Gzip([]), ImageLayout.Layer.Gzip(new byte[9000])];
        var (first, second) = (members[0].Length, members[0].Length + members[1].Length);
        byte[] expected = [.. Text, .. new byte[9000]];
        foreach (var tail in new[] { 0, 512 })
        {
            byte[] stored = [.. members.SelectMany(m => m), .. new byte[tail]];
            foreach (var block in new[] { 1, 7, first - 1, first, first + 1, second - 1, second, second + 1, stored.Length - tail, stored.Length })
            {
                Assert.Equal(expected, Copied(stored, block));
                Assert.Equal(expected, Read(stored, block));
            }
        }
    }

    [Fact]
    public void Corrupt_data_has_the_same_error()
    {
        var stored = ImageLayout.Layer.Gzip(Text);
        stored[stored.Length - 6] ^= 1; // the checksum
        Assert.Equal("its gzip data is corrupt", Assert.Throws<InvalidDataException>(() => Copied(stored, stored.Length)).Message);
        Assert.Equal("its gzip data is corrupt", Assert.Throws<InvalidDataException>(() => Read(stored, stored.Length)).Message);
    }

    private static byte[] Copied(byte[] stored, int block)
    {
        using var target = new MemoryStream();
        using var plain = new GunzipStream(new Blocks(stored, block));
        plain.CopyTo(target, 4096);
        return target.ToArray();
    }

    private static byte[] Read(byte[] stored, int block)
    {
        using var target = new MemoryStream();
        using var plain = new GunzipStream(new Blocks(stored, block));
        var buffer = new byte[3000];
        for (int read; (read = plain.Read(buffer, 0, buffer.Length)) > 0;) target.Write(buffer, 0, read);
        return target.ToArray();
    }

    /// <summary>Returns at most a given number of bytes at a time.</summary>
    private sealed class Blocks(byte[] bytes, int most) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, most));

        public override int Read(Span<byte> buffer) => base.Read(buffer.Slice(0, Math.Min(buffer.Length, most)));
    }
}
