using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Media types to search for: complete, without <c>application/</c>, or patterns with wildcards. Case is ignored.</summary>
internal sealed class MediaTypePatterns(IEnumerable<string> texts)
{
    // Media types contain no brackets, so a text that is not a valid pattern matches none.
    private readonly WildcardPattern[] _patterns = [.. texts.Select(t => Wildcards.TryCreate(t ?? "", WildcardOptions.IgnoreCase)).OfType<WildcardPattern>()];

    /// <summary>Returns whether a media type matches one of the patterns.</summary>
    public bool Matches(string? mediaType) => mediaType is not null && _patterns.Any(p => p.IsMatch(mediaType) || p.IsMatch(Display.ShortMediaType(mediaType)));
}
