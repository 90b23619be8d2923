using System;
using System.Buffers.Binary;
using System.IO;
using System.IO.Compression;

namespace OciLayout.Common;

/// <summary>A part of the content of a gzip stream. It is compressed on its own and ends at a whole byte, so parts can follow each other.</summary>
internal sealed class GzipBlock(int size)
{
    private const int HeaderLength = 10;
    private const int TrailerLength = 8;

    private readonly byte[] _content = new byte[size];
    private readonly byte[] _compressed = new byte[size + (size / 8) + 64]; // content that cannot be compressed becomes a little longer
    private int _end;

    /// <summary>The number of bytes of content.</summary>
    public int Length { get; private set; }

    public bool IsFull => Length == _content.Length;

    /// <summary>The CRC-32 of the content, after <see cref="Compress"/>.</summary>
    public uint Checksum { get; private set; }

    /// <summary>
    /// Returns whether the runtime can end compressed data at a whole byte without marking its last block. .NET Framework cannot: its
    /// compressor does not flush.
    /// </summary>
    public static bool CanJoin()
    {
        var block = new GzipBlock(1);
        block.Add([0], 0, 1);
        block.Compress();
        return block._end >= HeaderLength + 4 && block._compressed.AsSpan(block._end - 4, 4).SequenceEqual((ReadOnlySpan<byte>)[0, 0, 0xFF, 0xFF]);
    }

    /// <summary>Adds content until the block is full.</summary>
    /// <returns>The number of bytes that were added.</returns>
    public int Add(byte[] buffer, int offset, int count)
    {
        var taken = Math.Min(count, _content.Length - Length);
        Buffer.BlockCopy(buffer, offset, _content, Length, taken);
        Length += taken;
        return taken;
    }

    public void Compress()
    {
        using var output = new MemoryStream(_compressed);
        using (var gzip = new GZipStream(output, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(_content, 0, Length);
            gzip.Flush();
            _end = (int)output.Position;
        }

        Checksum = BinaryPrimitives.ReadUInt32LittleEndian(_compressed.AsSpan((int)output.Position - TrailerLength));
    }

    /// <summary>Writes the compressed data, without the header, the last block and the trailer of gzip.</summary>
    public void WriteTo(Stream target) => target.Write(_compressed, HeaderLength, _end - HeaderLength);

    /// <summary>Makes the block empty.</summary>
    public void Clear() => Length = 0;
}
