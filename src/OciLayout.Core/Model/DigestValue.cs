using System;
using System.Text;

namespace OciLayout.Model;

/// <summary>
/// The value of a digest. A sha256 digest is stored as its 32 bytes, because a process holds many of them and their text needs three times
/// the memory.
/// </summary>
internal class DigestValue : IEquatable<DigestValue>
{
    /// <summary>The value of a digest that names no content.</summary>
    public static readonly DigestValue None = OfText("");

    private readonly Hash256 _hash;

    public DigestValue(in Hash256 hash) => _hash = hash;

    /// <summary>The text of a digest of another algorithm; null for sha256.</summary>
    public string? Text => this is Other other ? other.Encoded : null;

    /// <summary>Creates the value of a digest of another algorithm than sha256.</summary>
    public static DigestValue OfText(string text) => new Other(text);

    /// <summary>The hash of a sha256 digest.</summary>
    public ref readonly Hash256 Hash => ref _hash;

    /// <summary>Returns the hash of a sha256 digest as hex.</summary>
    public string ToHex()
    {
        Span<char> hex = stackalloc char[Hash256.HexLength];
        _hash.Write(hex);
        return hex.ToString();
    }

    public bool Equals(DigestValue? other) =>
        ReferenceEquals(this, other) || (other is not null && _hash.Equals(other._hash) && string.Equals(Text, other.Text));

    public override bool Equals(object? obj) => Equals(obj as DigestValue);

    public override int GetHashCode() => _hash.GetHashCode();

    // Only provides the hash code. Hashing the text prevents digests that are chosen to collide.
    private static Hash256 HashOf(string text)
    {
        Span<byte> hash = stackalloc byte[Hash256.HexLength / 2];
        DigestAlgorithm.Sha256.Hash(Encoding.UTF8.GetBytes(text), hash);
        return Hash256.Of(hash);
    }

    // A separate class, so that sha256 values need no field for the text.
    private sealed class Other(string text) : DigestValue(HashOf(text))
    {
        public string Encoded => text;
    }
}
