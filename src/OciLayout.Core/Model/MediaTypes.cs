using System;
using OciLayout.Common;
using OciLayout.Model;

namespace OciLayout;

/// <summary>The media types that OciLayout knows (image-spec, media-types).</summary>
public static class MediaTypes
{
    /// <summary>The maximum length of a type or subtype.</summary>
    private const int LongestName = 127;

    /// <summary>An image index.</summary>
    public const string ImageIndex = "application/vnd.oci.image.index.v1+json";

    /// <summary>An image manifest.</summary>
    public const string ImageManifest = "application/vnd.oci.image.manifest.v1+json";

    /// <summary>The artifact manifest of a release candidate of image-spec. It is read, never written.</summary>
    public const string ArtifactManifest = "application/vnd.oci.artifact.manifest.v1+json";

    /// <summary>A Docker image manifest, version 2 schema 2.</summary>
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";

    /// <summary>A Docker manifest list.</summary>
    public const string DockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json";

    /// <summary>The empty descriptor's content, <c>{}</c>.</summary>
    public const string Empty = "application/vnd.oci.empty.v1+json";

    /// <summary>A config without a given type. oras uses the same name.</summary>
    public const string UnknownConfig = "application/vnd.unknown.config.v1+json";

    /// <summary>Content of unknown type.</summary>
    public const string OctetStream = "application/octet-stream";

    internal const string ImageConfig = "application/vnd.oci.image.config.v1+json";
    internal const string Layer = "application/vnd.oci.image.layer.v1.tar";
    internal const string LayerGzip = Layer + "+gzip";
    internal const string LayerZstd = Layer + "+zstd";
    internal const string DockerConfig = "application/vnd.docker.container.image.v1+json";
    internal const string DockerLayer = "application/vnd.docker.image.rootfs.diff.tar.gzip";

    private static readonly string[] s_layers =
    [
        Layer,
        "application/vnd.oci.image.layer.nondistributable.v1.tar",
        "application/vnd.docker.image.rootfs.diff.tar",
        "application/vnd.docker.image.rootfs.foreign.diff.tar",
    ];

    /// <summary>Returns whether content of this type references other content. The index lists such content when it is pushed.</summary>
    public static bool IsManifest(string? mediaType) => KindOf(mediaType) != ManifestKind.None;

    /// <summary>
    /// Returns whether a text is a media type: type and subtype, each starting with a letter or digit (RFC 6838, section 4.2).
    /// </summary>
    public static bool IsValid(string? text)
    {
        if (text is null) return false;
        var slash = text.IndexOf('/');
        return slash > 0 && IsRestrictedName(text.AsSpan(0, slash)) && IsRestrictedName(text.AsSpan(slash + 1));
    }

    /// <summary>
    /// Returns whether layers of this type may be stored elsewhere (image-spec, layer, "Non-Distributable Layers"). A layer whose
    /// descriptor has no URLs cannot be downloaded and is treated like other layers.
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
    internal static void Check(string mediaType, string use)
    {
        if (IsValid(mediaType)) return;
        throw ContentErrors.InvalidMediaType(use, mediaType);
    }

    /// <summary>Returns whether this is a layer of the file system of an image, with any compression or encryption.</summary>
    internal static bool IsLayer(string mediaType) => Array.Exists(s_layers, type => mediaType.StartsWith(type, StringComparison.Ordinal));

    /// <summary>Returns whether content of this type is encrypted, as ocicrypt marks it.</summary>
    internal static bool IsEncrypted(string mediaType) => mediaType.EndsWith("+encrypted", StringComparison.Ordinal);

    /// <summary>Returns whether this is the config of a runnable image, which contains its platform.</summary>
    internal static bool IsImageConfig(string? mediaType) => mediaType is ImageConfig or DockerConfig;

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
    /// Returns the format in which referenced content is read. Content that the index lists, or that an index or a document references, may
    /// be a document of an unknown type. Configs, layers, blobs and archives are never read as documents.
    /// </summary>
    internal static ManifestKind KindOf(string? mediaType, DescriptorRole role) => KindOf(mediaType) is not ManifestKind.None and var kind
        ? kind
        : role is DescriptorRole.Config or DescriptorRole.Layer or DescriptorRole.Blob || IsArchive(mediaType) ? ManifestKind.None : ManifestKind.Document;

    private static bool IsArchive(string? mediaType) => mediaType is not null
        && (mediaType.EndsWith("tar", StringComparison.Ordinal) || mediaType.EndsWith("gzip", StringComparison.Ordinal) || mediaType.EndsWith("zstd", StringComparison.Ordinal));

    /// <summary>Returns the format of a manifest of a media type.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsupportedMediaType"/>.</exception>
    internal static ManifestKind KindOfManifest(string mediaType) => KindOf(mediaType) is not ManifestKind.None and var kind
        ? kind
        : throw ContentErrors.NotAManifestType(mediaType, ImageManifest);

    private static bool IsRestrictedName(ReadOnlySpan<char> name)
    {
        if (name.Length is 0 or > LongestName || !Ascii.IsAlphanumeric(name[0])) return false;
        foreach (var c in name)
        {
            if (!Ascii.IsAlphanumeric(c) && c is not ('!' or '#' or '$' or '&' or '-' or '^' or '_' or '.' or '+')) return false;
        }

        return true;
    }

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
