using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace OciLayout;

/// <summary>Makes an image index of images that are stored (image-spec, image-index).</summary>
public sealed class OciIndexBuilder
{
    private readonly OciStore _store;
    private readonly List<Descriptor> _members = [];

    /// <summary>Begins an index without members.</summary>
    public OciIndexBuilder(OciStore store) => _store = store ?? throw new ArgumentNullException(nameof(store));

    /// <summary>How many members it has.</summary>
    public int Count => _members.Count;

    /// <summary>Adds an image; of an index, all its members, since nested ones are read by few tools.</summary>
    /// <param name="member">An image or index.</param>
    /// <param name="platform">Its platform; when null, that of the descriptor or of the config.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsupportedMediaType"/>: it is neither; <see cref="OciErrorKind.InvalidManifest"/>: its
    /// platform is nowhere said, or an index was given one; <see cref="OciErrorKind.AlreadyExists"/>: another member has that platform.</exception>
    public void Add(Descriptor member, Platform? platform = null, CancellationToken cancellation = default)
    {
        var manifest = _store.GetManifest(member, cancellation);
        if (manifest.Kind is ManifestKind.Index or ManifestKind.DockerList)
        {
            if (platform is not null)
                throw new OciException(OciErrorKind.InvalidManifest, $"{member.Digest} is an index; a platform can be given to images only.", member.Digest.ToString());
            foreach (var inner in manifest.Manifests) Add(inner);
            return;
        }

        platform ??= OciPlatforms.Of(_store, member, cancellation) ?? throw new OciException(
            OciErrorKind.InvalidManifest, $"{member.Digest} does not say for which platform it is. Give the platform.", member.Digest.ToString())
        { Expected = "a platform" };
        Add(new Descriptor(member.MediaType, member.Digest, member.Size) { ArtifactType = member.ArtifactType, Platform = platform });
    }

    // Of two members for one platform every tool takes the first, so the second would be lost without a word.
    private void Add(Descriptor member)
    {
        if (_members.Any(m => m.Digest == member.Digest && Equal(m.Platform, member.Platform))) return;
        if (member.Platform is { OS: not "unknown" } platform && _members.FirstOrDefault(m => Equal(m.Platform, platform)) is { } other)
        {
            throw new OciException(OciErrorKind.AlreadyExists, $"{member.Digest} and {other.Digest} are both for {platform}.", member.Digest.ToString())
            {
                Related = [other.Digest.ToString()],
            };
        }

        _members.Add(member);
    }

    /// <summary>The document, whose digest depends on members, order and annotations only.</summary>
    public byte[] ToBytes(IReadOnlyDictionary<string, string>? annotations = null) => Json.Write(writer =>
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
    });

    private static bool Equal(Platform? one, Platform? other) =>
        one?.ToString() == other?.ToString() && (one?.OSFeatures ?? []).SequenceEqual(other?.OSFeatures ?? []);
}
