using System;
using System.Collections.Generic;
using System.Linq;

namespace OciLayout.Model;

/// <summary>Finds the tag that a user probably meant.</summary>
internal static class SimilarTag
{
    /// <summary>Returns a sentence that names a tag which differs from a name in case or by one letter. It starts with a space; empty if no tag is similar.</summary>
    /// <param name="name">The name that is not a tag.</param>
    /// <param name="tags">The existing tags.</param>
    public static string Hint(string name, IEnumerable<string> tags)
    {
        var all = tags.ToList();
        if (all.Find(t => string.Equals(t, name, StringComparison.OrdinalIgnoreCase)) is { } otherCase) return $" It has a tag '{Digest.Shorten(otherCase)}'; tags are case-sensitive.";
        return all.Find(t => IsOneLetterAway(name, t)) is { } similar ? $" Did you mean '{Digest.Shorten(similar)}'?" : "";
    }

    // One letter is added, missing or different, or two neighbors are swapped. Digits do not count, because v1 and v2 are different versions.
    private static bool IsOneLetterAway(string a, string b)
    {
        if (a.Length < 3 || Math.Abs(a.Length - b.Length) > 1) return false;
        var start = 0;
        while (start < Math.Min(a.Length, b.Length) && a[start] == b[start]) start++;
        var end = 0;
        while (end < Math.Min(a.Length, b.Length) - start && a[a.Length - 1 - end] == b[b.Length - 1 - end]) end++;
        var first = a.Substring(start, a.Length - start - end);
        var second = b.Substring(start, b.Length - start - end);
        if ((first + second).Any(char.IsDigit)) return false;
        return (first.Length <= 1 && second.Length <= 1) || (first.Length == 2 && second.Length == 2 && first[0] == second[1] && first[1] == second[0]);
    }
}
