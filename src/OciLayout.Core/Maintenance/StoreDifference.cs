using System.Collections.Generic;

namespace OciLayout;

/// <summary>Of two stores that are compared, the one that has something.</summary>
public enum DifferenceSide
{
    /// <summary>The one that is compared with.</summary>
    Reference,

    /// <summary>The one that is compared.</summary>
    Difference,

    /// <summary>Both of them.</summary>
    Both,
}

/// <summary>What differs.</summary>
public enum DifferenceKind
{
    /// <summary>A tag that the other store has not.</summary>
    Tag,

    /// <summary>A tag that names something else in the other store.</summary>
    MovedTag,

    /// <summary>A manifest or index.</summary>
    Manifest,

    /// <summary>Any other content.</summary>
    Blob,
}

/// <summary>One thing that one of two stores has and the other has not, or, when that was asked for, that both have.</summary>
public sealed class StoreDifference
{
    internal StoreDifference(DifferenceKind kind, DifferenceSide side, Digest digest)
    {
        Kind = kind;
        Side = side;
        Digest = digest;
    }

    /// <summary>What it is.</summary>
    public DifferenceKind Kind { get; }

    /// <summary>Who has it. A moved tag is told twice, once for each side.</summary>
    public DifferenceSide Side { get; }

    /// <summary>The content, or what the tag names on that side.</summary>
    public Digest Digest { get; }

    /// <summary>The tag; null for content.</summary>
    public string? Tag { get; internal init; }

    /// <summary>What a moved tag names on the other side.</summary>
    public Digest? OtherDigest { get; internal init; }

    /// <summary>
    /// The length of content in bytes; of a tag, the bytes of all that it needs and that the other side has not. Null for a tag that both have,
    /// and where only a list names something, without its size.
    /// </summary>
    public long? Size { get; internal init; }

    /// <summary>The media type, where it is known.</summary>
    public string? MediaType { get; internal init; }
}

/// <summary>What has to be transferred from one side to the other.</summary>
public sealed class StoreDifferenceTotal
{
    internal StoreDifferenceTotal(DifferenceSide side) => Side = side;

    /// <summary>Who has it.</summary>
    public DifferenceSide Side { get; }

    /// <summary>How many tags only this side has.</summary>
    public int TagCount { get; internal init; }

    /// <summary>How many tags name something else on the other side.</summary>
    public int MovedCount { get; internal init; }

    /// <summary>How many blobs and manifests only this side has.</summary>
    public int BlobCount { get; internal init; }

    /// <summary>Their bytes.</summary>
    public long Size { get; internal init; }
}

/// <summary>How two stores differ.</summary>
public sealed class StoreComparison
{
    internal StoreComparison(IReadOnlyList<StoreDifference> differences) => Differences = differences;

    /// <summary>
    /// What only the reference has, what only the other one has, what both have; of each the tags first, in ordinal order, then the content,
    /// the largest first.
    /// </summary>
    public IReadOnlyList<StoreDifference> Differences { get; }

    /// <summary>What would go from the reference to the other one.</summary>
    public StoreDifferenceTotal Reference { get; internal init; } = new(DifferenceSide.Reference);

    /// <summary>What would go the other way.</summary>
    public StoreDifferenceTotal Difference { get; internal init; } = new(DifferenceSide.Difference);

    /// <summary>The manifests that cannot be read; what they point at is in no figure.</summary>
    public IReadOnlyList<OciException> Problems { get; internal init; } = [];
}
