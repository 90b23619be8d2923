namespace OciLayout;

/// <summary>A tag or content that only one of two stores has, or that both have if this was requested.</summary>
public sealed class StoreDifference
{
    internal StoreDifference(DifferenceKind kind, DifferenceSide side, Digest digest)
    {
        Kind = kind;
        Side = side;
        Digest = digest;
    }

    /// <summary>Gets the kind of the difference.</summary>
    public DifferenceKind Kind { get; }

    /// <summary>Gets the side that has the tag or content. A moved tag is reported twice, once for each side.</summary>
    public DifferenceSide Side { get; }

    /// <summary>Gets the digest of the content, or of the content that the tag names on that side.</summary>
    public Digest Digest { get; }

    /// <summary>Gets the tag; null for content.</summary>
    public string? Tag { get; internal init; }

    /// <summary>Gets the digest that a moved tag names on the other side; null for other differences.</summary>
    public Digest? OtherDigest { get; internal init; }

    /// <summary>
    /// Gets the size in bytes: of content, its own; of a tag, the total of the content it needs that the other side lacks. Null for tags on
    /// both sides, and if only a list without sizes names the content.
    /// </summary>
    public long? Size { get; internal init; }

    /// <summary>Gets the media type; null if it is unknown.</summary>
    public string? MediaType { get; internal init; }
}
