using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;

namespace OciLayout.Archives;

/// <summary>A header block of 512 bytes: POSIX ustar, and the variants of GNU tar and star. Nothing in it is trusted.</summary>
internal readonly struct TarHeader
{
    public const int Size = 512;

    /// <summary>The largest length that fits into the field of eleven octal digits.</summary>
    public const long LongestLength = (8L << 30) - 1;

    /// <summary>The largest number that fits into the field of an owner, of seven octal digits.</summary>
    public const long LargestOwner = (1 << 21) - 1;

    /// <summary>The largest number of bytes of a name or a link target in its field.</summary>
    public const int LongestName = 100;

    private const int ChecksumOffset = 148;
    private const int ChecksumLength = 8;

    private readonly byte[] _block;

    private TarHeader(byte[] block, long length)
    {
        _block = block;
        Length = length;
    }

    /// <summary>The number of bytes of data that follow, according to this header alone.</summary>
    public long Length { get; }

    public char Type => (char)_block[156];

    /// <summary>The permission bits, with setuid, setgid and sticky; null when the field is malformed.</summary>
    public int? Mode => (int?)(NumberOrNull(100, 8) & 0xFFF);

    public long? UserId => NumberOrNull(108, 8);

    public long? GroupId => NumberOrNull(116, 8);

    /// <summary>The modification time in seconds since 1970, possibly negative; null when the field is malformed.</summary>
    public long? Modified => NumberOrNull(136, 12);

    /// <summary>The numbers of a device; zero when a field is malformed.</summary>
    public (long Major, long Minor) Device => (NumberOrNull(329, 8) ?? 0, NumberOrNull(337, 8) ?? 0);

    /// <summary>Whether another block of the map of an old GNU sparse file follows, before the data.</summary>
    public bool HasSparseMap => Type == 'S' && _block[482] != 0;

    /// <summary>A checksum that differs between different headers.</summary>
    public ulong Stamp => StampOf(_block);

    // GNU tar writes "ustar  " there and keeps times where the prefix would be.
    private bool IsUstar => _block.AsSpan(257, 6).SequenceEqual("ustar\0"u8);

    /// <summary>Reads a header.</summary>
    /// <exception cref="InvalidDataException">The block is not a valid header.</exception>
    public static TarHeader Read(byte[] block)
    {
        if (!HasValidChecksum(block)) throw new InvalidDataException("a header has an incorrect checksum");
        var length = Number(block, 124, 12);
        return length >= 0 ? new TarHeader(block, length) : throw new InvalidDataException("a header has a negative length");
    }

    /// <summary>Whether 512 bytes could be the beginning of an archive.</summary>
    public static bool HasValidChecksum(byte[] block)
    {
        try
        {
            var written = Number(block, ChecksumOffset, ChecksumLength);
            var sum = Sum(block);
            return written == sum || written == sum - (256 * CountLarge(block)); // old writers summed signed bytes
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    // The sum of the bytes, with blanks instead of the checksum. A word of the block has four sums of 16 bits, which 512 bytes do not exceed.
    private static long Sum(byte[] block)
    {
        const ulong lanes = 0x00FF00FF00FF00FF;
        ulong sums = 0;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(block.AsSpan(0, Size))) sums += (word & lanes) + ((word >> 8) & lanes);
        var sum = (long)((sums & 0xFFFF) + ((sums >> 16) & 0xFFFF) + ((sums >> 32) & 0xFFFF) + (sums >> 48));
        foreach (var value in block.AsSpan(ChecksumOffset, ChecksumLength)) sum += ' ' - value;
        return sum;
    }

    private static long CountLarge(byte[] block)
    {
        var count = 0;
        for (var i = 0; i < Size; i++)
        {
            if (block[i] >= 128 && i is < ChecksumOffset or >= ChecksumOffset + ChecksumLength) count++;
        }

        return count;
    }

    public static bool IsZero(byte[] block) => Array.TrueForAll(block, b => b == 0);

    /// <summary>FNV-1a over the words of a block. The upper half of each product, which the next one would not spread, is added to the lower half.</summary>
    public static ulong StampOf(byte[] block)
    {
        var sum = 14695981039346656037UL;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(block.AsSpan(0, Size)))
        {
            sum = unchecked((sum ^ word) * 1099511628211UL);
            sum ^= sum >> 32;
        }

        return sum;
    }

    /// <summary>Reads the name.</summary>
    public string ReadName(ref bool isValid)
    {
        var name = TarText.Read(_block, 0, LongestName, ref isValid);
        var prefix = IsUstar ? TarText.Read(_block, 345, 155, ref isValid) : "";
        return prefix.Length == 0 ? name : prefix + "/" + name;
    }

    /// <summary>Reads the target of a link.</summary>
    public string ReadLinkTarget(ref bool isValid) => TarText.Read(_block, 157, LongestName, ref isValid);

    /// <summary>
    /// Makes a header. Owner, group and time that are not given, or do not fit, are zero. A name or link target that does not fit is shortened and stripped of other
    /// characters than ASCII, because a pax header before this one has the complete text.
    /// </summary>
    public static byte[] Make(string name, char type, int mode, long length, string link = "", TarAttributes attributes = default, (long Major, long Minor) device = default)
    {
        var block = new byte[Size];
        Ascii(block, 0, name);
        Octal(block, 100, 8, mode);
        Octal(block, 108, 8, Fitting(attributes.UserId, LargestOwner));
        Octal(block, 116, 8, Fitting(attributes.GroupId, LargestOwner));
        Octal(block, 124, 12, length);
        Octal(block, 136, 12, Fitting(attributes.Modified?.ToUnixTimeSeconds(), LongestLength));
        block[156] = (byte)type;
        Ascii(block, 157, link);
        "ustar\000"u8.CopyTo(block.AsSpan(257));
        block[263] = block[264] = (byte)'0';
        Octal(block, 329, 8, Fitting(device.Major, LargestOwner));
        Octal(block, 337, 8, Fitting(device.Minor, LargestOwner));
        block.AsSpan(ChecksumOffset, ChecksumLength).Fill((byte)' ');
        var sum = 0;
        foreach (var value in block) sum += value;
        Octal(block, ChecksumOffset, 7, sum);
        return block;
    }

    private static long Fitting(long? value, long largest) => value is { } number && number >= 0 && number <= largest ? number : 0;

    private static void Ascii(byte[] block, int offset, string text)
    {
        for (var i = 0; i < LongestName && i < text.Length; i++) block[offset + i] = text[i] < 128 ? (byte)text[i] : (byte)'_';
    }

    private static void Octal(byte[] block, int offset, int length, long value)
    {
        var digits = Convert.ToString(value, 8).PadLeft(length - 1, '0');
        Encoding.ASCII.GetBytes(digits, 0, digits.Length, block, offset);
        block[offset + length - 1] = 0;
    }

    private long? NumberOrNull(int offset, int length)
    {
        try
        {
            return Number(_block, offset, length);
        }
        catch (Exception e) when (e is InvalidDataException or OverflowException)
        {
            return null;
        }
    }

    // Octal digits with blanks or zero bytes around them. With the highest bit set, a number of base 256 (GNU tar, star).
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
            if (block[at] is not ((byte)' ' or 0)) throw new InvalidDataException("a numeric field of a header is malformed");
        }

        return value;
    }

    // Two's complement, big-endian. The highest bit only marks the format; the next one is the sign.
    private static long Base256(byte[] block, int offset, int length)
    {
        var isNegative = (block[offset] & 0x40) != 0;
        long value = isNegative ? -1 : 0;
        for (var i = offset; i < offset + length; i++)
        {
            if (value >> 55 != (isNegative ? -1 : 0)) throw new InvalidDataException("a number in a header needs more than 64 bits");
            value = (value << 8) | (uint)(isNegative || i > offset ? block[i] : block[i] & 0x7F);
        }

        return value;
    }
}
