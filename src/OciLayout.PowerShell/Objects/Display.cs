using System;
using System.Globalization;

namespace OciLayout.PowerShell;

/// <summary>Numbers and names as people read them. The views and the <c>-WhatIf</c> texts use it; objects keep the raw values.</summary>
public static class Display
{
    private const int ShownHexDigits = 12;
    private const int ShownTagLength = 28;

    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>A number of bytes in the largest unit (of 1024) that leaves at least one.</summary>
    public static string Size(long bytes)
    {
        double value = bytes;
        var unit = 0;
        // 1023.95 would be shown as 1024.0 of the smaller unit.
        while (Math.Abs(value) >= (unit == 0 ? 1024 : 1023.95) && unit < Units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return value.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture) + " " + Units[unit];
    }

    /// <summary>The same, and the exact number where that says more.</summary>
    public static string Bytes(long bytes) =>
        Size(bytes) + (Math.Abs(bytes) < 1024 ? "" : " (" + bytes.ToString(CultureInfo.InvariantCulture) + " bytes)");

    /// <summary>A digest at twelve hex digits.</summary>
    public static string Digest(object? digest)
    {
        var text = digest?.ToString() ?? "";
        var start = text.IndexOf(':') + 1;
        return text.Length > start + ShownHexDigits ? text.Substring(0, start + ShownHexDigits) : text;
    }

    /// <summary>A tag that leaves room for its neighbours: of a long one the beginning and the end, where names of builds differ.</summary>
    public static string Tag(string? tag)
    {
        const int Tail = 8;
        if (tag is null || tag.Length <= ShownTagLength) return tag ?? "";
        var head = tag.Substring(0, ShownTagLength - 3 - Tail);
        var tail = tag.Substring(tag.Length - Tail);
        return $"{head}...{tail}";
    }

    /// <summary>A media type without the <c>application/</c> that nearly all of them begin with.</summary>
    public static string MediaType(string? mediaType)
    {
        const string Prefix = "application/";
        return mediaType is null ? "" : mediaType.StartsWith(Prefix, StringComparison.Ordinal) ? mediaType.Substring(Prefix.Length) : mediaType;
    }

    /// <summary>A count with its noun: <c>1 tag</c>, <c>2 tags</c>.</summary>
    internal static string Count(int count, string one, string many) =>
        count.ToString(CultureInfo.InvariantCulture) + " " + (count == 1 ? one : many);
}
