using OciLayout.Common;

namespace OciLayout;

/// <summary>A tag that several entries of one index have. The last entry keeps it.</summary>
/// <param name="Tag">The tag.</param>
/// <param name="Digest">The content that is listed without the tag now.</param>
/// <param name="Winner">The content that has the tag.</param>
public sealed record LostTag(string Tag, Digest Digest, Digest Winner)
{
    /// <summary>The tag.</summary>
    public string Tag { get; init => field = Guard.NotNull(value); } = Guard.NotNull(Tag);
}
