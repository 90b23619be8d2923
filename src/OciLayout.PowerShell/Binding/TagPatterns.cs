using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// Tags as they are typed for a search: names, or patterns with wildcards. Case counts, as it does in tags. A name that is not there
/// is a mistake that is reported; a pattern may fit nothing.
/// </summary>
internal sealed class TagPatterns
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _absent = new(StringComparer.Ordinal);
    private readonly List<WildcardPattern> _patterns = [];

    public TagPatterns(IEnumerable<string> texts)
    {
        foreach (var text in texts)
        {
            if (WildcardPattern.ContainsWildcardCharacters(text ?? ""))
            {
                _patterns.Add(new WildcardPattern(text, WildcardOptions.CultureInvariant));
                // Tags of other tools may have brackets, so a pattern fits its own text, too.
                _names.Add(text!);
            }
            else
            {
                var name = WildcardPattern.Unescape(text ?? "");
                _names.Add(name);
                _absent.Add(name);
            }
        }
    }

    /// <summary>The names that no tag has had so far.</summary>
    public IEnumerable<string> Absent => _absent;

    /// <summary>Whether one of them fits a tag.</summary>
    public bool Fit(string tag)
    {
        _absent.Remove(tag);
        return _names.Contains(tag) || _patterns.Exists(p => p.IsMatch(tag));
    }

    /// <summary>What is said about a name that no tag has.</summary>
    public static OciException NotFound(string name, OciStore store) => string.IsNullOrEmpty(name)
        ? new(OciErrorKind.MissingReference, "A tag is needed and an empty one was given.", name)
        : new(OciErrorKind.NotFound, $"The store {store} has no tag '{name}'.{OtherCase(name, store)}", name);

    private static string OtherCase(string name, OciStore store) =>
        store.Core.Tags().FirstOrDefault(l => string.Equals(l.Tag, name, StringComparison.OrdinalIgnoreCase))?.Tag is { } tag ? $" It has '{tag}'; tags are case-sensitive." : "";
}
