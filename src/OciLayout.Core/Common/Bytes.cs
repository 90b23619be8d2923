using System;

namespace OciLayout.Common;

/// <summary>Helpers for byte arrays.</summary>
internal static class Bytes
{
    public static byte[] Join(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        var result = new byte[first.Length + second.Length];
        first.CopyTo(result);
        second.CopyTo(result.AsSpan(first.Length));
        return result;
    }
}
