using System;
using System.Linq;

namespace OciLayout.Referrers;

/// <summary>The change of a fallback tag to a shorter list of referrers, or its deletion if the list is empty.</summary>
internal sealed record FallbackEdit(string Tag, Descriptor Old, byte[]? Replacement)
{
    public bool Equals(FallbackEdit? other) => other is not null && Tag == other.Tag && Old.Digest == other.Old.Digest
        && Replacement.AsSpan().SequenceEqual(other.Replacement) && Replacement is null == other.Replacement is null;

    public override int GetHashCode() => Old.Digest.GetHashCode();
}
