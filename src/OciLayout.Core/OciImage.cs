using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Common;
using OciLayout.Images;
using OciLayout.Model;

namespace OciLayout;

/// <summary>An image: its manifest and its configuration, in a layout, an archive or a repository. Immutable.</summary>
public sealed class OciImage
{
    private OciImage(OciPlace place, Descriptor descriptor, Manifest manifest, ImageConfig config)
    {
        Place = place;
        Descriptor = descriptor;
        Manifest = manifest;
        Config = config;
        Layers = [.. manifest.Layers.Select((layer, i) => new ImageLayer(layer, i < config.DiffIds.Count ? config.DiffIds[i] : null))];
    }

    /// <summary>The place that the image was read from.</summary>
    public OciPlace Place { get; }

    /// <summary>The descriptor of the manifest.</summary>
    public Descriptor Descriptor { get; }

    /// <summary>The manifest.</summary>
    public Manifest Manifest { get; }

    /// <summary>The configuration.</summary>
    public ImageConfig Config { get; }

    /// <summary>The layers, from the bottom to the top.</summary>
    public IReadOnlyList<ImageLayer> Layers { get; }

    /// <summary>The platform, from the entry of an index or else from the configuration; null when neither states it.</summary>
    public Platform? Platform => Descriptor.Platform ?? Config.Platform;

    /// <summary>The number of bytes to transfer: the configuration and the layers, each digest once.</summary>
    public long Size => SizeOf(Manifest);

    /// <summary>Reads and verifies the manifest and the configuration of an image.</summary>
    /// <param name="place">The layout or repository.</param>
    /// <param name="manifest">The descriptor of the manifest of the image.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsupportedMediaType"/>: the content is not an image;
    /// <see cref="OciErrorKind.InvalidManifest"/>, <see cref="OciErrorKind.NotFound"/>, <see cref="OciErrorKind.DigestMismatch"/>,
    /// <see cref="OciErrorKind.SizeLimitExceeded"/>, and the errors of the registry.</exception>
    public static async Task<OciImage> ReadAsync(OciPlace place, Descriptor manifest, CancellationToken cancellationToken = default)
    {
        var content = Guard.NotNull(place).Content;
        if (!MediaTypes.IsManifest(Guard.NotNull(manifest).MediaType)) throw ImageErrors.NotAnImage(manifest, manifest.MediaType);
        var parsed = await content.GetManifestAsync(manifest, cancellationToken).ConfigureAwait(false);
        if (!ImageFinder.IsImage(parsed)) throw ImageErrors.NotAnImage(manifest, parsed.ReferrerType ?? parsed.MediaType);
        var config = await content.ReadAllAsync(parsed.Config!, cancellationToken).ConfigureAwait(false);
        return new OciImage(place, manifest, parsed, ImageConfig.Parse(config, parsed.Config!.Digest.ToString()));
    }

    /// <summary>Lists the manifests of the images of an index, or the manifest itself. Members of an index that are not images, such as attestations, are left out.</summary>
    /// <param name="place">The layout or repository.</param>
    /// <param name="root">An index, or the manifest of an image.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsupportedMediaType"/>: an index has no image; and the errors of
    /// <see cref="ReadAsync"/>.</exception>
    public static async Task<IReadOnlyList<Descriptor>> ListAsync(OciPlace place, Descriptor root, CancellationToken cancellationToken = default) =>
        await new ImageFinder(Guard.NotNull(place).Content).ListAsync(Guard.NotNull(root), cancellationToken).ConfigureAwait(false);

    /// <summary>Reads one image: the image of a platform, or the only image of an index, or the manifest itself.</summary>
    /// <param name="place">The layout or repository.</param>
    /// <param name="root">An index, or the manifest of an image.</param>
    /// <param name="platform">The platform; null when the index has one image only.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.AmbiguousReference"/>: an index has several images, and no platform was given;
    /// <see cref="OciErrorKind.NotFound"/>: no image has the platform; and the errors of <see cref="ReadAsync"/>.</exception>
    public static async Task<OciImage> SelectAsync(OciPlace place, Descriptor root, Platform? platform = null, CancellationToken cancellationToken = default)
    {
        var finder = new ImageFinder(Guard.NotNull(place).Content);
        var manifest = await finder.SelectAsync(Guard.NotNull(root), platform, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(place, manifest, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads what a list of tags shows about an image, an index or an artifact.</summary>
    /// <param name="place">The layout or repository.</param>
    /// <param name="root">The content of a tag.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    /// <exception cref="OciException">The errors of <see cref="ReadAsync"/>.</exception>
    public static async Task<ImageSummary> SummarizeAsync(OciPlace place, Descriptor root, CancellationToken cancellationToken = default) =>
        await new ImageSummaryReader(Guard.NotNull(place).Content).ReadAsync(Guard.NotNull(root), cancellationToken).ConfigureAwait(false);

    /// <summary>Returns the number of bytes of the configuration and the layers of an image, each digest once.</summary>
    internal static long SizeOf(Manifest manifest) => SizeOf(manifest.Layers.Concat(manifest.Config is { } config ? [config] : []));

    /// <summary>Returns the number of bytes of content, each digest once.</summary>
    internal static long SizeOf(IEnumerable<Descriptor> content) => content.GroupBy(d => d.Digest).Select(same => same.First().Size).Total();
}
