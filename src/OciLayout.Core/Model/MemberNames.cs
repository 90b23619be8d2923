using System;
using System.Text.Json;

namespace OciLayout;

/// <summary>
/// The names of members as the tools that are written in Go match them: without regard to case, and the last of several counts. A name in another
/// case, or a second member of a name, would therefore mean something else there than here.
/// </summary>
internal static class MemberNames
{
    /// <summary>Reads the name of the member that the reader stands on, and goes on to its value.</summary>
    /// <param name="reader">Stands on the name of a member.</param>
    /// <param name="known">The names that have a meaning in this object.</param>
    /// <param name="seen">A bit for each name that was read before in this object.</param>
    /// <returns>The name; null when it has no meaning here.</returns>
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

        // The letters U+017F and U+212A are s and k without regard to case.
        var name = reader.GetString()!.Replace('\u017F', 's').Replace('\u212A', 'k');
        foreach (var other in known)
        {
            if (string.Equals(name, other, StringComparison.OrdinalIgnoreCase))
                throw new JsonException($"it has the member '{Digest.Shorten(name)}', which other tools read as '{other}'");
        }

        return -1;
    }
}
