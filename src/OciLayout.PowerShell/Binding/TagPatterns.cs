using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using OciLayout.Model;

namespace OciLayout.PowerShell;

/// <summary>
/// Tags to search for: names, or patterns with wildcards. They are case-sensitive, like tags. A name that does not exist is an error; a
/// pattern may match nothing.
/// </summary>
internal sealed class TagPatterns
{
    private static readonly string[] DigestPrefixes = ["sha256-", "sha384-", "sha512-"];

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unmatched = new(StringComparer.Ordinal);
    private readonly List<WildcardPattern> _patterns = [];
    private readonly List<WildcardPattern> _digestPatterns = [];

    public TagPatterns(IEnumerable<string> texts)
    {
        foreach (var text in texts)
        {
            if (WildcardPattern.ContainsWildcardCharacters(text ?? "") && Wildcards.TryCreate(text!) is { } pattern)
            {
                _patterns.Add(pattern);
                if (DigestPrefixes.Any(p => text!.StartsWith(p, StringComparison.Ordinal))) _digestPatterns.Add(pattern);
                // Tags of other tools may contain brackets, so a pattern also matches its own text.
                _names.Add(text!);
            }
            else
            {
                var name = WildcardPattern.Unescape(text ?? "");
                _names.Add(name);
                _unmatched.Add(name);
            }
        }
    }

    /// <summary>The names that have not matched a tag so far.</summary>
    public IEnumerable<string> UnmatchedNames => _unmatched;

    /// <summary>Whether one of them has wildcards.</summary>
    public bool HasWildcards => _patterns.Count > 0;

    /// <summary>Returns whether a tag such as sha256-44136f is meant: by its name, or by a pattern that begins like it.</summary>
    public bool MeansDigestTag(string tag) => _names.Contains(tag) || _digestPatterns.Exists(p => p.IsMatch(tag));

    /// <summary>Returns whether a tag matches one of the names or patterns.</summary>
    public bool Matches(string tag)
    {
        _unmatched.Remove(tag);
        return _names.Contains(tag) || _patterns.Exists(p => p.IsMatch(tag));
    }

    /// <summary>Returns the error for a name that is not a tag of the store.</summary>
    public static OciException NotFound(string name, OciPlaceInfo store) => string.IsNullOrEmpty(name)
        ? new(OciErrorKind.MissingReference, "The tag is empty.", name)
        : new(OciErrorKind.NotFound, $"{(store is OciStoreInfo ? $"The store '{store}'" : store.ToString())} has no tag '{name}'.{(store is OciStoreInfo layout ? SimilarTag.Hint(name, layout.Core.GetTags().Select(l => l.Tag).OfType<string>()) : "")}", name);
}
