using System;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Security.Cryptography;
using OciLayout.Common;
using OciLayout.Model;

namespace OciLayout;

/// <summary>
/// A validated content digest, <c>algorithm:encoded</c> (image-spec, descriptor, "Digests"). Digests of other algorithms, such as blake3,
/// are accepted if they match the grammar, but cannot be verified: see <see cref="IsVerifiable"/>.
/// </summary>
[SuppressMessage("Design", "CA1036:Override methods on comparable types", Justification = "The order serves sorting only. Operators would suggest that digests have a size.")]
public readonly struct Digest : IEquatable<Digest>, IComparable<Digest>, IComparable
{
    /// <summary>The limit of the length of a digest. Digests of real algorithms are much shorter.</summary>
    private const int MaxLength = 512;

    /// <summary>The length of the text of a sha256 digest.</summary>
    internal const int PlainLength = 7 + Hash256.HexLength;

    private readonly DigestValue? _value;

    private Digest(DigestValue value) => _value = value;

    private static ReadOnlySpan<byte> PlainPrefix => "sha256:"u8;

    /// <summary>
    /// The key of this digest in sets and maps. The code of collections over this reference type comes precompiled with .NET; each process
    /// compiles those over the struct (rows <c>predecessors-first</c> and <c>referrers-10000</c> of docs/performance.md).
    /// </summary>
    internal DigestValue Value => _value ?? DigestValue.None;

    /// <summary>Whether this is the default value, which names no content.</summary>
    public bool IsEmpty => _value is null;

    /// <summary>The part before the colon, such as <c>sha256</c>.</summary>
    public string Algorithm => _value is null ? "" : _value.Text is { } text ? text.Substring(0, text.IndexOf(':')) : "sha256";

    /// <summary>The part after the colon. For stored content it is the hash in lower-case hex.</summary>
    public string Encoded
    {
        get
        {
            if (_value is null) return "";
            return _value.Text is { } text ? text.Substring(text.IndexOf(':') + 1) : _value.ToHex();
        }
    }

    /// <summary>Whether content can be stored and verified under this digest.</summary>
    public bool IsVerifiable => KnownAlgorithm is not null;

    internal DigestAlgorithm? KnownAlgorithm =>
        _value is null ? null : _value.Text is { } text ? DigestAlgorithms.Find(text.AsSpan(0, text.IndexOf(':'))) : DigestAlgorithm.Sha256;

    /// <summary>Parses a digest.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidDigest"/>: the text is not a digest.</exception>
    public static Digest Parse(string text)
    {
        var problem = Check(Guard.NotNull(text), out var digest);
        if (problem is null) return digest;
        var shown = Shorten(text);
        throw ReferenceErrors.InvalidDigest(shown, problem);
    }

    /// <summary>Parses a digest. Returns false if the text is not a digest.</summary>
    public static bool TryParse(string? text, out Digest digest) => Check(text, out digest) is null;

    /// <summary>Computes the digest of bytes.</summary>
    public static Digest Compute(ReadOnlySpan<byte> content, DigestAlgorithm algorithm = DigestAlgorithm.Sha256)
    {
        Span<byte> hash = stackalloc byte[algorithm.HexLength() / 2];
        algorithm.Hash(content, hash);
        return FromHash(hash, algorithm);
    }

    /// <summary>Returns the digest of the bytes that were appended so far, and resets the hash.</summary>
    internal static Digest FromHash(IncrementalHash hash, DigestAlgorithm algorithm) => FromHash(hash.GetHashAndReset(), algorithm);

    /// <summary>Returns whether this is the digest of the given bytes.</summary>
    internal bool IsOf(ReadOnlySpan<byte> content, DigestAlgorithm algorithm)
    {
        if (_value is null || KnownAlgorithm != algorithm) return false;
        Span<byte> hash = stackalloc byte[algorithm.HexLength() / 2];
        algorithm.Hash(content, hash);
        return _value.Text is null ? _value.Hash.Equals(Hash256.Of(hash)) : FromHash(hash, algorithm) == this;
    }

    private static Digest FromHash(ReadOnlySpan<byte> bytes, DigestAlgorithm algorithm)
    {
        if (algorithm == DigestAlgorithm.Sha256) return new Digest(new DigestValue(Hash256.Of(bytes)));
        var name = algorithm.Name();
        var text = new char[name.Length + 1 + (bytes.Length * 2)];
        name.CopyTo(0, text, 0, name.Length);
        text[name.Length] = ':';
        for (var i = 0; i < bytes.Length; i++)
        {
            text[name.Length + 1 + (2 * i)] = "0123456789abcdef"[bytes[i] >> 4];
            text[name.Length + 2 + (2 * i)] = "0123456789abcdef"[bytes[i] & 15];
        }

        return new Digest(DigestValue.OfText(new string(text)));
    }

    /// <summary>
    /// Creates a digest from an algorithm and the name of a file in its directory. Returns false if stored content cannot have this name.
    /// </summary>
    internal static bool TryFromFile(DigestAlgorithm algorithm, FileName file, out Digest digest)
    {
        if (file.Hash is not { } value || algorithm != DigestAlgorithm.Sha256) return TryFromFile(algorithm, file.ToString(), out digest);
        digest = new Digest(value);
        return true;
    }

    /// <summary>
    /// Creates a digest from an algorithm and the name of a file in its directory. Returns false if stored content cannot have this name.
    /// </summary>
    internal static bool TryFromFile(DigestAlgorithm algorithm, string fileName, out Digest digest)
    {
        digest = default;
        if (algorithm == DigestAlgorithm.Sha256)
        {
            if (!Hash256.TryParse(fileName.AsSpan(), out var hash)) return false;
            digest = new Digest(new DigestValue(hash));
            return true;
        }

        if (fileName.Length != algorithm.HexLength() || !IsLowerHex(fileName.AsSpan())) return false;
        digest = new Digest(DigestValue.OfText(algorithm.Name() + ":" + fileName));
        return true;
    }

    /// <summary>Parses a sha256 digest. Returns false for any other text, including digests of other algorithms.</summary>
    /// <param name="text">The text.</param>
    /// <param name="remembered">The cache of earlier digests, whose length is a power of two. A digest found there is not allocated
    /// again.</param>
    /// <param name="digest">The digest.</param>
    internal static bool TryParsePlain(ReadOnlySpan<byte> text, Digest[] remembered, out Digest digest)
    {
        digest = default;
        if (!TryParsePlain(text, out Hash256 hash)) return false;
        ref var place = ref remembered[hash.GetHashCode() & (remembered.Length - 1)];
        if (place._value is not { Text: null } value || !value.Hash.Equals(hash)) place = new Digest(new DigestValue(hash));
        digest = place;
        return true;
    }

    /// <summary>Parses a sha256 digest. Returns false for any other text, including digests of other algorithms.</summary>
    internal static bool TryParsePlain(ReadOnlySpan<byte> text, out Digest digest)
    {
        var isPlain = TryParsePlain(text, out Hash256 hash);
        digest = isPlain ? new Digest(new DigestValue(hash)) : default;
        return isPlain;
    }

    private static bool TryParsePlain(ReadOnlySpan<byte> text, out Hash256 hash)
    {
        hash = default;
        return text.Length == PlainLength && text.StartsWith(PlainPrefix) && Hash256.TryParse(text.Slice(PlainPrefix.Length), out hash);
    }

    /// <summary>Returns the text, escaped and cut to a length that an error message or a log can hold.</summary>
    internal static string Shorten(string? text)
    {
        const int most = 160;
        if (text is null || text.Length <= most) return PrintableText.Escape(text);
        return PrintableText.Escape(text.Substring(0, char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)) + "...";
    }

    private static string? Check(string? text, out Digest digest)
    {
        digest = default;
        if (string.IsNullOrEmpty(text)) return "it is empty";
        if (text!.Length > MaxLength) return $"it has {text.Length} characters, and the limit is {MaxLength}";
        var colon = text.IndexOf(':');
        if (colon <= 0 || colon == text.Length - 1) return "it does not have an algorithm, a colon and an encoded part";
        var algorithm = text.AsSpan(0, colon);
        var encoded = text.AsSpan(colon + 1);
        if (!IsAlgorithm(algorithm)) return "the part before the colon is not the name of an algorithm";
        if (DigestAlgorithms.Find(algorithm) is { } known)
        {
            if (encoded.Length != known.HexLength()) return $"{known.Name()} needs {known.HexLength()} hex digits, not {encoded.Length}";
            if (!IsLowerHex(encoded)) return "the part after the colon is not lower-case hex";
        }
        else if (!IsEncoded(encoded))
        {
            return "the part after the colon has characters that are not allowed";
        }

        digest = new Digest(Hash256.TryParse(encoded, out var hash) && algorithm.SequenceEqual("sha256".AsSpan()) ? new DigestValue(hash) : DigestValue.OfText(text));
        return null;
    }

    internal static bool IsLowerHex(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (c is not ((>= '0' and <= '9') or (>= 'a' and <= 'f'))) return false;
        }

        return true;
    }

    // algorithm ::= component (separator component)*, component ::= [a-z0-9]+, separator ::= [+._-]
    private static bool IsAlgorithm(ReadOnlySpan<char> text)
    {
        var afterSeparator = true;
        foreach (var c in text)
        {
            if (c is (>= 'a' and <= 'z') or (>= '0' and <= '9')) afterSeparator = false;
            else if (c is '+' or '.' or '_' or '-' && !afterSeparator) afterSeparator = true;
            else return false;
        }

        return !afterSeparator && text.Length < 128;
    }

    // encoded ::= [a-zA-Z0-9=_-]+
    private static bool IsEncoded(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (c is not ((>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '=' or '_' or '-')) return false;
        }

        return text.Length > 0;
    }

    /// <inheritdoc/>
    public bool Equals(Digest other) => ReferenceEquals(_value, other._value) || (_value is not null && _value.Equals(other._value));

    /// <summary>Returns whether an object is the same digest. A text never is: it would have another hash code.</summary>
    public override bool Equals(object? obj) => obj is Digest other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _value is null ? 0 : _value.GetHashCode();

    /// <inheritdoc/>
    public int CompareTo(Digest other) => _value is { Text: null } && other._value is { Text: null }
        ? _value.Hash.CompareTo(other._value.Hash)
        : string.CompareOrdinal(ToString(), other.ToString());

    /// <inheritdoc/>
    public int CompareTo(object? obj) => obj switch
    {
        null => 1,
        Digest other => CompareTo(other),
        _ => throw new ArgumentException("A digest can be compared only with a digest.", nameof(obj)),
    };

    /// <summary>Returns the path of the content's file.</summary>
    /// <param name="blobs">The parent directory of all algorithm directories, with a separator at the end.</param>
    /// <param name="plain">The directory of sha256, with a separator at the end.</param>
    internal FilePath ToPath(string blobs, string plain) =>
        _value is { Text: null } ? FilePath.OfBlob(plain, _value) : blobs + Algorithm + Path.DirectorySeparatorChar + Encoded;

    /// <summary>Returns whether a text is this digest.</summary>
    internal bool Says(string text) => (_value is not { Text: null } || text.Length == PlainLength) && text == ToString();

    /// <summary>Returns the digest as text.</summary>
    public override string ToString()
    {
        if (_value is null) return "";
        if (_value.Text is { } text) return text;
        Span<char> plain = stackalloc char[PlainLength];
        "sha256:".AsSpan().CopyTo(plain);
        _value.Hash.Write(plain.Slice(PlainLength - Hash256.HexLength));
        return plain.ToString();
    }

    /// <summary>Writes the text of a sha256 digest: <see cref="PlainLength"/> bytes.</summary>
    internal void WritePlain(Span<byte> text)
    {
        PlainPrefix.CopyTo(text);
        _value!.Hash.Write(text.Slice(PlainPrefix.Length));
    }

    /// <summary>Returns whether two digests are equal.</summary>
    public static bool operator ==(Digest left, Digest right) => left.Equals(right);

    /// <summary>Returns whether two digests differ.</summary>
    public static bool operator !=(Digest left, Digest right) => !left.Equals(right);
}
