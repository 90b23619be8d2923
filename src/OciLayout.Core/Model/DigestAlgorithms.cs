using System;
using System.Security.Cryptography;
using OciLayout.Common;

namespace OciLayout.Model;

internal static class DigestAlgorithms
{
    public static readonly DigestAlgorithm[] All = [DigestAlgorithm.Sha256, DigestAlgorithm.Sha384, DigestAlgorithm.Sha512];

    public static string Name(this DigestAlgorithm algorithm) => algorithm switch
    {
        DigestAlgorithm.Sha256 => "sha256",
        DigestAlgorithm.Sha384 => "sha384",
        DigestAlgorithm.Sha512 => "sha512",
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
    };

    public static int HexLength(this DigestAlgorithm algorithm) => algorithm switch
    {
        DigestAlgorithm.Sha256 => 64,
        DigestAlgorithm.Sha384 => 96,
        _ => 128,
    };

    public static IncrementalHash CreateHash(this DigestAlgorithm algorithm) => IncrementalHash.CreateHash(algorithm.FrameworkName());

    /// <summary>Hashes bytes in one call.</summary>
    public static void Hash(this DigestAlgorithm algorithm, ReadOnlySpan<byte> bytes, Span<byte> into) => Polyfill.Hash(algorithm.FrameworkName(), bytes, into);

    public static DigestAlgorithm? Find(ReadOnlySpan<char> name)
    {
        foreach (var algorithm in All)
        {
            if (name.SequenceEqual(algorithm.Name().AsSpan())) return algorithm;
        }

        return null;
    }

    private static HashAlgorithmName FrameworkName(this DigestAlgorithm algorithm) => algorithm switch
    {
        DigestAlgorithm.Sha256 => HashAlgorithmName.SHA256,
        DigestAlgorithm.Sha384 => HashAlgorithmName.SHA384,
        _ => HashAlgorithmName.SHA512,
    };
}
