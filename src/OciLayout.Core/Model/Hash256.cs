using System;
using System.Buffers.Binary;

namespace OciLayout;

/// <summary>A hash of 32 bytes, as four numbers that compare as its text does.</summary>
internal readonly struct Hash256 : IEquatable<Hash256>, IComparable<Hash256>
{
    public const int HexLength = 64;

    private const ulong Nibbles = 0x0F0F0F0F0F0F0F0F;
    private const ulong Ones = 0x0101010101010101;

    // Another one in every process, so that no file can be made in which all have the same hash code.
    private static readonly ulong Seed = (uint)StringComparer.Ordinal.GetHashCode("sha256:") | ((ulong)(uint)StringComparer.Ordinal.GetHashCode(":sha256") << 32);

    private readonly ulong _first;
    private readonly ulong _second;
    private readonly ulong _third;
    private readonly ulong _fourth;

    private Hash256(ulong first, ulong second, ulong third, ulong fourth)
    {
        _first = first;
        _second = second;
        _third = third;
        _fourth = fourth;
    }

    /// <summary>One that only stands for something else, by its hash code.</summary>
    public static Hash256 Standing(int hashCode) => new((ulong)hashCode, 0, 0, 0);

    /// <summary>Takes the 32 bytes of a hash.</summary>
    public static Hash256 Of(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64BigEndian(bytes),
        BinaryPrimitives.ReadUInt64BigEndian(bytes.Slice(8)),
        BinaryPrimitives.ReadUInt64BigEndian(bytes.Slice(16)),
        BinaryPrimitives.ReadUInt64BigEndian(bytes.Slice(24)));

    /// <summary>Reads 64 lower-case hex digits; false when it is anything else.</summary>
    public static bool TryParse(ReadOnlySpan<byte> hex, out Hash256 hash)
    {
        hash = default;
        if (hex.Length != HexLength) return false;
        if (!TryParseWord(hex, out var first) || !TryParseWord(hex.Slice(16), out var second)) return false;
        if (!TryParseWord(hex.Slice(32), out var third) || !TryParseWord(hex.Slice(48), out var fourth)) return false;
        hash = new Hash256(first, second, third, fourth);
        return true;
    }

    /// <summary>Reads 64 lower-case hex digits; false when it is anything else.</summary>
    public static bool TryParse(ReadOnlySpan<char> hex, out Hash256 hash)
    {
        hash = default;
        if (hex.Length != HexLength) return false;
        Span<byte> bytes = stackalloc byte[HexLength];
        for (var i = 0; i < HexLength; i++) bytes[i] = hex[i] < 0x80 ? (byte)hex[i] : (byte)0;
        return TryParse(bytes, out hash);
    }

    /// <summary>Writes 64 hex digits.</summary>
    public void Write(Span<byte> hex)
    {
        WriteWord(_first, hex);
        WriteWord(_second, hex.Slice(16));
        WriteWord(_third, hex.Slice(32));
        WriteWord(_fourth, hex.Slice(48));
    }

    /// <summary>Writes 64 hex digits.</summary>
    public void Write(Span<char> hex)
    {
        Span<byte> bytes = stackalloc byte[HexLength];
        Write(bytes);
        for (var i = 0; i < HexLength; i++) hex[i] = (char)bytes[i];
    }

    public bool Equals(Hash256 other) => _first == other._first && _second == other._second && _third == other._third && _fourth == other._fourth;

    public override bool Equals(object? obj) => obj is Hash256 other && Equals(other);

    public override int GetHashCode() => (int)(Mix(Mix(Mix(Mix(Seed ^ _first) ^ _second) ^ _third) ^ _fourth) >> 32);

    public int CompareTo(Hash256 other)
    {
        if (_first != other._first) return _first.CompareTo(other._first);
        if (_second != other._second) return _second.CompareTo(other._second);
        return _third != other._third ? _third.CompareTo(other._third) : _fourth.CompareTo(other._fourth);
    }

    private static ulong Mix(ulong value)
    {
        value *= 0x9E3779B97F4A7C15;
        return value ^ (value >> 29);
    }

    // Eight digits at a time, each in its byte: what they are worth, and back again to see that nothing else was there.
    private static bool TryParseWord(ReadOnlySpan<byte> hex, out ulong value)
    {
        var high = BinaryPrimitives.ReadUInt64LittleEndian(hex);
        var low = BinaryPrimitives.ReadUInt64LittleEndian(hex.Slice(8));
        ulong highDigits = Worth(high), lowDigits = Worth(low);
        value = ((ulong)Pack(highDigits) << 32) | Pack(lowDigits);
        return ((highDigits | lowDigits) & ~Nibbles) == 0 && Text(highDigits) == high && Text(lowDigits) == low;
    }

    private static void WriteWord(ulong value, Span<byte> hex)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(hex, Text(Unpack((uint)(value >> 32))));
        BinaryPrimitives.WriteUInt64LittleEndian(hex.Slice(8), Text(Unpack((uint)value)));
    }

    private static ulong Worth(ulong text) => (text & Nibbles) + (9 * ((text >> 6) & Ones));

    private static ulong Text(ulong digits) => digits + (0x30 * Ones) + (('a' - '0' - 10) * (((digits + (6 * Ones)) >> 4) & Ones));

    private static uint Pack(ulong digits)
    {
        var bytes = ((digits << 4) | (digits >> 8)) & 0x00FF00FF00FF00FF;
        bytes = (bytes | (bytes >> 8)) & 0x0000FFFF0000FFFF;
        return BinaryPrimitives.ReverseEndianness((uint)(bytes | (bytes >> 16)));
    }

    private static ulong Unpack(uint value)
    {
        ulong bytes = BinaryPrimitives.ReverseEndianness(value);
        bytes = (bytes | (bytes << 16)) & 0x0000FFFF0000FFFF;
        bytes = (bytes | (bytes << 8)) & 0x00FF00FF00FF00FF;
        return ((bytes >> 4) & 0x000F000F000F000F) | ((bytes & 0x000F000F000F000F) << 8);
    }
}
