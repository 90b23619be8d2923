using System;
using OciLayout.Common;

namespace OciLayout.Model;

/// <summary>
/// The name of a directory entry. The name of a sha256 blob is stored as the 32 bytes of its hash, because listings are long and the text
/// needs three times the memory.
/// </summary>
internal readonly struct FileName : IEquatable<FileName>
{
    private readonly object? _value;

    private FileName(object value) => _value = value;

    /// <summary>Creates a name from the bytes that Unix returns.</summary>
    public static FileName Of(ReadOnlySpan<byte> utf8) =>
        Hash256.TryParse(utf8, out var hash) ? new FileName(new DigestValue(hash)) : new FileName(utf8.DecodeUtf8());

    public static implicit operator FileName(string name) => new(name);

    /// <summary>The hash in the name; null if the name is not a sha256 hash in hex.</summary>
    public DigestValue? Hash => _value as DigestValue;

    public bool Equals(FileName other) => ToString() == other.ToString();

    public override bool Equals(object? obj) => obj is FileName other && Equals(other);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(ToString());

    public override string ToString() => _value is DigestValue hash ? hash.ToHex() : _value as string ?? "";
}
