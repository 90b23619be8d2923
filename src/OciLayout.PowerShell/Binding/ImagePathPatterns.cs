using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Paths of files in an image: names, and patterns with wildcards. A missing slash at the start is added.</summary>
internal sealed class ImagePathPatterns
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _matched = new(StringComparer.Ordinal);
    private readonly List<WildcardPattern> _patterns = [];

    /// <param name="texts">The texts; null for all files.</param>
    public ImagePathPatterns(IReadOnlyList<string>? texts)
    {
        IsEmpty = texts is null;
        foreach (var text in texts ?? [])
        {
            var path = text.StartsWith("/", StringComparison.Ordinal) ? text : "/" + text;
            if (WildcardPattern.ContainsWildcardCharacters(path))
                _patterns.Add(Wildcards.TryCreate(path) ?? throw new OciArgumentException("InvalidPattern", $"'{text}' is not a valid pattern.", "Escape brackets with a backtick, or close them."));
            else _names.Add(Normal(WildcardPattern.Unescape(path)));
        }
    }

    /// <summary>Whether no path was given, so that all files are meant.</summary>
    public bool IsEmpty { get; }

    public bool HasWildcards => _patterns.Count > 0;

    public IReadOnlyCollection<string> Names => _names;

    /// <summary>The names for which <see cref="Found"/> was not called.</summary>
    public IEnumerable<string> UnmatchedNames => _names.Where(n => !_matched.Contains(n));

    /// <summary>Returns whether a path is one of the names or matches a pattern.</summary>
    public bool Matches(string path) => IsEmpty || _names.Contains(path) || _patterns.Exists(p => p.IsMatch(path));

    /// <summary>Notes that a file with this path exists. Only names are kept, because an image has very many files.</summary>
    public void Found(string path)
    {
        if (_names.Contains(path)) _matched.Add(path);
    }

    private static string Normal(string path) => "/" + string.Join("/", path.Split(['/'], StringSplitOptions.RemoveEmptyEntries).Where(p => p != "."));
}
