using System.Collections.Generic;
using OciLayout.Storage;

namespace OciLayout;

/// <summary>What is known of content before it is pushed. What is left out is found while copying.</summary>
public sealed class PushRequest
{
    /// <summary>The media type; when null, that of the document for a manifest, else <c>application/octet-stream</c>.</summary>
    public string? MediaType { get; init; }

    /// <summary>The digest that the content must have.</summary>
    public Digest? Digest { get; init; }

    /// <summary>The length in bytes that the content must have.</summary>
    public long? Size { get; init; }

    /// <summary>The algorithm of a digest that is computed.</summary>
    public DigestAlgorithm Algorithm { get; init; } = DigestAlgorithm.Sha256;

    /// <summary>Whether the content has to be a manifest or index.</summary>
    public bool AsManifest { get; init; }

    /// <summary>Annotations of the descriptor; for a manifest they go into <c>index.json</c>.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>The platform of the descriptor.</summary>
    public Platform? Platform { get; init; }

    /// <summary>The artifact type of the descriptor; when null, the manifest's own.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>The descriptor that was pushed, when one was given; its unknown members persist with it.</summary>
    internal Descriptor? Descriptor { get; init; }

    /// <summary>Whether other content is stored at the same time, so that no core waits for this one to be hashed.</summary>
    internal bool IsOneOfMany { get; init; }

    /// <summary>
    /// Whether the content comes from another store, an archive or this store. It is then stored as it is, also when it is a manifest that breaks the
    /// specification.
    /// </summary>
    internal bool IsCarried { get; init; }

    internal static PushRequest For(Descriptor expected, bool isOneOfMany = false, bool isCarried = false) => new()
    {
        IsOneOfMany = isOneOfMany,
        IsCarried = isCarried,
        Descriptor = EntryJson.WithoutTag(expected),
        MediaType = expected.MediaType,
        Digest = expected.Digest,
        Size = expected.Size,
    };

    internal DigestAlgorithm StorableAlgorithm => Digest is not { } digest ? Algorithm : digest.KnownAlgorithm
        ?? throw new OciException(OciErrorKind.InvalidDigest, $"Content cannot be stored under '{digest}': its algorithm is none of sha256, sha384 and sha512.", digest.ToString());

    internal Descriptor Describe(string mediaType, Digest digest, long size) => Descriptor ?? new Descriptor(mediaType, digest, size)
    {
        Annotations = Annotations ?? OciLayout.Descriptor.NoAnnotations,
        Platform = Platform,
        ArtifactType = ArtifactType,
    };
}

/// <summary>What a push did.</summary>
public sealed class PushResult
{
    internal PushResult(Descriptor descriptor, bool alreadyExisted, object? userState)
    {
        Descriptor = descriptor;
        AlreadyExisted = alreadyExisted;
        UserState = userState;
    }

    /// <summary>The content that is stored now.</summary>
    public Descriptor Descriptor { get; }

    /// <summary>Whether it was stored before.</summary>
    public bool AlreadyExisted { get; }

    /// <summary>What the caller gave along with the request.</summary>
    public object? UserState { get; }
}
