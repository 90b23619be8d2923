using System;

namespace OciLayout.Images;

/// <summary>The limit for the size of layers after decompression. A small layer can decompress to any size.</summary>
internal static class UnpackLimit
{
    private const long AlwaysAllowed = 64L << 20;

    /// <summary>The largest growth, as a factor. gzip does not compress more than that.</summary>
    private const int LargestGrowth = 1100;

    /// <summary>Returns the largest number of bytes to which stored bytes may decompress.</summary>
    public static long Of(long stored) => Math.Max(AlwaysAllowed, stored > long.MaxValue / LargestGrowth ? long.MaxValue : stored * LargestGrowth);
}
