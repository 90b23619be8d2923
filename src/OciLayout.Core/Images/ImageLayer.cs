using OciLayout.Common;

namespace OciLayout;

/// <summary>A layer of an image: its content as it is stored, and the digest of the tar in it.</summary>
public sealed class ImageLayer
{
    internal ImageLayer(Descriptor descriptor, Digest? diffId)
    {
        Descriptor = Guard.NotNull(descriptor);
        DiffId = diffId;
    }

    /// <summary>The stored layer, usually a compressed tar.</summary>
    public Descriptor Descriptor { get; }

    /// <summary>The digest of the tar without compression; null when the configuration does not state a valid one.</summary>
    public Digest? DiffId { get; }
}
