using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Media types as they are typed for a search: whole, without <c>application/</c>, or as patterns with wildcards. Case does not count.</summary>
internal sealed class MediaTypePatterns(IEnumerable<string> texts)
{
    private readonly WildcardPattern[] _patterns =
        [.. texts.Select(t => new WildcardPattern(t ?? "", WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant))];

    /// <summary>Returns whether one of them fits a media type.</summary>
    public bool Fit(string? mediaType) => mediaType is not null && _patterns.Any(p => p.IsMatch(mediaType) || p.IsMatch(Display.ShortMediaType(mediaType)));
}
