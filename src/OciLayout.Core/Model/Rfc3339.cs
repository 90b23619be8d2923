using System;
using System.Globalization;
using System.Text.RegularExpressions;

namespace OciLayout.Model;

/// <summary>Reads dates and times in annotations (image-spec, annotations: RFC 3339).</summary>
internal static class Rfc3339
{
    private static readonly Regex Form = new(
        @"\A([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})\z", RegexOptions.CultureInvariant);

    /// <summary>
    /// Returns whether a text is a date and time. The letters T and Z must be upper-case, because other tools require it.
    /// </summary>
    public static bool IsValid(string text)
    {
        var match = Form.Match(text);
        return match.Success
            && DateTimeOffset.TryParse(match.Groups[1].Value + match.Groups[3].Value, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
    }

    /// <summary>Returns a date and time in seconds and fractions; null when the text is not one.</summary>
    public static DateTimeOffset? Parse(string text) =>
        Form.IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;
}
