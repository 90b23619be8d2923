using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;

namespace OciLayout.Storage.Tar;

/// <summary>The records of an extended header (POSIX pax): what does not fit into the fields of a plain one.</summary>
internal sealed class PaxRecords
{
    private readonly Dictionary<string, string> _records = new(StringComparer.Ordinal);

    private PaxRecords()
    {
    }

    public string? Name => Find("GNU.sparse.name") ?? Find("path");

    public string? LinkTarget => Find("linkpath");

    /// <summary>The length of the data; null when the plain header has it.</summary>
    /// <exception cref="InvalidDataException">It is no number of bytes.</exception>
    public long? Length => Find("size") is not { } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length
        : throw new InvalidDataException($"an extended header has the size '{Digest.Shorten(text)}'");

    /// <summary>Whether the data are pieces of a sparse file.</summary>
    public bool IsSparse => _records.Keys.Any(k => k.StartsWith("GNU.sparse.", StringComparison.Ordinal));

    /// <summary>Reads records.</summary>
    /// <exception cref="InvalidDataException">They are malformed.</exception>
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
            result._records[Utf8(data, blank + 1, equals - blank - 1)] = Utf8(data, equals + 1, end - equals - 2);
            at = end;
        }

        return result;
    }

    /// <summary>One record as it is written: its length counts itself, too.</summary>
    public static byte[] Write(string key, string value)
    {
        var rest = $" {key}={value}\n";
        var bytes = Encoding.UTF8.GetByteCount(rest);
        var length = bytes + 1;
        while (length != bytes + length.ToString(CultureInfo.InvariantCulture).Length) length++;
        return Encoding.UTF8.GetBytes(length.ToString(CultureInfo.InvariantCulture) + rest);
    }

    private string? Find(string key) => _records.TryGetValue(key, out var value) ? value : null;

    private static string Ascii(byte[] data, int offset, int count) => Encoding.ASCII.GetString(data, offset, count);

    private static string Utf8(byte[] data, int offset, int count) => Encoding.UTF8.GetString(data, offset, count);

    private static InvalidDataException Malformed() => new("an extended header is malformed");
}
