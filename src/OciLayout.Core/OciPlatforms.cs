using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Artifacts;
using OciLayout.Common;

namespace OciLayout;

/// <summary>Finds the platforms of images. The entry of an index comes first, then the config of the image.</summary>
public static class OciPlatforms
{
    /// <summary>Finds the first image of a platform, as <see cref="Find"/> does.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, with the platforms that the root has.</exception>
    public static Descriptor Select(OciStore store, Descriptor root, Platform wanted, CancellationToken cancellationToken = default) =>
        In(store).SelectAsync(Guard.NotNull(root), Guard.NotNull(wanted), cancellationToken).AsTask().GetAwaiter().GetResult();

    /// <summary>Finds the first image of a platform. Returns null when there is none.</summary>
    /// <param name="store">The store.</param>
    /// <param name="root">An index, or an image of that platform.</param>
    /// <param name="wanted">
    /// The platform. <see cref="Platform.Satisfies"/> compares it. The config of an image supplies a variant or version that its index entry
    /// does not state.
    /// </param>
    /// <param name="cancellationToken">Stops the operation.</param>
    public static Descriptor? Find(OciStore store, Descriptor root, Platform wanted, CancellationToken cancellationToken = default) =>
        In(store).FindAsync(Guard.NotNull(root), Guard.NotNull(wanted), cancellationToken).AsTask().GetAwaiter().GetResult();

    /// <summary>Lists the images of an index, or the image itself, with their platforms. Images without a platform are left out.</summary>
    public static IEnumerable<(Platform Platform, Descriptor Image)> List(OciStore store, Descriptor root, CancellationToken cancellationToken = default) =>
        In(store).ListAsync(Guard.NotNull(root), cancellationToken).AsTask().GetAwaiter().GetResult();

    /// <summary>Returns the platform of an image; null when it has none, or is not stored.</summary>
    public static Platform? GetPlatform(OciStore store, Descriptor image, CancellationToken cancellationToken = default) => In(store).GetPlatformAsync(Guard.NotNull(image), cancellationToken).AsTask().GetAwaiter().GetResult();

    /// <summary>Finds the first image of a platform in a layout or a repository, as <see cref="Select"/> does.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, and the errors of the registry.</exception>
    public static async Task<Descriptor> SelectAsync(OciPlace place, Descriptor root, Platform wanted, CancellationToken cancellationToken = default) =>
        await In(place).SelectAsync(Guard.NotNull(root), Guard.NotNull(wanted), cancellationToken).ConfigureAwait(false);

    /// <summary>Finds the first image of a platform in a layout or a repository, as <see cref="Find"/> does.</summary>
    /// <exception cref="OciException">The errors of the registry.</exception>
    public static async Task<Descriptor?> FindAsync(OciPlace place, Descriptor root, Platform wanted, CancellationToken cancellationToken = default) =>
        await In(place).FindAsync(Guard.NotNull(root), Guard.NotNull(wanted), cancellationToken).ConfigureAwait(false);

    /// <summary>Lists the images of an index in a layout or a repository, as <see cref="List"/> does.</summary>
    public static async Task<IReadOnlyList<(Platform Platform, Descriptor Image)>> ListAsync(OciPlace place, Descriptor root, CancellationToken cancellationToken = default) =>
        await In(place).ListAsync(Guard.NotNull(root), cancellationToken).ConfigureAwait(false);

    private static PlatformFinder In(OciPlace place) => new(Guard.NotNull(place).Content);
}
