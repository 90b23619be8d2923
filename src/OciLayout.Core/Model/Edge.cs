namespace OciLayout.Model;

/// <summary>A reference in a manifest.</summary>
/// <param name="Role">The member that holds the reference.</param>
/// <param name="Digest">The referenced content.</param>
/// <param name="MediaType">The media type of the content; empty if the manifest gives none.</param>
/// <param name="Size">The size of the content in bytes, according to the manifest.</param>
/// <param name="IsForeign">Whether the content is a foreign (non-distributable) layer with URLs.</param>
internal readonly record struct Edge(DescriptorRole Role, Digest Digest, string MediaType, long Size, bool IsForeign = false)
{
    /// <summary>Gets the kind of manifest to read the content as, by media type and role.</summary>
    public ManifestKind Kind { get; } = MediaTypes.KindOf(MediaType, Role);

    public NodeKey Target => new(Digest, Kind);

    public Descriptor ToDescriptor() => new(MediaType, Digest, Size);
}
