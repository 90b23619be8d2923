using System;
using System.Text.Json;

namespace OciLayout.Model;

/// <summary>
/// Matches member names like the tools that are written in Go: case-insensitively, and the last duplicate wins. Names that differ only in
/// case, and duplicate members, are refused, because those tools would read another value.
/// </summary>
internal static class MemberNames
{
    /// <summary>Reads a member name and moves the reader to its value.</summary>
    /// <param name="reader">The reader, which is at the name of a member.</param>
    /// <param name="known">The names that are defined for this object.</param>
    /// <param name="seen">The names that were already read in this object, one bit each.</param>
    /// <returns>The name; null if it is not a defined one.</returns>
    /// <exception cref="JsonException">The name is ambiguous.</exception>
    public static string? Next(ref Utf8JsonReader reader, string[] known, ref int seen)
    {
        var at = IndexOf(ref reader, known);
        reader.Read();
        if (at < 0) return null;
        if ((seen & (1 << at)) != 0) throw new JsonException($"it has the member '{known[at]}' twice");
        seen |= 1 << at;
        return known[at];
    }

    private static int IndexOf(ref Utf8JsonReader reader, string[] known)
    {
        for (var i = 0; i < known.Length; i++)
        {
            if (reader.ValueTextEquals(known[i])) return i;
        }

        // Go folds U+017F to "s" and U+212A to "k".
        var name = reader.GetString()!.Replace('\u017F', 's').Replace('\u212A', 'k');
        foreach (var other in known)
        {
            if (string.Equals(name, other, StringComparison.OrdinalIgnoreCase))
                throw new JsonException($"it has the member '{Digest.Shorten(name)}', which other tools treat as '{other}'");
        }

        return -1;
    }
}
