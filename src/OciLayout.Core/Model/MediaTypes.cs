using System;

namespace OciLayout;

/// <summary>The media types that the store knows (image-spec, media-types).</summary>
public static class MediaTypes
{
    /// <summary>The longest type or subtype.</summary>
    private const int LongestName = 127;

    /// <summary>An image index.</summary>
    public const string ImageIndex = "application/vnd.oci.image.index.v1+json";

    /// <summary>An image manifest.</summary>
    public const string ImageManifest = "application/vnd.oci.image.manifest.v1+json";

    /// <summary>The artifact manifest of an image-spec release candidate; read, never written.</summary>
    public const string ArtifactManifest = "application/vnd.oci.artifact.manifest.v1+json";

    /// <summary>A Docker image manifest, version 2 schema 2.</summary>
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";

    /// <summary>A Docker manifest list.</summary>
    public const string DockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json";

    /// <summary>The empty descriptor's content, <c>{}</c>.</summary>
    public const string Empty = "application/vnd.oci.empty.v1+json";

    /// <summary>A config whose type nobody gave, as oras calls it.</summary>
    public const string UnknownConfig = "application/vnd.unknown.config.v1+json";

    /// <summary>Bytes of which nothing is known.</summary>
    public const string OctetStream = "application/octet-stream";

    /// <summary>Whether content of this type points at other content, and is listed in the index when pushed.</summary>
    public static bool IsManifest(string? mediaType) => KindOf(mediaType) != ManifestKind.None;

    /// <summary>Whether text is a media type: a type and a subtype, each beginning with a letter or digit (RFC 6838, section 4.2).</summary>
    public static bool IsValid(string? text)
    {
        if (text is null) return false;
        var slash = text.IndexOf('/');
        return slash > 0 && IsRestrictedName(text.AsSpan(0, slash)) && IsRestrictedName(text.AsSpan(slash + 1));
    }

    /// <summary>
    /// Whether layers of this type may lie elsewhere (image-spec, layer, "Non-Distributable Layers"). One whose descriptor has no URLs can be had
    /// nowhere else, and is treated as any other layer.
    /// </summary>
    public static bool IsForeignLayer(string? mediaType) => mediaType is
        "application/vnd.oci.image.layer.nondistributable.v1.tar" or
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip" or
        "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd" or
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";

    /// <summary>Refuses a text that is not a media type.</summary>
    /// <param name="mediaType">The text.</param>
    /// <param name="use">The use of the type, for the message, such as "artifact type".</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidMediaType"/>.</exception>
    public static void Check(string mediaType, string use)
    {
        if (IsValid(mediaType)) return;
        throw new OciException(OciErrorKind.InvalidMediaType, $"The {use} '{Digest.Shorten(mediaType)}' is not a media type of the form type/subtype (RFC 6838).", mediaType)
        {
            Expected = "type/subtype",
            Actual = mediaType,
        };
    }

    /// <summary>Whether this is the config of a runnable image, which states its platform.</summary>
    internal static bool IsImageConfig(string? mediaType) => mediaType is "application/vnd.oci.image.config.v1+json" or "application/vnd.docker.container.image.v1+json";

    internal static ManifestKind KindOf(string? mediaType) => mediaType switch
    {
        ImageManifest => ManifestKind.Image,
        ImageIndex => ManifestKind.Index,
        DockerManifest => ManifestKind.DockerImage,
        DockerManifestList => ManifestKind.DockerList,
        ArtifactManifest => ManifestKind.Artifact,
        _ => ManifestKind.None,
    };

    /// <summary>
    /// How content is read that something points at in a role. What the index lists, and what an index or a document points at, may be a
    /// document of an unknown type; a config, a layer or a blob never is, nor is an archive.
    /// </summary>
    internal static ManifestKind KindOf(string? mediaType, DescriptorRole role) => KindOf(mediaType) is not ManifestKind.None and var kind
        ? kind
        : role is DescriptorRole.Config or DescriptorRole.Layer or DescriptorRole.Blob || IsArchive(mediaType) ? ManifestKind.None : ManifestKind.Document;

    private static bool IsArchive(string? mediaType) => mediaType is not null
        && (mediaType.EndsWith("tar", StringComparison.Ordinal) || mediaType.EndsWith("gzip", StringComparison.Ordinal) || mediaType.EndsWith("zstd", StringComparison.Ordinal));

    /// <summary>How a manifest of a media type is read.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsupportedMediaType"/>.</exception>
    internal static ManifestKind KindOfManifest(string mediaType) => KindOf(mediaType) is not ManifestKind.None and var kind
        ? kind
        : throw new OciException(OciErrorKind.UnsupportedMediaType, $"'{Digest.Shorten(mediaType)}' is no type of a manifest or index.", mediaType)
        {
            Expected = ImageManifest + " or another manifest type",
            Actual = mediaType,
        };

    private static bool IsRestrictedName(ReadOnlySpan<char> name)
    {
        if (name.Length is 0 or > LongestName || !IsAlphanumeric(name[0])) return false;
        foreach (var c in name)
        {
            if (!IsAlphanumeric(c) && c is not ('!' or '#' or '$' or '&' or '-' or '^' or '_' or '.' or '+')) return false;
        }

        return true;
    }

    private static bool IsAlphanumeric(char c) => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9');

    internal static string Of(ManifestKind kind) => kind switch
    {
        ManifestKind.Image => ImageManifest,
        ManifestKind.Index => ImageIndex,
        ManifestKind.DockerImage => DockerManifest,
        ManifestKind.DockerList => DockerManifestList,
        ManifestKind.Artifact => ArtifactManifest,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}

/// <summary>How a document's successors are read; the descriptor's media type decides.</summary>
internal enum ManifestKind : byte
{
    None,
    Image,
    Index,
    DockerImage,
    DockerList,
    Artifact,

    /// <summary>A document of an unknown type: every digest in it is taken for a pointer.</summary>
    Document,
}

/// <summary>Annotation keys that the store reads or writes (image-spec, annotations).</summary>
public static class AnnotationKeys
{
    /// <summary>The tag of an entry of <c>index.json</c>.</summary>
    public const string RefName = "org.opencontainers.image.ref.name";

    /// <summary>The full image name that containerd and buildkit write; an entry that has it counts as named.</summary>
    public const string ContainerdImageName = "io.containerd.image.name";

    /// <summary>When the content was made, RFC 3339.</summary>
    public const string Created = "org.opencontainers.image.created";

    /// <summary>The file name of a layer.</summary>
    public const string Title = "org.opencontainers.image.title";

    /// <summary><c>true</c> for a layer that is a packed directory; oras writes it.</summary>
    public const string Unpack = "io.deis.oras.content.unpack";

    /// <summary>The digest of the tar of a packed directory, before it was compressed; oras writes it.</summary>
    public const string ContentDigest = "io.deis.oras.content.digest";
}
