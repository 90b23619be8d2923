using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace OciLayout.Images;

/// <summary>
/// Short keys of the paths of one image. An image can have a million paths, whose texts do not fit into the memory limit. The keys depend on a secret random
/// value, so an image cannot be made in which two paths have one key. They are SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF") of
/// the characters. Thread-safe.
/// </summary>
internal sealed class PathKeys
{
    /// <summary>The largest number of paths of an image, with the directories above its files. The marks of a path take about 15 bytes of memory.</summary>
    public const int MostPaths = 5_000_000;

    private readonly ulong _first;
    private readonly ulong _second;

    /// <param name="image">The image, for messages.</param>
    /// <param name="limit">The largest number of paths.</param>
    public PathKeys(Digest image, long limit = MostPaths)
    {
        Image = image;
        Limit = limit;
        var secret = new byte[16];
        using var random = RandomNumberGenerator.Create();
        random.GetBytes(secret);
        _first = MemoryMarshal.Read<ulong>(secret);
        _second = MemoryMarshal.Read<ulong>(secret.AsSpan(8));
    }

    /// <summary>Uses a known secret, for tests.</summary>
    internal PathKeys(Digest image, ulong first, ulong second) => (Image, Limit, _first, _second) = (image, MostPaths, first, second);

    /// <summary>The image.</summary>
    public Digest Image { get; }

    /// <summary>The largest number of paths.</summary>
    public long Limit { get; }

    /// <summary>Returns the key of a path.</summary>
    public ulong Of(ReadOnlySpan<char> path)
    {
        unchecked
        {
            var (v0, v1, v2, v3) = (_first ^ 0x736f6d6570736575, _second ^ 0x646f72616e646f6d, _first ^ 0x6c7967656e657261, _second ^ 0x7465646279746573);
            var words = MemoryMarshal.Cast<char, ulong>(path);
            foreach (var word in words)
            {
                v3 ^= word;
                Round(ref v0, ref v1, ref v2, ref v3);
                Round(ref v0, ref v1, ref v2, ref v3);
                v0 ^= word;
            }

            var last = (ulong)path.Length << 57; // the number of bytes in the highest byte, as in the definition
            var shift = 0;
            foreach (var character in path.Slice(words.Length * 4))
            {
                last |= (ulong)character << shift;
                shift += 16;
            }

            v3 ^= last;
            Round(ref v0, ref v1, ref v2, ref v3);
            Round(ref v0, ref v1, ref v2, ref v3);
            v0 ^= last;
            v2 ^= 0xFF;
            for (var i = 0; i < 4; i++) Round(ref v0, ref v1, ref v2, ref v3);
            return v0 ^ v1 ^ v2 ^ v3;
        }
    }

    // Inlined, because calls take half of the time.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        unchecked
        {
            v0 += v1;
            v1 = Rotate(v1, 13) ^ v0;
            v0 = Rotate(v0, 32);
            v2 += v3;
            v3 = Rotate(v3, 16) ^ v2;
            v0 += v3;
            v3 = Rotate(v3, 21) ^ v0;
            v2 += v1;
            v1 = Rotate(v1, 17) ^ v2;
            v2 = Rotate(v2, 32);
        }
    }

    private static ulong Rotate(ulong value, int bits) => (value << bits) | (value >> (64 - bits));
}
