using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>A descriptor: names content of a store by digest, with its media type and size (image-spec, descriptor).</summary>
public sealed class OciDescriptor
{
    internal OciDescriptor(OciStore store, Descriptor core)
    {
        Store = store;
        Core = core;
        Annotations = OciAnnotations.Of(core.Annotations);
    }

    internal Descriptor Core { get; }

    /// <summary>The store that it was read from.</summary>
    public OciStore Store { get; }

    /// <summary>The digest of the content.</summary>
    public PSObject Digest => DigestText.Of(Core.Digest);

    /// <summary>The media type; it decides how the content is read.</summary>
    public string MediaType => Core.MediaType;

    /// <summary>The length of the content in bytes.</summary>
    public long Size => Core.Size;

    /// <summary>The type of an artifact.</summary>
    public string? ArtifactType => Core.ArtifactType;

    /// <summary>The annotations; a missing key gives nothing.</summary>
    public OciAnnotations Annotations { get; internal set; }

    /// <summary>The platform of an image in an index.</summary>
    public Platform? Platform => Core.Platform;

    /// <summary>How far below the root it was met first, with <c>-Recurse</c>.</summary>
    public int? Depth { get; internal set; }

    /// <summary>By which member its parent points at it, with <c>-Recurse</c>.</summary>
    public DescriptorRole? Role { get; internal set; }

    /// <summary>The digest.</summary>
    public override string ToString() => Core.Digest.ToString();
}
