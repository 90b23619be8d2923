using System.Collections.Generic;
using System.Threading;
using OciLayout.Artifacts;
using OciLayout.Common;

namespace OciLayout;

/// <summary>Finds the platforms of images. The entry of an index comes first, then the config of the image.</summary>
public static class OciPlatforms
{
    /// <summary>Finds the first image of a platform, as <see cref="Find"/> does.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, with the platforms that the root has.</exception>
    public static Descriptor Select(OciStore store, Descriptor root, Platform wanted, CancellationToken cancellationToken = default) =>
        In(store).Select(Guard.NotNull(root), Guard.NotNull(wanted), cancellationToken);

    /// <summary>Finds the first image of a platform. Returns null when there is none.</summary>
    /// <param name="store">The store.</param>
    /// <param name="root">An index, or an image of that platform.</param>
    /// <param name="wanted">
    /// The platform. <see cref="Platform.Satisfies"/> compares it. The config of an image supplies a variant or version that its index entry
    /// does not state.
    /// </param>
    /// <param name="cancellationToken">Stops the operation.</param>
    public static Descriptor? Find(OciStore store, Descriptor root, Platform wanted, CancellationToken cancellationToken = default) =>
        In(store).Find(Guard.NotNull(root), Guard.NotNull(wanted), cancellationToken);

    /// <summary>Lists the images of an index, or the image itself, with their platforms. Images without a platform are left out.</summary>
    public static IEnumerable<(Platform Platform, Descriptor Image)> List(OciStore store, Descriptor root, CancellationToken cancellationToken = default) =>
        In(store).List(Guard.NotNull(root), cancellationToken);

    /// <summary>Returns the platform of an image; null when it has none, or is not stored.</summary>
    public static Platform? GetPlatform(OciStore store, Descriptor image, CancellationToken cancellationToken = default) => In(store).GetPlatform(Guard.NotNull(image), cancellationToken);

    private static PlatformFinder In(OciStore store) => new((Guard.NotNull(store)).Reader);
}
