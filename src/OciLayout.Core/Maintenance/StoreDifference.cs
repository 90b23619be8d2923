using System.Collections.Generic;

namespace OciLayout;

/// <summary>The side of a comparison that has a tag or content.</summary>
public enum DifferenceSide
{
    /// <summary>The store that the other one is compared with.</summary>
    Reference,

    /// <summary>The store that is compared.</summary>
    Difference,

    /// <summary>Both stores.</summary>
    Both,
}

/// <summary>The kind of a difference.</summary>
public enum DifferenceKind
{
    /// <summary>A tag that does not exist on the other side.</summary>
    Tag,

    /// <summary>A tag that names different content on the other side.</summary>
    MovedTag,

    /// <summary>A manifest or an index.</summary>
    Manifest,

    /// <summary>Any other content.</summary>
    Blob,
}

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

/// <summary>The amount to transfer from one side to the other.</summary>
public sealed class StoreDifferenceTotal
{
    internal StoreDifferenceTotal(DifferenceSide side) => Side = side;

    /// <summary>Gets the side to transfer from.</summary>
    public DifferenceSide Side { get; }

    /// <summary>Gets the number of tags that only this side has.</summary>
    public int TagCount { get; internal init; }

    /// <summary>Gets the number of tags that name different content on the other side.</summary>
    public int MovedCount { get; internal init; }

    /// <summary>Gets the number of blobs and manifests that only this side has.</summary>
    public int BlobCount { get; internal init; }

    /// <summary>Gets the size in bytes of these blobs and manifests.</summary>
    public long Size { get; internal init; }
}

/// <summary>The result of a comparison of two stores.</summary>
public sealed class StoreComparison
{
    internal StoreComparison(IReadOnlyList<StoreDifference> differences) => Differences = differences;

    /// <summary>
    /// Gets the differences: those only in the reference, those only in the other store, then those in both. Each group has the tags first,
    /// in ordinal order, then the content, largest first.
    /// </summary>
    public IReadOnlyList<StoreDifference> Differences { get; }

    /// <summary>Gets the amount to transfer from the reference to the other store.</summary>
    public StoreDifferenceTotal Reference { get; internal init; } = new(DifferenceSide.Reference);

    /// <summary>Gets the amount to transfer from the other store to the reference.</summary>
    public StoreDifferenceTotal Difference { get; internal init; } = new(DifferenceSide.Difference);

    /// <summary>Gets the manifests that could not be read. Content that only they reference is not in any total.</summary>
    public IReadOnlyList<OciException> Problems { get; internal init; } = [];
}
