using System;
using System.Text;

namespace OciLayout;

/// <summary>
/// What a digest says. Nearly all are sha256, and those are kept as the 32 bytes that they are: a store holds many at once, and their text
/// would take three times the memory.
/// </summary>
internal class DigestValue : IEquatable<DigestValue>
{
    private readonly Hash256 _hash;

    public DigestValue(in Hash256 hash) => _hash = hash;

    /// <summary>The text of a digest of another algorithm than sha256; null for one of sha256.</summary>
    public string? Text => this is Other other ? other.Encoded : null;

    /// <summary>A digest of another algorithm.</summary>
    public static DigestValue OfText(string text) => new Other(text);

    /// <summary>The hash of a sha256 digest.</summary>
    public ref readonly Hash256 Hash => ref _hash;

    /// <summary>The hash of a sha256 digest as hex.</summary>
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

    // The hash of the text, for the hash code alone: digests that were chosen to collide must not do so here either.
    private static Hash256 HashOf(string text)
    {
        Span<byte> hash = stackalloc byte[Hash256.HexLength / 2];
        DigestAlgorithm.Sha256.Hash(Encoding.UTF8.GetBytes(text), hash);
        return Hash256.Of(hash);
    }

    // Apart, so that those of sha256 need no field for it.
    private sealed class Other(string text) : DigestValue(HashOf(text))
    {
        public string Encoded => text;
    }
}
