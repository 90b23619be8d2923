using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading;

namespace OciLayout;

/// <summary>Which platforms content is for: what an index says of its members, else what the config of an image says.</summary>
public static class OciPlatforms
{
    private const string ImageConfig = "application/vnd.oci.image.config.v1+json";
    private const string DockerConfig = "application/vnd.docker.container.image.v1+json";

    /// <summary>Finds the image of a platform: the first that fits.</summary>
    /// <param name="store">The store.</param>
    /// <param name="root">An index, or an image, which then has to be of that platform.</param>
    /// <param name="wanted">Operating system and architecture are compared exactly, variant and version only if given; features have to be among those there.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, with the platforms that are there.</exception>
    public static Descriptor Select(OciStore store, Descriptor root, Platform wanted, CancellationToken cancellation = default)
    {
        var there = new List<string>();
        foreach (var (platform, image) in List(store, root, cancellation))
        {
            if (platform.Fits(wanted)) return image;
            there.Add(platform.ToString());
        }

        var list = there.Count == 0 ? "it has no platform" : $"it has {string.Join(", ", there.Distinct())}";
        throw new OciException(OciErrorKind.NotFound, $"{root.Digest} has no image for {wanted}: {list}.", root.Digest.ToString())
        {
            Expected = wanted.ToString(),
            Related = [.. there.Distinct()],
        };
    }

    /// <summary>The images of an index, or the one image itself, with their platforms; those without one are left out.</summary>
    public static IEnumerable<(Platform Platform, Descriptor Image)> List(OciStore store, Descriptor root, CancellationToken cancellation = default)
    {
        var seen = new HashSet<Digest>();
        var stack = new Stack<Descriptor>();
        stack.Push(root);
        while (stack.Count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            var descriptor = stack.Pop();
            if (descriptor.Kind is ManifestKind.Index or ManifestKind.DockerList)
            {
                // An index of indexes: its members are met where it stands.
                if (!seen.Add(descriptor.Digest) || (seen.Count > 1 && !store.Exists(descriptor.Digest))) continue;
                foreach (var member in store.GetManifest(descriptor, cancellation).Manifests.Reverse()) stack.Push(member);
            }
            else if (Of(store, descriptor, cancellation) is { } platform)
            {
                yield return (platform, descriptor);
            }
        }
    }

    /// <summary>The platform of an image; null when it has none, or is not stored.</summary>
    public static Platform? Of(OciStore store, Descriptor image, CancellationToken cancellation = default)
    {
        if (image.Platform is { } said) return said;
        if (image.Kind is not (ManifestKind.Image or ManifestKind.DockerImage)) return null;
        try
        {
            if (store.GetManifest(image, cancellation).Config is not { MediaType: ImageConfig or DockerConfig } config) return null;
            var bytes = store.ReadAll(config, store.Options.ManifestSizeLimit, cancellation);
            var platform = Json.Guard(() => Read(bytes));
            return platform is { OS.Length: > 0, Architecture.Length: > 0 } ? platform : null;
        }
        catch (OciException)
        {
            return null; // it is not stored, or damaged; whoever reads it is told
        }
        catch (JsonException)
        {
            return null; // real stores hold an empty file that is typed as a config
        }
    }

    private static Platform? Read(byte[] config)
    {
        var document = Json.WithoutByteOrderMark(config);
        var reader = new Utf8JsonReader(document.Span, Json.ReaderOptions);
        return reader.Read() ? DescriptorJson.ReadPlatform(ref reader) : null;
    }
}
