using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>A descriptor of stored content: its digest, media type and size (image-spec, descriptor).</summary>
public sealed class OciDescriptor
{
    internal OciDescriptor(OciPlaceInfo store, Descriptor core)
    {
        Store = store;
        Core = core;
        Annotations = OciAnnotations.Of(core.Annotations);
    }

    internal Descriptor Core { get; }

    /// <summary>The store that the descriptor was read from.</summary>
    public OciPlaceInfo Store { get; }

    /// <summary>The digest of the content.</summary>
    public PSObject Digest => DigestText.Of(Core.Digest);

    /// <summary>The media type. It decides how the content is read.</summary>
    public string MediaType => Core.MediaType;

    /// <summary>The length of the content in bytes.</summary>
    public long Size => Core.Size;

    /// <summary>The type of an artifact.</summary>
    public string? ArtifactType => Core.ArtifactType;

    /// <summary>
    /// The type as the view shows it: the artifact type, or else the media type, without the prefix <c>application/</c>.
    /// </summary>
    public string Type => Display.ShortType(Core.ArtifactType, Core.MediaType);

    /// <summary>The annotations.</summary>
    public OciAnnotations Annotations { get; internal set; }

    /// <summary>The platform of an image in an index.</summary>
    public Platform? Platform => Core.Platform;

    /// <summary>The distance from the root at the first occurrence, with <c>-Recurse</c>.</summary>
    public int? Depth { get; internal set; }

    /// <summary>The digest of the subject of a referrer, with <c>Get-OciReferrer</c>.</summary>
    public PSObject? Subject { get; internal set; }

    /// <summary>The content whose referrers <c>Get-OciReferrer</c> lists.</summary>
    internal Digest? Root { get; init; }

    /// <summary>The tag by which that content was named; null when a digest named it.</summary>
    internal string? RootTag { get; init; }

    /// <summary>Whether a walk emitted the same digest before.</summary>
    internal bool IsRepeated { get; init; }

    /// <summary>The number of descriptors in a manifest that a walk emitted before, and therefore does not emit below it.</summary>
    internal int ListedAbove { get; init; }

    /// <summary>The role of the content in its parent, with <c>-Recurse</c>.</summary>
    public DescriptorRole? Role { get; internal set; }

    /// <summary>Returns the digest.</summary>
    public override string ToString() => Core.Digest.ToString();
}
