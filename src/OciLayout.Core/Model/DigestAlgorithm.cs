using System;
using System.Security.Cryptography;

namespace OciLayout;

/// <summary>
/// The digest algorithms under which content can be stored (image-spec, descriptor, "Registered algorithms"). oras-go also supports sha384.
/// </summary>
public enum DigestAlgorithm
{
    /// <summary>SHA-256, 64 hex digits. All tools support it.</summary>
    Sha256,

    /// <summary>SHA-384, 96 hex digits.</summary>
    Sha384,

    /// <summary>SHA-512, 128 hex digits.</summary>
    Sha512,
}

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

    public static IncrementalHash CreateHash(this DigestAlgorithm algorithm) => IncrementalHash.CreateHash(algorithm switch
    {
        DigestAlgorithm.Sha256 => HashAlgorithmName.SHA256,
        DigestAlgorithm.Sha384 => HashAlgorithmName.SHA384,
        _ => HashAlgorithmName.SHA512,
    });

    public static DigestAlgorithm? Find(ReadOnlySpan<char> name)
    {
        foreach (var algorithm in All)
        {
            if (name.SequenceEqual(algorithm.Name().AsSpan())) return algorithm;
        }

        return null;
    }
}
