using System;
using System.Runtime.InteropServices;

namespace OciLayout.Storage;

/// <summary>
/// Digests as they are written in <c>index.json</c>. They are checked, compared and found as text there, since most entries of a large index
/// are never asked for theirs.
/// </summary>
internal static class DigestText
{
    /// <summary>A hash of the text, for this process only.</summary>
    public static int Hash(ReadOnlySpan<byte> text)
    {
        var hash = Hash256.Seed;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(text)) hash = Hash256.Mix(hash ^ word);
        for (var i = text.Length & ~7; i < text.Length; i++) hash = Hash256.Mix(hash ^ text[i]);
        return (int)(hash >> 32);
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
