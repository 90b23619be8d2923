using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;

namespace OciLayout.Archives;

/// <summary>The records of a pax extended header (POSIX.1-2001): values that do not fit into the fields of a plain header.</summary>
internal sealed class PaxRecords
{
    private readonly Dictionary<string, string> _records = new(StringComparer.Ordinal);
    private bool _hasValidNames = true;

    private PaxRecords()
    {
    }

    /// <summary>The name. A sparse file has a made-up name in its header and the real one in a record of GNU tar.</summary>
    public string? Name => Find("GNU.sparse.name") ?? Find("path");

    public string? LinkTarget => Find("linkpath");

    /// <summary>Whether the name and the link target are valid UTF-8.</summary>
    public bool HasValidNames => _hasValidNames;

    /// <summary>The length of the data; null when the plain header states it.</summary>
    /// <exception cref="InvalidDataException">The value is not a number of bytes.</exception>
    public long? Length => Find("size") is not { } text ? null
        : Number("size") ?? throw new InvalidDataException($"an extended header has the size '{Digest.Shorten(text)}'");

    public long? UserId => Number("uid");

    public long? GroupId => Number("gid");

    /// <summary>The modification time in seconds since 1970, possibly negative or with a fraction.</summary>
    public decimal? Modified =>
        decimal.TryParse(Find("mtime"), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) ? seconds : null;

    /// <summary>Whether the data are the pieces of a sparse file.</summary>
    public bool IsSparse => _records.Keys.Any(k => k.StartsWith("GNU.sparse.", StringComparison.Ordinal));

    /// <summary>Parses records.</summary>
    /// <exception cref="InvalidDataException">The records are malformed.</exception>
    public static PaxRecords Read(byte[] data)
    {
        var result = new PaxRecords();
        for (var at = 0; at < data.Length && data[at] != 0;)
        {
            var blank = Array.IndexOf(data, (byte)' ', at);
            if (blank < 0 || blank - at > 7 || !int.TryParse(Ascii(data, at, blank - at), NumberStyles.None, CultureInfo.InvariantCulture, out var length)) throw Malformed();
            var end = at + length;
            var equals = blank + 1 < data.Length ? Array.IndexOf(data, (byte)'=', blank + 1) : -1;
            if (end > data.Length || equals < 0 || equals > end - 2 || data[end - 1] != '\n') throw Malformed();
            result.Add(data, blank + 1, equals, end - 1);
            at = end;
        }

        return result;
    }

    /// <summary>Writes one record. Its length includes the digits of the length.</summary>
    public static byte[] Write(string key, string value)
    {
        var rest = $" {key}={value}\n";
        var bytes = Encoding.UTF8.GetByteCount(rest);
        var length = bytes + 1;
        while (length != bytes + length.ToString(CultureInfo.InvariantCulture).Length) length++;
        return Encoding.UTF8.GetBytes(length.ToString(CultureInfo.InvariantCulture) + rest);
    }

    // Values such as extended attributes may be binary. Only names have to be valid UTF-8.
    private void Add(byte[] data, int key, int equals, int end)
    {
        var isValid = true;
        var name = TarText.Decode(data, key, equals - key, ref isValid);
        isValid = true;
        _records[name] = TarText.Decode(data, equals + 1, end - equals - 1, ref isValid);
        if (name is "path" or "linkpath" or "GNU.sparse.name") _hasValidNames &= isValid;
    }

    private string? Find(string key) => _records.TryGetValue(key, out var value) ? value : null;

    private long? Number(string key) => long.TryParse(Find(key), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static string Ascii(byte[] data, int offset, int count) => Encoding.ASCII.GetString(data, offset, count);

    private static InvalidDataException Malformed() => new("an extended header is malformed");
}
