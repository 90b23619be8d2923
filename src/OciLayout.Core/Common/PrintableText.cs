using System.Globalization;
using System.Text;

namespace OciLayout;

/// <summary>
/// Makes text that comes from content safe to print. Tags, annotations, titles, media types and file names can hold characters that control a
/// terminal, reorder a line or are not visible.
/// </summary>
public static class PrintableText
{
    /// <summary>Returns the text with each such character written as in JSON, for example <c>\u001B</c>.</summary>
    /// <remarks>
    /// Escaped are the control characters (C0, C1, DEL), the characters that Unicode calls default-ignorable (format and bidirectional controls,
    /// zero-width characters, fillers, variation selectors, tags), the separators of lines and paragraphs, and lone surrogates.
    /// </remarks>
    public static string Escape(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        StringBuilder? escaped = null;
        var written = 0;
        for (var i = 0; i < text!.Length; i++)
        {
            if (text[i] is >= ' ' and <= '~') continue;
            var length = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]) ? 2 : 1;
            if (MustEscape(text, i, length))
            {
                escaped ??= new StringBuilder(text.Length + 16);
                escaped.Append(text, written, i - written);
                for (var part = i; part < i + length; part++) escaped.Append("\\u").Append(((int)text[part]).ToString("X4", CultureInfo.InvariantCulture));
                written = i + length;
            }

            i += length - 1;
        }

        return escaped is null ? text : escaped.Append(text, written, text.Length - written).ToString();
    }

    private static bool MustEscape(string text, int index, int length) => CharUnicodeInfo.GetUnicodeCategory(text, index) switch
    {
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        _ => IsIgnorable(length == 2 ? char.ConvertToUtf32(text[index], text[index + 1]) : text[index]),
    };

    // Default_Ignorable_Code_Point of the Unicode Character Database, less the category Format.
    private static bool IsIgnorable(int character) => character is 0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or (>= 0x180B and <= 0x180F)
        or 0x2065 or 0x3164 or (>= 0xFE00 and <= 0xFE0F) or 0xFFA0 or (>= 0xFFF0 and <= 0xFFF8) or (>= 0xE0000 and <= 0xE0FFF);
}
