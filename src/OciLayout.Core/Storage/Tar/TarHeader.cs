using System;
using System.IO;
using System.Text;

namespace OciLayout.Storage.Tar;

/// <summary>A header block of 512 bytes (POSIX ustar, with what GNU tar and others made of it). Nothing in it is trusted.</summary>
internal readonly struct TarHeader
{
    public const int Size = 512;

    /// <summary>The longest file whose length fits into the field: eleven octal digits.</summary>
    public const long LongestLength = (8L << 30) - 1;

    private const int ChecksumOffset = 148;
    private const int ChecksumLength = 8;

    private readonly byte[] _block;

    private TarHeader(byte[] block, long length)
    {
        _block = block;
        Length = length;
    }

    /// <summary>How many bytes of data follow, by this header alone.</summary>
    public long Length { get; }

    public char Type => (char)_block[156];

    public string Name
    {
        get
        {
            var name = Text(0, 100);
            var prefix = IsUstar ? Text(345, 155) : "";
            return prefix.Length == 0 ? name : prefix + "/" + name;
        }
    }

    public string LinkTarget => Text(157, 100);

    /// <summary>Whether another block of the map of an old GNU sparse file follows, before the data.</summary>
    public bool HasSparseMap => Type == 'S' && _block[482] != 0;

    /// <summary>A sum that differs where two headers do.</summary>
    public ulong Stamp => StampOf(_block);

    // GNU tar writes "ustar  " there and keeps times where the prefix would be.
    private bool IsUstar => _block.AsSpan(257, 6).SequenceEqual("ustar\0"u8);

    /// <summary>Reads a header.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static TarHeader Read(byte[] block)
    {
        if (!HasValidChecksum(block)) throw new InvalidDataException("a header has a wrong checksum");
        return new TarHeader(block, Number(block, 124, 12));
    }

    /// <summary>Whether 512 bytes could be the beginning of an archive.</summary>
    public static bool HasValidChecksum(byte[] block)
    {
        // Old writers summed signed bytes.
        long unsigned = 0, signed = 0;
        for (var i = 0; i < Size; i++)
        {
            var value = i is >= ChecksumOffset and < ChecksumOffset + ChecksumLength ? (byte)' ' : block[i];
            unsigned += value;
            signed += (sbyte)value;
        }

        try
        {
            var written = Number(block, ChecksumOffset, ChecksumLength);
            return written == unsigned || written == signed;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    public static bool IsZero(byte[] block) => Array.TrueForAll(block, b => b == 0);

    /// <summary>FNV-1a over a block.</summary>
    public static ulong StampOf(byte[] block)
    {
        var sum = 14695981039346656037UL;
        for (var i = 0; i < Size; i++) sum = unchecked((sum ^ block[i]) * 1099511628211UL);
        return sum;
    }

    /// <summary>Makes the header of a file or directory; owner, group and time are the same for all: root, and 1970.</summary>
    public static byte[] Make(string name, char type, long length)
    {
        var block = new byte[Size];
        Encoding.UTF8.GetBytes(name, 0, name.Length, block, 0);
        Octal(block, 100, 8, type == '5' ? 0x1ED /* 0755 */ : 0x1A4 /* 0644 */);
        Octal(block, 108, 8, 0);
        Octal(block, 116, 8, 0);
        Octal(block, 124, 12, length);
        Octal(block, 136, 12, 0);
        block[156] = (byte)type;
        "ustar\000"u8.CopyTo(block.AsSpan(257));
        block[263] = block[264] = (byte)'0';
        Octal(block, 329, 8, 0);
        Octal(block, 337, 8, 0);
        block.AsSpan(ChecksumOffset, ChecksumLength).Fill((byte)' ');
        var sum = 0;
        foreach (var value in block) sum += value;
        Octal(block, ChecksumOffset, 7, sum);
        return block;
    }

    private static void Octal(byte[] block, int offset, int length, long value)
    {
        var digits = Convert.ToString(value, 8).PadLeft(length - 1, '0');
        Encoding.ASCII.GetBytes(digits, 0, digits.Length, block, offset);
        block[offset + length - 1] = 0;
    }

    // Octal digits with blanks or zero bytes around them; or, with the highest bit set, a number of base 256 (GNU, star).
    private static long Number(byte[] block, int offset, int length)
    {
        if ((block[offset] & 0x80) != 0) return Base256(block, offset, length);
        var at = offset;
        var end = offset + length;
        while (at < end && block[at] is (byte)' ' or 0) at++;
        long value = 0;
        for (; at < end && block[at] is >= (byte)'0' and <= (byte)'7'; at++) value = checked((value << 3) | (uint)(block[at] - '0'));
        for (; at < end; at++)
        {
            if (block[at] is not ((byte)' ' or 0)) throw new InvalidDataException("a header has a number that is none");
        }

        return value;
    }

    private static long Base256(byte[] block, int offset, int length)
    {
        if (block[offset] != 0x80) throw new InvalidDataException("a header has a number that is negative or beyond 2^63");
        long value = 0;
        for (var i = offset + 1; i < offset + length; i++)
        {
            if (value >> 55 != 0) throw new InvalidDataException("a header has a number beyond 2^63");
            value = (value << 8) | block[i];
        }

        return value;
    }

    private string Text(int offset, int length)
    {
        var span = _block.AsSpan(offset, length);
        var end = span.IndexOf((byte)0);
        return ((ReadOnlySpan<byte>)(end < 0 ? span : span.Slice(0, end))).DecodeUtf8();
    }
}
