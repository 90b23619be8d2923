namespace OciLayout;

/// <summary>The settings of a copy.</summary>
public sealed class CopyOptions
{
    /// <summary>The platform whose image is copied from an index; null copies all platforms.</summary>
    public Platform? Platform { get; init; }

    /// <summary>Whether the referrers of the content are copied, and their referrers.</summary>
    public bool IncludeReferrers { get; init; }

    /// <summary>Whether foreign (non-distributable) layers are copied when they are stored.</summary>
    public bool IncludeForeign { get; init; }

    /// <summary>
    /// Whether blobs become hard links to the files of the source, without being read. Manifests are always copied, because other tools
    /// modify them in place.
    /// </summary>
    public bool HardLink { get; init; }

    /// <summary>
    /// Whether content below the manifests that a repository has is examined as well. Registries accept a manifest only with all content
    /// below it, so this helps only after a registry lost content.
    /// </summary>
    public bool IsFull { get; init; }

    /// <summary>
    /// Whether the tags of cosign are looked for with the referrers. A caller that copies all tags has them among the roots. Null means
    /// <see cref="IncludeReferrers"/>.
    /// </summary>
    internal bool? IncludeDigestTags { get; init; }

    /// <summary>The text before tags of cosign at the destination, such as <c>docker.io/library/nginx:</c>.</summary>
    internal string DigestTagPrefix { get; init; } = "";

    /// <summary>The number of blobs that are copied at a time. More do not make a disk faster, and make a spinning disk slower.</summary>
    internal int Workers { get; init; } = 4;
}
