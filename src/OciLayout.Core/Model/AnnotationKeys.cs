namespace OciLayout;

/// <summary>The annotation keys that OciLayout reads or writes (image-spec, annotations).</summary>
public static class AnnotationKeys
{
    /// <summary>The tag of an entry of <c>index.json</c>.</summary>
    public const string RefName = "org.opencontainers.image.ref.name";

    /// <summary>The full image name that containerd and buildkit write. An entry that has it counts as named.</summary>
    public const string ContainerdImageName = "io.containerd.image.name";

    /// <summary>The time at which the content was created (RFC 3339).</summary>
    public const string Created = "org.opencontainers.image.created";

    /// <summary>The file name of a layer.</summary>
    public const string Title = "org.opencontainers.image.title";

    /// <summary><c>true</c> for a layer that is a packed directory. oras writes it.</summary>
    public const string Unpack = "io.deis.oras.content.unpack";

    /// <summary>The digest of the uncompressed tar of a packed directory. oras writes it.</summary>
    public const string ContentDigest = "io.deis.oras.content.digest";
}
