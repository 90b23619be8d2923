namespace OciLayout;

/// <summary>The settings of a sync.</summary>
public sealed class SyncOptions
{
    /// <summary>The platform whose image is copied from an index; null copies all platforms.</summary>
    public Platform? Platform { get; init; }

    /// <summary>Whether the referrers of the content are copied, and their referrers.</summary>
    public bool IncludeReferrers { get; init; }

    /// <summary>Whether tags that exist at the destination stay as they are.</summary>
    public bool KeepExisting { get; init; }

    /// <summary>Whether the host of the source becomes a part of the name below the host of the destination. A layout always has it.</summary>
    public bool KeepHost { get; init; }

    /// <summary>
    /// Whether tags of the destination that pass the filter of their source, and that the source does not have, are removed. Nothing is
    /// removed if a list of tags cannot be read or is empty.
    /// </summary>
    public bool Prune { get; init; }

    /// <summary>
    /// Whether tags are removed although a list of tags cannot be read or is empty. The tags of a source whose list cannot be read stay,
    /// unless its registry answers that the repository does not exist.
    /// </summary>
    public bool Force { get; init; }

    /// <summary>Whether content below the manifests that a repository has is examined as well, as in <see cref="CopyOptions.IsFull"/>.</summary>
    public bool IsFull { get; init; }
}
