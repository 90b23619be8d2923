using System.Collections.Generic;

namespace OciLayout.Model;

/// <summary>Checks text that is written as UTF-8. A string of .NET can have half of a surrogate pair, which a JSON writer replaces silently.</summary>
internal static class UnicodeText
{
    /// <summary>Returns whether each surrogate of a text is part of a pair.</summary>
    public static bool IsValid(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (!char.IsSurrogatePair(text, i)) return false;
            i++;
        }

        return true;
    }

    /// <summary>Refuses text with half of a surrogate pair.</summary>
    /// <param name="setting">The setting, as a noun phrase without an article.</param>
    /// <param name="text">The text; null for none.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidManifest"/>.</exception>
    public static void Check(string setting, string? text)
    {
        if (text is not null && !IsValid(text)) throw ContentErrors.InvalidUnicode(setting, text);
    }

    /// <summary>Refuses names and values with half of a surrogate pair.</summary>
    /// <param name="setting">The setting, as a noun phrase without an article.</param>
    /// <param name="pairs">The names and values.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidManifest"/>.</exception>
    public static void Check(string setting, IEnumerable<KeyValuePair<string, string?>> pairs)
    {
        foreach (var pair in pairs)
        {
            Check(setting, pair.Key);
            Check($"{setting} '{Digest.Shorten(pair.Key)}'", pair.Value);
        }
    }
}
