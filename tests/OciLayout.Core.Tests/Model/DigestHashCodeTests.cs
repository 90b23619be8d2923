using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Xunit;

namespace OciLayout.Tests.Model;

/// <summary>Tests that the hash codes of crafted digests collide as rarely as those of random digests.</summary>
public class DigestHashCodeTests
{
    private const int Count = 1 << 14;

    [Fact]
    public void Digests_that_differ_in_few_bits_rarely_share_a_hash_code() => AssertSpread(i => $"sha256:{i * 1L << 34:x16}{i * 1L << 50:x16}{0:x32}");

    [Fact]
    public void Digests_whose_halves_cancel_out_rarely_share_a_hash_code() =>
        // The digests of a pair differ in bits of the first and second word that cancel out in a hash of XOR, multiplication and shift.
        AssertSpread(i => string.Create(CultureInfo.InvariantCulture, $"sha256:{(ulong)(i >> 1) ^ ((ulong)(i & 1) << 63):x16}{((ulong)(i & 1) << 63) ^ ((ulong)(i & 1) << 34):x16}{0:x32}"));

    [Fact]
    public void Digests_of_other_algorithms_rarely_share_a_hash_code() => AssertSpread(i => $"sha512:{i:x128}");

    [Fact]
    public void Equal_digests_have_equal_hash_codes() =>
        Assert.All(["a"u8.ToArray(), "b"u8.ToArray()], content => Assert.All(
            [DigestAlgorithm.Sha256, DigestAlgorithm.Sha384, DigestAlgorithm.Sha512],
            algorithm => Assert.Equal(Digest.Compute(content, algorithm).GetHashCode(), Digest.Parse(Digest.Compute(content, algorithm).ToString()).GetHashCode())));

    private static void AssertSpread(System.Func<int, string> make)
    {
        var codes = new HashSet<int>(Enumerable.Range(0, Count).Select(i => Digest.Parse(make(i)).GetHashCode()));
        Assert.True(codes.Count > Count - 64, $"{codes.Count} codes of {Count} digests");
        Assert.True(codes.Select(c => c & (Count - 1)).Distinct().Count() > Count / 2, "the low bits do not spread");
    }
}
