using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;

namespace OciLayout.Transfer;

/// <summary>
/// A tag that is a version: numbers with dots, possibly with <c>v</c> before them and a prerelease after a hyphen (semver.org, item 11).
/// Releases are higher than all prereleases.
/// </summary>
internal sealed class TagVersion : IComparable<TagVersion>
{
    private static readonly Regex Grammar = new(
        @"^[vV]?(?<number>[0-9]+(?:\.[0-9]+)*)(?:-(?<prerelease>[0-9A-Za-z._-]+))?\z", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    private readonly string _tag;
    private readonly string[] _numbers;
    private readonly string[] _prerelease;

    private TagVersion(string tag, string numbers, string prerelease)
    {
        _tag = tag;
        _numbers = numbers.Split('.');
        _prerelease = prerelease.Length == 0 ? [] : prerelease.Split('.');
    }

    /// <summary>Returns the highest versions among tags, the highest first. Other tags are left out.</summary>
    public static IReadOnlyList<string> Latest(IEnumerable<string> tags, int count) =>
        [.. tags.Select(TryParse).OfType<TagVersion>().OrderByDescending(v => v).Take(count).Select(v => v._tag)];

    private static TagVersion? TryParse(string tag)
    {
        var match = Grammar.Match(tag);
        return match.Success ? new TagVersion(tag, match.Groups["number"].Value, match.Groups["prerelease"].Value) : null;
    }

    public int CompareTo(TagVersion? other)
    {
        if (other is null) return 1;
        var isRelease = _prerelease.Length == 0;
        if (isRelease != (other._prerelease.Length == 0)) return isRelease ? 1 : -1;
        var order = CompareNumbers(other);
        if (order == 0) order = ComparePrereleases(other);
        // 1.27.0 is more exact than 1.27. The order of the texts makes the result the same in each run.
        if (order == 0) order = _numbers.Length.CompareTo(other._numbers.Length);
        return order != 0 ? order : string.CompareOrdinal(_tag, other._tag);
    }

    // A missing number is 0.
    private int CompareNumbers(TagVersion other)
    {
        for (var i = 0; i < Math.Max(_numbers.Length, other._numbers.Length); i++)
        {
            var order = CompareNumber(i < _numbers.Length ? _numbers[i] : "0", i < other._numbers.Length ? other._numbers[i] : "0");
            if (order != 0) return order;
        }

        return 0;
    }

    private int ComparePrereleases(TagVersion other)
    {
        for (var i = 0; i < Math.Min(_prerelease.Length, other._prerelease.Length); i++)
        {
            var (mine, its) = (_prerelease[i], other._prerelease[i]);
            var (isMine, isIts) = (IsNumber(mine), IsNumber(its));
            var order = isMine && isIts ? CompareNumber(mine, its) : isMine != isIts ? (isMine ? -1 : 1) : string.CompareOrdinal(mine, its);
            if (order != 0) return order;
        }

        return _prerelease.Length.CompareTo(other._prerelease.Length);
    }

    private static bool IsNumber(string text) => text.Length > 0 && text.All(c => c is >= '0' and <= '9');

    // Numbers of any length, such as dates.
    private static int CompareNumber(string a, string b)
    {
        a = a.TrimStart('0');
        b = b.TrimStart('0');
        return a.Length != b.Length ? a.Length.CompareTo(b.Length) : string.CompareOrdinal(a, b);
    }
}
