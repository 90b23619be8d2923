namespace OciLayout.Model;

/// <summary>
/// Content, and the kind of manifest to read it as. The same digest can be referenced as a layer here and as a manifest there.
/// </summary>
internal readonly record struct NodeKey(Digest Digest, ManifestKind Kind)
{
    public static NodeKey Of(Descriptor descriptor) => new(descriptor.Digest, descriptor.Kind);

    public static NodeKey Of(Descriptor descriptor, DescriptorRole role) => new(descriptor.Digest, MediaTypes.KindOf(descriptor.MediaType, role));

    public bool Equals(NodeKey other) => Kind == other.Kind && Digest.Equals(other.Digest);

    // Kind is left out of the hash on purpose: all kinds of one digest share a hash chain, so one lookup finds them all.
    public override int GetHashCode() => Digest.GetHashCode();
}
