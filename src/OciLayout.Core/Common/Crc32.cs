namespace OciLayout.Common;

/// <summary>Joins checksums of gzip (RFC 1952, section 8). The checksums themselves come from the compressor.</summary>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB88320;
    private const uint One = 1u << 31; // the highest bit is the coefficient of x^0
    private const uint X = 1u << 30;

    /// <summary>Returns the checksum of two parts together.</summary>
    /// <param name="first">The checksum of the first part.</param>
    /// <param name="second">The checksum of the second part.</param>
    /// <param name="length">The number of bytes of the second part.</param>
    public static uint Combine(uint first, uint second, long length)
    {
        // The bytes of the second part shift the first one by as many bits.
        var (shift, factor) = (One, X);
        for (var bits = length * 8; bits > 0; bits >>= 1)
        {
            if ((bits & 1) != 0) shift = Multiply(shift, factor);
            factor = Multiply(factor, factor);
        }

        return Multiply(shift, first) ^ second;
    }

    // The product of two polynomials modulo that of CRC-32.
    private static uint Multiply(uint a, uint b)
    {
        uint product = 0;
        for (; a != 0; a <<= 1)
        {
            if ((a & One) != 0) product ^= b;
            b = (b & 1) != 0 ? (b >> 1) ^ Polynomial : b >> 1;
        }

        return product;
    }
}
