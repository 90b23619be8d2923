using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Model;
using OciLayout.Store;

namespace OciLayout.Artifacts;

/// <summary>Finds the platforms of images. The entry of an index comes first, then the config of the image.</summary>
internal sealed class PlatformFinder(IContentSource source)
{
    /// <summary>Finds the first image of a platform, as <see cref="FindAsync"/> does.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, with the platforms that the root has.</exception>
    public async ValueTask<Descriptor> SelectAsync(Descriptor root, Platform wanted, CancellationToken cancellationToken)
    {
        if (await FindAsync(root, wanted, cancellationToken).ConfigureAwait(false) is { } image) return image;
        var existing = (await ListAsync(root, cancellationToken).ConfigureAwait(false)).Select(i => i.Platform.ToString()).Distinct().ToList();
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
    public async ValueTask<Descriptor?> FindAsync(Descriptor root, Platform wanted, CancellationToken cancellationToken)
    {
        Descriptor? found = null;
        await VisitAsync(root, MatchesAsync, cancellationToken).ConfigureAwait(false);
        return found;

        async ValueTask<bool> MatchesAsync(Platform platform, Descriptor image)
        {
            var matches = platform.Satisfies(wanted) || (await CompletedAsync(image, platform, wanted, cancellationToken).ConfigureAwait(false)).Satisfies(wanted);
            if (matches) found = image;
            return matches;
        }
    }

    /// <summary>Lists the images of an index, or the image itself, with their platforms. Images without a platform are left out.</summary>
    public async ValueTask<IReadOnlyList<(Platform Platform, Descriptor Image)>> ListAsync(Descriptor root, CancellationToken cancellationToken)
    {
        var images = new List<(Platform, Descriptor)>();
        await VisitAsync(root, AddAsync, cancellationToken).ConfigureAwait(false);
        return images;

        ValueTask<bool> AddAsync(Platform platform, Descriptor image)
        {
            images.Add((platform, image));
            return new(false);
        }
    }

    // Visits images until one is the last.
    private ValueTask VisitAsync(Descriptor root, Func<Platform, Descriptor, ValueTask<bool>> isLast, CancellationToken cancellationToken) => VisitMembersAsync(
        root,
        async member => await GetPlatformAsync(member, cancellationToken).ConfigureAwait(false) is { } platform && await isLast(platform, member).ConfigureAwait(false),
        cancellationToken);

    /// <summary>Visits the members of an index that are not indexes, or the root itself, until one is the last. Nested indexes that are not stored are left out.</summary>
    public async ValueTask VisitMembersAsync(Descriptor root, Func<Descriptor, ValueTask<bool>> isLast, CancellationToken cancellationToken)
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
                if (!seen.Add(descriptor.Digest) || (seen.Count > 1 && !await source.ContainsAsync(descriptor, DescriptorRole.Manifest, cancellationToken).ConfigureAwait(false))) continue;
                foreach (var member in (await source.GetManifestAsync(descriptor, cancellationToken).ConfigureAwait(false)).Manifests.Reverse()) stack.Push(member);
            }
            else if (await isLast(descriptor).ConfigureAwait(false))
            {
                return;
            }
        }
    }

    /// <summary>Returns the platform of an image; null when it has none, or is not stored.</summary>
    public async ValueTask<Platform?> GetPlatformAsync(Descriptor image, CancellationToken cancellationToken) =>
        image.Platform ?? await OfConfigAsync(image, cancellationToken).ConfigureAwait(false);

    // Reads a config only when it can decide: BuildKit, for example, writes the variant of arm64 into the config alone.
    private async ValueTask<Platform> CompletedAsync(Descriptor image, Platform stated, Platform wanted, CancellationToken cancellationToken)
    {
        var isUndecided = Lacks(stated.Variant, wanted.Variant) || Lacks(stated.OSVersion, wanted.OSVersion);
        if (!isUndecided || stated.OS != wanted.OS || stated.Architecture != wanted.Architecture) return stated;
        return await OfConfigAsync(image, cancellationToken).ConfigureAwait(false) is { } config && config.OS == stated.OS && config.Architecture == stated.Architecture
            ? stated with
            {
                Variant = string.IsNullOrEmpty(stated.Variant) ? config.Variant : stated.Variant,
                OSVersion = string.IsNullOrEmpty(stated.OSVersion) ? config.OSVersion : stated.OSVersion,
            }
            : stated;

        static bool Lacks(string? value, string? other) => string.IsNullOrEmpty(value) && !string.IsNullOrEmpty(other);
    }

    private async ValueTask<Platform?> OfConfigAsync(Descriptor image, CancellationToken cancellationToken)
    {
        if (image.Kind is not (ManifestKind.Image or ManifestKind.DockerImage)) return null;
        try
        {
            if ((await source.GetManifestAsync(image, cancellationToken).ConfigureAwait(false)).Config is not { } config || !MediaTypes.IsImageConfig(config.MediaType)) return null;
            var bytes = await source.ReadAllAsync(config, cancellationToken).ConfigureAwait(false);
            var platform = Json.Guard(() => Read(bytes));
            return platform is { OS.Length: > 0, Architecture.Length: > 0 } ? platform : null;
        }
        catch (OciException e) when (e.Registry is null)
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
