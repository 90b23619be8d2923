using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Artifacts;
using OciLayout.Common;
using OciLayout.Model;
using OciLayout.Store;

namespace OciLayout;

/// <summary>Builds an image index of images of a store or a repository (image-spec, image-index). With a repository, it waits for the requests.</summary>
public sealed class OciIndexBuilder
{
    private readonly IContentSource _source;
    private readonly List<Descriptor> _members;
    private readonly HashSet<Digest> _existing;

    /// <summary>Creates a builder without members.</summary>
    public OciIndexBuilder(OciPlace place)
        : this(place, [])
    {
    }

    /// <summary>Creates a builder with the members of an existing index. A manifest among them is added again only with a stated platform.</summary>
    internal OciIndexBuilder(OciPlace place, IReadOnlyList<Descriptor> members)
    {
        _source = Guard.NotNull(place).Content;
        _members = [.. members];
        _existing = [.. members.Select(m => m.Digest)];
    }

    /// <summary>The number of members.</summary>
    public int Count => _members.Count;

    /// <summary>The members, in their order.</summary>
    internal IReadOnlyList<Descriptor> Members => _members;

    /// <summary>Adds an image, or all members of an index, because few tools read nested indexes.</summary>
    /// <param name="member">An image or index.</param>
    /// <param name="platform">The platform; when null, the one of the descriptor or of the config.</param>
    /// <param name="cancellationToken">Stops the operation.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsupportedMediaType"/>: the member is neither an image nor an index;
    /// <see cref="OciErrorKind.InvalidManifest"/>: its platform is unknown, or an index was given one;
    /// <see cref="OciErrorKind.AlreadyExists"/>: another member has that platform.</exception>
    public void Add(Descriptor member, Platform? platform = null, CancellationToken cancellationToken = default) =>
        AddAsync(Guard.NotNull(member), platform, cancellationToken).AsTask().GetAwaiter().GetResult();

    /// <inheritdoc cref="Add(Descriptor, Platform?, CancellationToken)"/>
    internal async ValueTask AddAsync(Descriptor member, Platform? platform, CancellationToken cancellationToken)
    {
        var manifest = await ReadAsync(member, cancellationToken).ConfigureAwait(false);
        if (manifest.Kind is ManifestKind.Index or ManifestKind.DockerList)
        {
            if (platform is not null)
                throw ArtifactErrors.IndexHasNoPlatform(member.Digest);
            foreach (var inner in manifest.Manifests) Add(await WithArtifactTypeAsync(inner, cancellationToken).ConfigureAwait(false), isStated: false);
            return;
        }

        var isStated = platform is not null;
        if (!isStated && _existing.Contains(member.Digest)) return;
        platform ??= await new PlatformFinder(_source).GetPlatformAsync(member, cancellationToken).ConfigureAwait(false) ?? throw ArtifactErrors.PlatformUnknown(member.Digest);
        Add(new Descriptor(member.MediaType, member.Digest, member.Size) { ArtifactType = member.ArtifactType ?? TypeOf(manifest), Platform = platform }, isStated);
    }

    // An index of another tool may lack the type of a member. Clients choose members by it.
    private async ValueTask<Descriptor> WithArtifactTypeAsync(Descriptor member, CancellationToken cancellationToken)
    {
        if (member.ArtifactType is not null || !MediaTypes.IsManifest(member.MediaType) || !await _source.ContainsAsync(member, DescriptorRole.Manifest, cancellationToken).ConfigureAwait(false)) return member;
        return TypeOf(await ReadAsync(member, cancellationToken).ConfigureAwait(false)) is not { } type
            ? member
            : new Descriptor(member.MediaType, member.Digest, member.Size) { ArtifactType = type, Platform = member.Platform, Annotations = member.Annotations, Urls = member.Urls };
    }

    private ValueTask<Manifest> ReadAsync(Descriptor member, CancellationToken cancellationToken) => MediaTypes.IsManifest(member.MediaType)
        ? _source.GetManifestAsync(member, cancellationToken)
        : throw ContentErrors.NotAManifest(member);

    // The type of an artifact (image-spec, descriptor, "artifactType"). A runnable image has none.
    private static string? TypeOf(Manifest manifest) =>
        manifest.ReferrerType is { Length: > 0 } type && type != MediaTypes.Empty && !MediaTypes.IsImageConfig(type) ? type : null;

    // Tools use the first of two members for one platform, so the second would be lost silently.
    private void Add(Descriptor member, bool isStated)
    {
        if (!isStated && _existing.Contains(member.Digest)) return;
        if (_members.Any(m => m.Digest == member.Digest && m.Platform == member.Platform)) return;
        if (member.Platform is { OS: not "unknown" } platform && _members.FirstOrDefault(m => m.Platform == platform) is { } other)
        {
            throw ArtifactErrors.PlatformTaken(member.Digest, other.Digest, platform);
        }

        _members.Add(member);
    }

    /// <summary>Returns the document. Members, their order and the annotations alone decide its digest.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidManifest"/>: the time of creation among the annotations is not
    /// valid.</exception>
    public byte[] ToBytes(IReadOnlyDictionary<string, string>? annotations = null)
    {
        if (annotations is not null) AnnotationRules.Check(annotations);
        return Json.Write(writer => Write(writer, annotations));
    }

    private void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, string>? annotations)
    {
        writer.WriteStartObject();
        writer.WriteNumber("schemaVersion"u8, 2);
        writer.WriteString("mediaType"u8, MediaTypes.ImageIndex);
        writer.WriteStartArray("manifests"u8);
        foreach (var member in _members) DescriptorJson.Write(writer, member);
        writer.WriteEndArray();
        if (annotations?.Count > 0)
        {
            writer.WriteStartObject("annotations"u8);
            foreach (var annotation in annotations.OrderBy(a => a.Key, StringComparer.Ordinal)) writer.WriteString(annotation.Key, annotation.Value);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }
}
