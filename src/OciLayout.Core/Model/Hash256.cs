using System;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace OciLayout.Model;

/// <summary>A hash of 32 bytes, stored as four numbers. They compare like the hex text.</summary>
internal readonly struct Hash256 : IEquatable<Hash256>, IComparable<Hash256>
{
    public const int HexLength = 64;

    private const ulong Nibbles = 0x0F0F0F0F0F0F0F0F;
    private const ulong Ones = 0x0101010101010101;

    // Random numbers of this process. Without knowing them, an attacker cannot choose hashes whose codes collide more often than those of
    // random hashes (Lemire and Kaser, "Strongly universal string hashing is fast").
    private static readonly ulong[] Key = NewKey();

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

    /// <summary>Creates a hash from its 32 bytes.</summary>
    public static Hash256 Of(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64BigEndian(bytes),
        BinaryPrimitives.ReadUInt64BigEndian(bytes.Slice(8)),
        BinaryPrimitives.ReadUInt64BigEndian(bytes.Slice(16)),
        BinaryPrimitives.ReadUInt64BigEndian(bytes.Slice(24)));

    /// <summary>Parses 64 lower-case hex digits. Returns false for any other text.</summary>
    public static bool TryParse(ReadOnlySpan<byte> hex, out Hash256 hash)
    {
        hash = default;
        if (hex.Length != HexLength) return false;
        if (!TryParseWord(hex, out var first) || !TryParseWord(hex.Slice(16), out var second)) return false;
        if (!TryParseWord(hex.Slice(32), out var third) || !TryParseWord(hex.Slice(48), out var fourth)) return false;
        hash = new Hash256(first, second, third, fourth);
        return true;
    }

    /// <summary>Parses 64 lower-case hex digits. Returns false for any other text.</summary>
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

    public override int GetHashCode()
    {
        var key = Key;
        var sum = key[8]
            + (key[0] * (uint)_first) + (key[1] * (_first >> 32)) + (key[2] * (uint)_second) + (key[3] * (_second >> 32))
            + (key[4] * (uint)_third) + (key[5] * (_third >> 32)) + (key[6] * (uint)_fourth) + (key[7] * (_fourth >> 32));
        sum = (sum ^ (sum >> 32)) * 0x9E3779B97F4A7C15; // spreads sums at equal distances
        return (int)(sum >> 32);
    }

    public int CompareTo(Hash256 other)
    {
        if (_first != other._first) return _first.CompareTo(other._first);
        if (_second != other._second) return _second.CompareTo(other._second);
        return _third != other._third ? _third.CompareTo(other._third) : _fourth.CompareTo(other._fourth);
    }

    private static ulong[] NewKey()
    {
        var bytes = new byte[9 * sizeof(ulong)];
        using (var random = RandomNumberGenerator.Create()) random.GetBytes(bytes);
        var key = new ulong[9];
        for (var i = 0; i < key.Length; i++) key[i] = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(i * sizeof(ulong)));
        return key;
    }

    // Converts eight digits at a time. Converting the values back detects characters that are not lower-case hex digits.
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
