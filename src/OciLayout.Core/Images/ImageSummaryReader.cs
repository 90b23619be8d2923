using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Artifacts;
using OciLayout.Common;
using OciLayout.Model;
using OciLayout.Store;

namespace OciLayout.Images;

/// <summary>Reads the manifests and configurations of one tag, for <see cref="ImageSummary"/>.</summary>
internal sealed class ImageSummaryReader(IContentSource source)
{
    private readonly Dictionary<Digest, long> _content = [];
    private readonly List<Platform> _platforms = [];
    private DateTimeOffset? _created;

    public async ValueTask<ImageSummary> ReadAsync(Descriptor root, CancellationToken cancellationToken)
    {
        await new PlatformFinder(source).VisitMembersAsync(root, AddAsync, cancellationToken).ConfigureAwait(false);
        var size = _content.Values.Total();
        return new ImageSummary(_created, _platforms, size);

        async ValueTask<bool> AddAsync(Descriptor manifest)
        {
            await ReadOneAsync(manifest, manifest.Digest == root.Digest, cancellationToken).ConfigureAwait(false);
            return false;
        }
    }

    // Attestations of an index count for its size, but they have no platform.
    private async ValueTask ReadOneAsync(Descriptor descriptor, bool isRoot, CancellationToken cancellationToken)
    {
        if (!MediaTypes.IsManifest(descriptor.MediaType)) return;
        if (!isRoot && !await source.ContainsAsync(descriptor, DescriptorRole.Manifest, cancellationToken).ConfigureAwait(false)) return;
        var manifest = await source.GetManifestAsync(descriptor, cancellationToken).ConfigureAwait(false);
        foreach (var (role, content) in manifest.Successors)
        {
            if (role != DescriptorRole.Subject) _content[content.Digest] = content.Size;
        }

        var config = ImageFinder.IsImage(manifest) ? Parse(await source.ReadAllAsync(manifest.Config!, cancellationToken).ConfigureAwait(false), manifest.Config!.Digest) : null;
        var created = config?.Created ?? (manifest.Annotations.TryGetValue(AnnotationKeys.Created, out var text) ? Rfc3339.Parse(text) : null);
        if (_created is null || created > _created) _created = created ?? _created;
        if ((descriptor.Platform ?? config?.Platform) is { OS: not "unknown" } platform && config is not null && !_platforms.Contains(platform)) _platforms.Add(platform);
    }

    // Artifacts of some tools have the media type of an image configuration and an empty document. A list of tags shows them.
    private static ImageConfig? Parse(byte[] config, Digest digest)
    {
        try
        {
            return ImageConfig.Parse(config, digest.ToString());
        }
        catch (OciException e) when (e.Kind == OciErrorKind.InvalidManifest)
        {
            return null;
        }
    }
}
