using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Common;
using OciLayout.Images;
using OciLayout.Model;

namespace OciLayout;

/// <summary>Compares two images: their layers, their settings and, on request, the files that a container sees.</summary>
public sealed class OciImageComparison
{
    private long _bytes;

    private OciImageComparison(OciImage? reference, OciImage? difference, Platform? platform)
    {
        Reference = reference;
        Difference = difference;
        Platform = platform;
    }

    /// <summary>Compares two images.</summary>
    /// <param name="reference">The image to compare with.</param>
    /// <param name="difference">The image to compare. It may be in another place.</param>
    public OciImageComparison(OciImage reference, OciImage difference)
        : this(Guard.NotNull(reference), Guard.NotNull(difference), difference.Platform)
    {
    }

    /// <summary>The image to compare with; null when an index has no image of the platform.</summary>
    public OciImage? Reference { get; }

    /// <summary>The image to compare; null when an index has no image of the platform.</summary>
    public OciImage? Difference { get; }

    /// <summary>The platform; null when it is unknown.</summary>
    public Platform? Platform { get; }

    /// <summary>The number of stored bytes of layers that were read so far, for progress.</summary>
    public long BytesRead => Interlocked.Read(ref _bytes);

    /// <summary>The number of stored bytes of the layers of both images, each digest once. The comparison of files reads at most as many.</summary>
    public long Size => OciImage.SizeOf(Layers(Reference).Concat(Layers(Difference)).Select(l => l.Descriptor));

    /// <summary>Finds the images to compare. The images of two indexes are compared by their platforms; those that only one index has are included.</summary>
    /// <param name="reference">The layout or repository of the content to compare with.</param>
    /// <param name="referenceRoot">The image or index to compare with.</param>
    /// <param name="difference">The layout or repository of the content to compare.</param>
    /// <param name="differenceRoot">The image or index to compare. An image is compared with that of its platform when the other one is an index.</param>
    /// <param name="platform">The platform of the images to compare; null for all.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsupportedMediaType"/>: the content is not an image;
    /// <see cref="OciErrorKind.NotFound"/>: an index has no image of the platform; <see cref="OciErrorKind.AmbiguousReference"/>: an index has
    /// several images, and the platform of the other image is unknown; <see cref="OciErrorKind.InvalidManifest"/>, and the errors of the
    /// registry.</exception>
    public static async Task<IReadOnlyList<OciImageComparison>> PlanAsync(
        OciPlace reference, Descriptor referenceRoot, OciPlace difference, Descriptor differenceRoot, Platform? platform = null, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(reference);
        Guard.NotNull(difference);
        var isIndex = IsIndex(Guard.NotNull(referenceRoot));
        if (platform is null && isIndex && IsIndex(Guard.NotNull(differenceRoot)))
        {
            var old = await ImagesAsync(reference, referenceRoot, cancellationToken).ConfigureAwait(false);
            var now = await ImagesAsync(difference, differenceRoot, cancellationToken).ConfigureAwait(false);
            return old.Count == 1 && now.Count == 1 ? [new OciImageComparison(old[0], now[0])] : [.. Pair(old, now, cancellationToken)];
        }

        // An image without an index states the platform. It may be the only one of the index, too.
        var first = isIndex ? null : await OciImage.SelectAsync(reference, referenceRoot, platform, cancellationToken).ConfigureAwait(false);
        var second = await SelectAsync(difference, Guard.NotNull(differenceRoot), platform, first?.Platform, cancellationToken).ConfigureAwait(false);
        return [new OciImageComparison(first ?? await SelectAsync(reference, referenceRoot, platform, second.Platform, cancellationToken).ConfigureAwait(false), second)];
    }

    /// <summary>Compares the layers, from the bottom, and then the settings.</summary>
    /// <param name="includeEqual">Whether layers and settings that both images have are included.</param>
    public IReadOnlyList<ImageDifference> Compare(bool includeEqual = false)
    {
        if (Reference is null || Difference is null) return [SettingComparer.OfPlatform(Reference is null ? null : Name(Platform, Reference), Difference is null ? null : Name(Platform, Difference))];
        return [.. LayerComparer.Compare(Reference.Layers, Difference.Layers).Concat(SettingComparer.Compare((Reference.Manifest, Reference.Config, Reference.Platform), (Difference.Manifest, Difference.Config, Difference.Platform))).Where(d => includeEqual || d.Change != ImageChange.Same)];
    }

    /// <summary>Compares the media types and the annotations of two indexes.</summary>
    /// <param name="reference">The layout or repository of the index to compare with.</param>
    /// <param name="referenceRoot">The index to compare with.</param>
    /// <param name="difference">The layout or repository of the index to compare.</param>
    /// <param name="differenceRoot">The index to compare.</param>
    /// <param name="includeEqual">Whether settings that both indexes have are included.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    /// <returns>The differences; none when the content of one side is not an index.</returns>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidManifest"/>, <see cref="OciErrorKind.NotFound"/>, and the errors of the registry.</exception>
    public static async Task<IReadOnlyList<ImageDifference>> CompareIndexesAsync(
        OciPlace reference, Descriptor referenceRoot, OciPlace difference, Descriptor differenceRoot, bool includeEqual = false, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(reference);
        Guard.NotNull(difference);
        Guard.NotNull(referenceRoot);
        Guard.NotNull(differenceRoot);
        if (!IsIndex(referenceRoot) || !IsIndex(differenceRoot)) return [];
        var old = await reference.Content.GetManifestAsync(referenceRoot, cancellationToken).ConfigureAwait(false);
        var now = await difference.Content.GetManifestAsync(differenceRoot, cancellationToken).ConfigureAwait(false);
        return [.. SettingComparer.CompareIndexes(old, now).Where(d => includeEqual || d.Change != ImageChange.Same)];
    }

    /// <summary>
    /// Compares the files that a container sees, in the order of their paths: type, size, mode, owner, link target and content, but not the
    /// time. Layers are streamed and verified. Blocks the thread.
    /// </summary>
    /// <param name="includeEqual">Whether files that both images have are included.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidArchive"/>, <see cref="OciErrorKind.UnsafePath"/>,
    /// <see cref="OciErrorKind.DigestMismatch"/>, <see cref="OciErrorKind.NotFound"/>: a layer cannot be read.</exception>
    public IReadOnlyList<ImageDifference> CompareFiles(bool includeEqual = false, CancellationToken cancellationToken = default) => Reference is null || Difference is null
        ? []
        : new FileComparer(Difference.Descriptor.Digest, (Reference.Place.Content, Reference.Layers), (Difference.Place.Content, Difference.Layers), includeEqual, count => Interlocked.Add(ref _bytes, count), cancellationToken).Compare();

    private static bool IsIndex(Descriptor root) => root.Kind is ManifestKind.Index or ManifestKind.DockerList;

    private static IEnumerable<ImageLayer> Layers(OciImage? image) => image?.Layers ?? [];

    private static string Name(Platform? platform, OciImage image) => platform?.ToString() ?? image.Descriptor.Digest.ToString();

    private static async Task<OciImage> SelectAsync(OciPlace place, Descriptor root, Platform? platform, Platform? ofOther, CancellationToken cancellationToken)
    {
        if (platform is null && IsIndex(root) && ofOther is not null && (await OciImage.ListAsync(place, root, cancellationToken).ConfigureAwait(false)).Count > 1) platform = ofOther;
        return await OciImage.SelectAsync(place, root, platform, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<List<OciImage>> ImagesAsync(OciPlace place, Descriptor root, CancellationToken cancellationToken)
    {
        var images = new List<OciImage>();
        foreach (var descriptor in await OciImage.ListAsync(place, root, cancellationToken).ConfigureAwait(false)) images.Add(await OciImage.ReadAsync(place, descriptor, cancellationToken).ConfigureAwait(false));
        return images;
    }

    // Equal platforms belong together, and then those of which one states more than the other, such as a variant.
    private static IEnumerable<OciImageComparison> Pair(List<OciImage> old, List<OciImage> now, CancellationToken cancellationToken)
    {
        var partners = new Dictionary<OciImage, OciImage>();
        var free = new HashSet<OciImage>(now);
        Match(platform => platform, (one, other) => one == other);
        Match(platform => platform with { Variant = null, OSVersion = null, OSFeatures = [] }, (one, other) => one.Satisfies(other) || other.Satisfies(one));
        foreach (var image in old) yield return new OciImageComparison(image, partners.TryGetValue(image, out var partner) ? partner : null, image.Platform);
        foreach (var image in now.Where(free.Contains)) yield return new OciImageComparison(null, image, image.Platform);

        // An index can have tens of thousands of images, so only those are compared whose platforms have the same key.
        void Match(Func<Platform, Platform> key, Func<Platform, Platform, bool> fit)
        {
            var candidates = now.Where(i => i.Platform is not null && free.Contains(i)).ToLookup(i => key(i.Platform!));
            foreach (var image in old.Where(i => i.Platform is not null && !partners.ContainsKey(i)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (candidates[key(image.Platform!)].FirstOrDefault(i => free.Contains(i) && fit(image.Platform!, i.Platform!)) is not { } partner) continue;
                partners.Add(image, partner);
                free.Remove(partner);
            }
        }
    }
}
