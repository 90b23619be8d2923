using System.Collections.Generic;

namespace OciLayout.Common;

/// <summary>Adds sizes that documents state.</summary>
internal static class Sizes
{
    /// <summary>Returns the sum of sizes in bytes. A document can state any size, so the sum is at most the largest number.</summary>
    public static long Total(this IEnumerable<long> sizes)
    {
        var total = 0L;
        foreach (var size in sizes) total = Add(total, size);
        return total;
    }

    /// <summary>Returns the sum of two sizes in bytes, or the largest number.</summary>
    public static long Add(long one, long other) => other > long.MaxValue - one ? long.MaxValue : one + other;
}
