using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading;
using OciLayout.Artifacts;
using OciLayout.Common;
using OciLayout.Model;
using OciLayout.Store;

namespace OciLayout;

/// <summary>Builds an image index of images of a store or a repository (image-spec, image-index). With a repository, it waits for the requests.</summary>
public sealed class OciIndexBuilder
{
    private readonly IContentSource _source;
    private readonly List<Descriptor> _members = [];

    /// <summary>Creates a builder without members.</summary>
    public OciIndexBuilder(OciPlace place) => _source = Guard.NotNull(place).Content;

    /// <summary>The number of members.</summary>
    public int Count => _members.Count;

    /// <summary>Adds an image, or all members of an index, because few tools read nested indexes.</summary>
    /// <param name="member">An image or index.</param>
    /// <param name="platform">The platform; when null, the one of the descriptor or of the config.</param>
    /// <param name="cancellationToken">Stops the operation.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsupportedMediaType"/>: the member is neither an image nor an index;
    /// <see cref="OciErrorKind.InvalidManifest"/>: its platform is unknown, or an index was given one;
    /// <see cref="OciErrorKind.AlreadyExists"/>: another member has that platform.</exception>
    public void Add(Descriptor member, Platform? platform = null, CancellationToken cancellationToken = default)
    {
        var manifest = Read(Guard.NotNull(member), cancellationToken);
        if (manifest.Kind is ManifestKind.Index or ManifestKind.DockerList)
        {
            if (platform is not null)
                throw ArtifactErrors.IndexHasNoPlatform(member.Digest);
            foreach (var inner in manifest.Manifests) Add(WithArtifactType(inner, cancellationToken));
            return;
        }

        platform ??= new PlatformFinder(_source).GetPlatformAsync(member, cancellationToken).AsTask().GetAwaiter().GetResult() ?? throw ArtifactErrors.PlatformUnknown(member.Digest);
        Add(new Descriptor(member.MediaType, member.Digest, member.Size) { ArtifactType = member.ArtifactType ?? TypeOf(manifest), Platform = platform });
    }

    // An index of another tool may lack the type of a member. Clients choose members by it.
    private Descriptor WithArtifactType(Descriptor member, CancellationToken cancellationToken)
    {
        if (member.ArtifactType is not null || !MediaTypes.IsManifest(member.MediaType) || !_source.ContainsAsync(member, DescriptorRole.Manifest, cancellationToken).AsTask().GetAwaiter().GetResult()) return member;
        return TypeOf(Read(member, cancellationToken)) is not { } type
            ? member
            : new Descriptor(member.MediaType, member.Digest, member.Size) { ArtifactType = type, Platform = member.Platform, Annotations = member.Annotations, Urls = member.Urls };
    }

    private Manifest Read(Descriptor member, CancellationToken cancellationToken) => MediaTypes.IsManifest(member.MediaType)
        ? _source.GetManifestAsync(member, cancellationToken).AsTask().GetAwaiter().GetResult()
        : throw ContentErrors.NotAManifest(member);

    // The type of an artifact (image-spec, descriptor, "artifactType"). A runnable image has none.
    private static string? TypeOf(Manifest manifest) =>
        manifest.ReferrerType is { Length: > 0 } type && type != MediaTypes.Empty && !MediaTypes.IsImageConfig(type) ? type : null;

    // Tools use the first of two members for one platform, so the second would be lost silently.
    private void Add(Descriptor member)
    {
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
        if (annotations is not null) Rfc3339.CheckCreated(annotations);
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
