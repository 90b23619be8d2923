using System;

namespace OciLayout.Storage;

/// <summary>
/// The name of a directory entry. The names of blobs are kept as the 32 bytes that they say, since a store lists many, and their text would
/// take three times the memory.
/// </summary>
internal readonly struct FileName : IEquatable<FileName>
{
    private readonly object? _value;

    private FileName(object value) => _value = value;

    /// <summary>A name as Unix has it.</summary>
    public static FileName Of(ReadOnlySpan<byte> utf8) =>
        Hash256.TryParse(utf8, out var hash) ? new FileName(new DigestValue(hash)) : new FileName(utf8.DecodeUtf8());

    public static implicit operator FileName(string name) => new(name);

    /// <summary>The hash that it says, when it is kept as one.</summary>
    public DigestValue? Hash => _value as DigestValue;

    public bool Equals(FileName other) => ToString() == other.ToString();

    public override bool Equals(object? obj) => obj is FileName other && Equals(other);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(ToString());

    public override string ToString() => _value is DigestValue hash ? hash.ToHex() : _value as string ?? "";
}
