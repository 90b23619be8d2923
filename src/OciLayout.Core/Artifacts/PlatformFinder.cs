using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading;
using OciLayout.Model;
using OciLayout.Store;

namespace OciLayout.Artifacts;

/// <summary>Finds the platforms of images. The entry of an index comes first, then the config of the image.</summary>
internal sealed class PlatformFinder(StoreReader store)
{
    /// <summary>Finds the first image of a platform, as <see cref="Find"/> does.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, with the platforms that the root has.</exception>
    public Descriptor Select(Descriptor root, Platform wanted, CancellationToken cancellationToken)
    {
        if (Find(root, wanted, cancellationToken) is { } image) return image;
        var existing = List(root, cancellationToken).Select(i => i.Platform.ToString()).Distinct().ToList();
        var list = existing.Count == 0 ? "it has no platform" : $"it has {string.Join(", ", existing)}";
        throw ReferenceErrors.PlatformNotFound(root.Digest, wanted, existing);
    }

    /// <summary>Finds the first image of a platform. Returns null when there is none.</summary>
    /// <param name="root">An index, or an image of that platform.</param>
    /// <param name="wanted">
    /// The platform. <see cref="Platform.Satisfies"/> compares it. The config of an image supplies a variant or version that its index entry
    /// does not state.
    /// </param>
    /// <param name="cancellationToken">Stops the operation.</param>
    public Descriptor? Find(Descriptor root, Platform wanted, CancellationToken cancellationToken)
    {
        foreach (var (platform, image) in List(root, cancellationToken))
        {
            if (platform.Satisfies(wanted) || Completed(image, platform, wanted, cancellationToken).Satisfies(wanted)) return image;
        }

        return null;
    }

    /// <summary>Lists the images of an index, or the image itself, with their platforms. Images without a platform are left out.</summary>
    public IEnumerable<(Platform Platform, Descriptor Image)> List(Descriptor root, CancellationToken cancellationToken)
    {
        var seen = new HashSet<Digest>();
        var stack = new Stack<Descriptor>();
        stack.Push(root);
        while (stack.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var descriptor = stack.Pop();
            if (descriptor.Kind is ManifestKind.Index or ManifestKind.DockerList)
            {
                // Members of a nested index come in its place.
                if (!seen.Add(descriptor.Digest) || (seen.Count > 1 && !store.Exists(descriptor.Digest))) continue;
                foreach (var member in store.GetManifest(descriptor, cancellationToken).Manifests.Reverse()) stack.Push(member);
            }
            else if (GetPlatform(descriptor, cancellationToken) is { } platform)
            {
                yield return (platform, descriptor);
            }
        }
    }

    /// <summary>Returns the platform of an image; null when it has none, or is not stored.</summary>
    public Platform? GetPlatform(Descriptor image, CancellationToken cancellationToken) =>
        image.Platform ?? OfConfig(image, cancellationToken);

    // Reads a config only when it can decide: BuildKit, for example, writes the variant of arm64 into the config alone.
    private Platform Completed(Descriptor image, Platform stated, Platform wanted, CancellationToken cancellationToken)
    {
        var isUndecided = Lacks(stated.Variant, wanted.Variant) || Lacks(stated.OSVersion, wanted.OSVersion);
        if (!isUndecided || stated.OS != wanted.OS || stated.Architecture != wanted.Architecture) return stated;
        return OfConfig(image, cancellationToken) is { } config && config.OS == stated.OS && config.Architecture == stated.Architecture
            ? stated with
            {
                Variant = string.IsNullOrEmpty(stated.Variant) ? config.Variant : stated.Variant,
                OSVersion = string.IsNullOrEmpty(stated.OSVersion) ? config.OSVersion : stated.OSVersion,
            }
            : stated;

        static bool Lacks(string? value, string? other) => string.IsNullOrEmpty(value) && !string.IsNullOrEmpty(other);
    }

    private Platform? OfConfig(Descriptor image, CancellationToken cancellationToken)
    {
        if (image.Kind is not (ManifestKind.Image or ManifestKind.DockerImage)) return null;
        try
        {
            if (store.GetManifest(image, cancellationToken).Config is not { } config || !MediaTypes.IsImageConfig(config.MediaType)) return null;
            var bytes = store.ReadAll(config, store.ManifestLimit, cancellationToken);
            var platform = Json.Guard(() => Read(bytes));
            return platform is { OS.Length: > 0, Architecture.Length: > 0 } ? platform : null;
        }
        catch (OciException)
        {
            return null; // The content is missing or corrupt. Reading the image itself reports that.
        }
        catch (JsonException)
        {
            return null; // Real stores contain empty files with the media type of a config.
        }
    }

    private static Platform? Read(byte[] config)
    {
        var document = Json.WithoutByteOrderMark(config);
        var reader = new Utf8JsonReader(document.Span, Json.ReaderOptions);
        return reader.Read() ? DescriptorJson.ReadPlatform(ref reader) : null;
    }
}
