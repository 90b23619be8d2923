using System;
using System.Security.Cryptography;
using System.Text;

namespace OciLayout;

/// <summary>
/// A validated content digest, <c>algorithm:encoded</c> (image-spec, descriptor, "Digests"). Digests of algorithms that
/// cannot be verified here (blake3, say) are carried when they fit the grammar; <see cref="IsVerifiable"/> tells them apart.
/// </summary>
public readonly struct Digest : IEquatable<Digest>, IComparable<Digest>, IComparable
{
    /// <summary>No digest of a real algorithm comes near this; longer text is refused unread.</summary>
    private const int MaxLength = 512;

    private readonly string? _value;
    private readonly int _hash; // a digest is looked up far more often than it is made
    private readonly byte _separator;

    private Digest(string value, int separator)
    {
        _value = value;
        _hash = StringComparer.Ordinal.GetHashCode(value);
        _separator = (byte)separator;
    }

    /// <summary>True for <c>default</c>, which names nothing.</summary>
    public bool IsEmpty => _value is null;

    /// <summary>The part before the colon, such as <c>sha256</c>.</summary>
    public string Algorithm => _value is null ? "" : _value.Substring(0, _separator);

    /// <summary>The part after the colon: for stored content the hash in lower-case hex.</summary>
    public string Encoded => _value is null ? "" : _value.Substring(_separator + 1);

    /// <summary>Whether content can be stored and verified under this digest.</summary>
    public bool IsVerifiable => KnownAlgorithm is not null;

    internal DigestAlgorithm? KnownAlgorithm => _value is null ? null : DigestAlgorithms.Find(_value.AsSpan(0, _separator));

    /// <summary>Reads a digest.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidDigest"/>: the text is not a digest.</exception>
    public static Digest Parse(string text)
    {
        var problem = Check(text, out var digest);
        if (problem is null) return digest;
        var shown = Shorten(text);
        throw new OciException(OciErrorKind.InvalidDigest, $"'{shown}' is not a digest: {problem}.", shown)
        {
            Expected = "algorithm:encoded, such as sha256: and 64 lower-case hex digits",
            Actual = shown,
        };
    }

    /// <summary>Reads a digest; false when the text is none.</summary>
    public static bool TryParse(string? text, out Digest digest) => Check(text, out digest) is null;

    /// <summary>The digest of some bytes.</summary>
    public static Digest Compute(ReadOnlySpan<byte> content, DigestAlgorithm algorithm = DigestAlgorithm.Sha256)
    {
        Span<byte> hash = stackalloc byte[algorithm.HexLength() / 2];
        algorithm.Hash(content, hash);
        return FromHash(hash, algorithm);
    }

    /// <summary>Takes the hash of what was appended so far, and starts it anew.</summary>
    internal static Digest FromHash(IncrementalHash hash, DigestAlgorithm algorithm) => FromHash(hash.GetHashAndReset(), algorithm);

    /// <summary>Whether this is the digest of some bytes.</summary>
    internal bool IsOf(ReadOnlySpan<byte> content, DigestAlgorithm algorithm)
    {
        Span<byte> hash = stackalloc byte[algorithm.HexLength() / 2];
        algorithm.Hash(content, hash);
        if (_value is null || _value.Length - _separator - 1 != hash.Length * 2 || KnownAlgorithm != algorithm) return false;
        var hex = _value.AsSpan(_separator + 1);
        for (var i = 0; i < hash.Length; i++)
        {
            if (hex[2 * i] != "0123456789abcdef"[hash[i] >> 4] || hex[(2 * i) + 1] != "0123456789abcdef"[hash[i] & 15]) return false;
        }

        return true;
    }

    private static Digest FromHash(ReadOnlySpan<byte> bytes, DigestAlgorithm algorithm)
    {
        var name = algorithm.Name();
        var text = new char[name.Length + 1 + (bytes.Length * 2)];
        name.CopyTo(0, text, 0, name.Length);
        text[name.Length] = ':';
        for (var i = 0; i < bytes.Length; i++)
        {
            text[name.Length + 1 + (2 * i)] = "0123456789abcdef"[bytes[i] >> 4];
            text[name.Length + 2 + (2 * i)] = "0123456789abcdef"[bytes[i] & 15];
        }

        return new Digest(new string(text), name.Length);
    }

    /// <summary>A digest made of an algorithm's directory and a file name below it; false when they do not make one that content is stored under.</summary>
    internal static bool TryFromFile(DigestAlgorithm algorithm, string fileName, out Digest digest)
    {
        digest = default;
        if (fileName.Length != algorithm.HexLength() || !IsLowerHex(fileName.AsSpan())) return false;
        var name = algorithm.Name();
        digest = new Digest(name + ":" + fileName, name.Length);
        return true;
    }

    /// <summary>Cut to what an error message or a log can hold, control characters replaced.</summary>
    internal static string Shorten(string? text)
    {
        if (text is null) return "";
        const int most = 160;
        var shown = new StringBuilder(Math.Min(text.Length, most + 3));
        foreach (var c in text)
        {
            if (shown.Length == most) return shown.Append("...").ToString();
            shown.Append(char.IsControl(c) ? '\uFFFD' : c);
        }

        return shown.ToString();
    }

    private static string? Check(string? text, out Digest digest)
    {
        digest = default;
        if (string.IsNullOrEmpty(text)) return "it is empty";
        if (text!.Length > MaxLength) return $"it is {text.Length} characters long";
        var colon = text.IndexOf(':');
        if (colon <= 0 || colon == text.Length - 1) return "it has no algorithm and encoded part around a colon";
        var algorithm = text.AsSpan(0, colon);
        var encoded = text.AsSpan(colon + 1);
        if (!IsAlgorithm(algorithm)) return "the part before the colon is no algorithm name";
        if (DigestAlgorithms.Find(algorithm) is { } known)
        {
            if (encoded.Length != known.HexLength()) return $"{known.Name()} takes {known.HexLength()} hex digits, not {encoded.Length}";
            if (!IsLowerHex(encoded)) return "the part after the colon is not lower-case hex";
        }
        else if (!IsEncoded(encoded))
        {
            return "the part after the colon has characters that no digest has";
        }

        digest = new Digest(text, colon);
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
    public bool Equals(Digest other) => _hash == other._hash && string.Equals(_value, other._value);

    /// <summary>Equal to the same digest, and to its text: scripts compare with strings.</summary>
    public override bool Equals(object? obj) => obj is Digest other ? Equals(other) : obj is string text && text == _value;

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    /// <inheritdoc/>
    public int CompareTo(Digest other) => string.CompareOrdinal(_value, other._value);

    /// <inheritdoc/>
    public int CompareTo(object? obj) => obj switch
    {
        null => 1,
        Digest other => CompareTo(other),
        string text => string.CompareOrdinal(_value, text),
        _ => throw new ArgumentException("A digest compares with digests and strings only.", nameof(obj)),
    };

    /// <summary>The algorithm's directory and the file's name in it, after a prefix.</summary>
    internal string ToPath(string prefix, string separator = "/") => Polyfill.Concat(prefix.AsSpan(), _value.AsSpan(0, _separator), separator.AsSpan(), _value.AsSpan(_separator + 1));

    /// <summary>The digest as text.</summary>
    public override string ToString() => _value ?? "";

    /// <summary>Same digest.</summary>
    public static bool operator ==(Digest left, Digest right) => left.Equals(right);

    /// <summary>Another digest.</summary>
    public static bool operator !=(Digest left, Digest right) => !left.Equals(right);

    /// <summary>Ordinal order of the texts.</summary>
    public static bool operator <(Digest left, Digest right) => left.CompareTo(right) < 0;

    /// <summary>Ordinal order of the texts.</summary>
    public static bool operator >(Digest left, Digest right) => left.CompareTo(right) > 0;

    /// <summary>Ordinal order of the texts.</summary>
    public static bool operator <=(Digest left, Digest right) => left.CompareTo(right) <= 0;

    /// <summary>Ordinal order of the texts.</summary>
    public static bool operator >=(Digest left, Digest right) => left.CompareTo(right) >= 0;
}
