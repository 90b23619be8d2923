using System.Collections.Generic;
using OciLayout.Model;

namespace OciLayout;

/// <summary>The known properties of content that is pushed. Properties that are left out are computed while copying.</summary>
public sealed class PushRequest
{
    /// <summary>The media type. If null, the type that a manifest states itself, otherwise <c>application/octet-stream</c>.</summary>
    public string? MediaType { get; init; }

    /// <summary>The digest that the content must have.</summary>
    public Digest? Digest { get; init; }

    /// <summary>The length in bytes that the content must have.</summary>
    public long? Size { get; init; }

    /// <summary>The algorithm of the digest, if the digest is computed.</summary>
    public DigestAlgorithm Algorithm { get; init; } = DigestAlgorithm.Sha256;

    /// <summary>Whether the content must be a manifest or index.</summary>
    public bool AsManifest { get; init; }

    /// <summary>Annotations of the descriptor. For a manifest they are written to <c>index.json</c>.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>The platform of the descriptor.</summary>
    public Platform? Platform { get; init; }

    /// <summary>The artifact type of the descriptor. If null, the artifact type of the manifest.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>The descriptor that was pushed, if one was given. Its unknown members are kept.</summary>
    internal Descriptor? Descriptor { get; init; }

    /// <summary>
    /// Whether other content is stored at the same time. The cores are busy then, so copying and hashing of this content do not overlap.
    /// </summary>
    internal bool IsOneOfMany { get; init; }

    /// <summary>
    /// Whether the content comes from another store, an archive or this store. It is then stored unchanged, even if it is a manifest that
    /// violates the specification.
    /// </summary>
    internal bool IsCarried { get; init; }

    internal static PushRequest For(Descriptor expected, bool isOneOfMany = false, bool isCarried = false) => new()
    {
        IsOneOfMany = isOneOfMany,
        IsCarried = isCarried,
        Descriptor = DescriptorAnnotations.WithoutTag(expected),
        MediaType = expected.MediaType,
        Digest = expected.Digest,
        Size = expected.Size,
    };

    internal DigestAlgorithm StorableAlgorithm => Digest is not { } digest ? Algorithm : digest.KnownAlgorithm
        ?? throw ContentErrors.UnsupportedAlgorithm(digest, "store");

    /// <summary>Refuses a request that cannot be carried out, before content is read.</summary>
    internal void Check()
    {
        _ = StorableAlgorithm;
        if (Annotations is not null) AnnotationRules.CheckText(Annotations);
    }

    internal Descriptor Describe(string mediaType, Digest digest, long size) => Descriptor ?? new Descriptor(mediaType, digest, size)
    {
        Annotations = Annotations ?? OciLayout.Descriptor.NoAnnotations,
        Platform = Platform,
        ArtifactType = ArtifactType,
    };
}
