using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>A layer of an image.</summary>
public sealed class OciImageLayer
{
    internal OciImageLayer(OciPlaceInfo store, ImageLayer core)
    {
        Store = store;
        Core = core;
    }

    internal ImageLayer Core { get; }

    /// <summary>The store of the layer.</summary>
    public OciPlaceInfo Store { get; }

    /// <summary>The digest of the layer as it is stored.</summary>
    public PSObject Digest => DigestText.Of(Core.Descriptor.Digest);

    /// <summary>The media type.</summary>
    public string MediaType => Core.Descriptor.MediaType;

    /// <summary>The length in bytes of the layer as it is stored.</summary>
    public long Size => Core.Descriptor.Size;

    /// <summary>The digest of the tar without compression; null when the configuration does not state a valid one.</summary>
    public PSObject? DiffId => DigestText.Of(Core.DiffId);

    /// <summary>The annotations of the layer.</summary>
    public OciAnnotations Annotations => OciAnnotations.Of(Core.Descriptor.Annotations);

    /// <summary>Returns the digest.</summary>
    public override string ToString() => Core.Descriptor.Digest.ToString();
}
