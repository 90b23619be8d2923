using System;
using System.Runtime.InteropServices;

namespace OciLayout.Storage;

/// <summary>
/// Digests as they are written in <c>index.json</c>. Nearly all are sha256 without escapes; those are checked, compared and found as bytes,
/// since most entries of a large index are never asked for theirs.
/// </summary>
internal static class DigestText
{
    /// <summary>What no digest is longer than.</summary>
    public const int MaxLength = 512;

    /// <summary>How long one of sha256 is.</summary>
    public const int PlainLength = 7 + HexLength;

    private const int HexLength = 64;

    // Another one in every process, so that no file can be made in which all have the same hash.
    private static readonly ulong Seed = (uint)StringComparer.Ordinal.GetHashCode("sha256:") | ((ulong)(uint)StringComparer.Ordinal.GetHashCode(":sha256") << 32);

    private static ReadOnlySpan<byte> Prefix => "sha256:"u8;

    /// <summary>Whether it is a sha256 digest beyond doubt; of what is not, nothing is said.</summary>
    public static bool IsPlain(ReadOnlySpan<byte> text)
    {
        if (text.Length != PlainLength || !text.StartsWith(Prefix)) return false;
        foreach (var c in text.Slice(Prefix.Length))
        {
            if (c is not ((>= (byte)'0' and <= (byte)'9') or (>= (byte)'a' and <= (byte)'f'))) return false;
        }

        return true;
    }

    /// <summary>The text of a digest, in the beginning of a buffer of <see cref="MaxLength"/> bytes.</summary>
    public static ReadOnlySpan<byte> Of(Digest digest, Span<byte> buffer)
    {
        var text = digest.ToString(); // ASCII: its grammar has nothing else
        for (var i = 0; i < text.Length; i++) buffer[i] = (byte)text[i];
        return buffer.Slice(0, text.Length);
    }

    /// <summary>A hash of the text, for this process only.</summary>
    public static int Hash(ReadOnlySpan<byte> text)
    {
        const ulong factor = 0x9E3779B97F4A7C15;
        var hash = Seed;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(text)) hash = Mix(hash ^ word);
        for (var i = text.Length & ~7; i < text.Length; i++) hash = Mix(hash ^ text[i]);
        return (int)(hash >> 32);

        static ulong Mix(ulong value)
        {
            value *= factor;
            return value ^ (value >> 29);
        }
    }

    /// <summary>Whether it is what a string says.</summary>
    public static bool Says(ReadOnlySpan<byte> text, string other)
    {
        if (text.Length != other.Length) return false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != other[i]) return false;
        }

        return true;
    }
}
