using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Linq;
using OciLayout.Common;
using OciLayout.Model;

namespace OciLayout;

/// <summary>
/// A content descriptor (image-spec, descriptor). Immutable. A descriptor that was read keeps its JSON, so that unknown members are
/// preserved when it is written again.
/// </summary>
public sealed class Descriptor
{
    internal static readonly IReadOnlyDictionary<string, string> NoAnnotations =
        new ReadOnlyDictionary<string, string>(new Dictionary<string, string>(0));

    private readonly IReadOnlyDictionary<string, string> _annotations = NoAnnotations;

    /// <summary>Creates a descriptor.</summary>
    /// <param name="mediaType">The media type. It decides how the content is read.</param>
    /// <param name="digest">The digest of the content.</param>
    /// <param name="size">The length of the content in bytes.</param>
    /// <exception cref="ArgumentException">The digest is empty, or the size is negative.</exception>
    public Descriptor(string mediaType, Digest digest, long size)
    {
        if (digest.IsEmpty) throw new ArgumentException("A descriptor needs a digest.", nameof(digest));
        if (size < 0) throw new ArgumentOutOfRangeException(nameof(size), size, "A size is not negative.");
        MediaType = Guard.NotNull(mediaType);
        Digest = digest;
        Size = size;
    }

    /// <summary>The media type; empty if an index entry has none.</summary>
    public string MediaType { get; }

    /// <summary>The digest of the content.</summary>
    public Digest Digest { get; }

    /// <summary>The length of the content in bytes.</summary>
    public long Size { get; }

    /// <summary>The artifact type; null if there is none.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>The platform of an image in an index.</summary>
    public Platform? Platform { get; init; }

    /// <summary>The annotations; empty if there are none. The dictionary is copied.</summary>
    public IReadOnlyDictionary<string, string> Annotations
    {
        get => _annotations;
        init => _annotations = Guard.NotNull(value).Count == 0 ? NoAnnotations : ReadOnlyCopy(value);
    }

    /// <summary>Further URLs from which the content can be downloaded. The list is copied.</summary>
    public IReadOnlyList<string> Urls { get; init => field = Guard.NotNull(value).Count == 0 ? [] : Array.AsReadOnly(value.ToArray()); } = [];

    /// <summary>Sets annotations that nothing else can change, without a copy: a listing creates thousands of descriptors.</summary>
    internal IReadOnlyDictionary<string, string> UnsharedAnnotations
    {
        init => _annotations = value;
    }

    /// <summary>The JSON that the descriptor was read from; empty if it was not read.</summary>
    internal ReadOnlyMemory<byte> Json { get; init; }

    /// <summary>Whether the descriptor has any member other than media type, digest and size.</summary>
    internal bool HasExtras => ArtifactType is not null || Platform is not null || Annotations.Count > 0 || Urls.Count > 0;

    /// <summary>Whether the content is a layer that can be downloaded elsewhere.</summary>
    internal bool IsForeignLayer => Urls.Count > 0 && MediaTypes.IsForeignLayer(MediaType);

    /// <summary>The format in which the content is read.</summary>
    internal ManifestKind Kind => MediaTypes.KindOf(MediaType);

    /// <summary>Returns a descriptor with only media type, digest and size.</summary>
    public Descriptor ToPlain() => new(MediaType, Digest, Size);

    /// <summary>Returns the descriptor with added annotations. An existing annotation with the same key is replaced.</summary>
    /// <param name="annotations">The annotations to add.</param>
    public Descriptor WithAnnotations(IReadOnlyDictionary<string, string> annotations)
    {
        var all = Annotations.ToDictionary(a => a.Key, a => a.Value);
        foreach (var annotation in Guard.NotNull(annotations)) all[annotation.Key] = annotation.Value;
        return new Descriptor(MediaType, Digest, Size)
        {
            ArtifactType = ArtifactType,
            Platform = Platform,
            Urls = Urls,
            UnsharedAnnotations = new ReadOnlyDictionary<string, string>(all),
        };
    }

    /// <summary>Returns the descriptor with other annotations.</summary>
    /// <param name="annotations">The annotations.</param>
    /// <param name="json">The JSON with these annotations; empty if there is none.</param>
    internal Descriptor With(Dictionary<string, string> annotations, ReadOnlyMemory<byte> json) => new(MediaType, Digest, Size)
    {
        ArtifactType = ArtifactType,
        Platform = Platform,
        Urls = Urls,
        UnsharedAnnotations = new ReadOnlyDictionary<string, string>(annotations),
        Json = json,
    };

    private static ReadOnlyDictionary<string, string> ReadOnlyCopy(IReadOnlyDictionary<string, string> annotations) =>
        new(annotations.ToDictionary(a => a.Key, a => a.Value));

    /// <summary>Returns the digest as text.</summary>
    public override string ToString() => Digest.ToString();
}
