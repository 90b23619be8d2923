using System.Collections.Concurrent;
using System.Net;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Registry;

/// <summary>Reads manifests (distribution-spec, "Pulling manifests").</summary>
internal sealed class ManifestCall(RepositoryAccess access)
{
    /// <summary>The size up to which manifests are cached in total, in bytes: 32 MiB.</summary>
    private const long CacheLimit = 32 << 20;

    private static readonly string[] Accept =
    [
        MediaTypes.ImageManifest, MediaTypes.ImageIndex, MediaTypes.DockerManifest, MediaTypes.DockerManifestList, MediaTypes.ArtifactManifest, "*/*",
    ];

    private readonly ConcurrentDictionary<Digest, (string MediaType, byte[] Bytes)> _cache = new();
    private long _cached;

    /// <summary>Finds the manifest that a tag or digest names.</summary>
    /// <param name="reference">The tag or digest.</param>
    /// <param name="cancellationToken">The token that cancels the request.</param>
    /// <param name="canRetry">Whether the request is sent again after a temporary error.</param>
    /// <returns>The descriptor; null if the manifest does not exist.</returns>
    public async Task<Descriptor?> FindAsync(string reference, CancellationToken cancellationToken, bool canRetry = true)
    {
        var request = await RequestAsync(HttpMethod.Head, reference, cancellationToken).ConfigureAwait(false) with { CanRetry = canRetry };
        using (var response = await access.Client.SendAsync(request, cancellationToken).ConfigureAwait(false))
        {
            if (IsMissing(response)) return null;
            if (response.IsSuccess && Describe(response, reference) is { } descriptor) return descriptor;
            // Some registries refuse HEAD, or leave out its headers.
            if (!response.IsSuccess && (int)response.Status is not (400 or 405 or 501)) throw await access.Client.ErrorOfAsync(request, response, cancellationToken).ConfigureAwait(false);
        }

        return await TryReadAsync(reference, cancellationToken).ConfigureAwait(false) is { } found ? found.Descriptor : null;
    }

    /// <summary>Reads a manifest.</summary>
    /// <param name="reference">The tag or digest.</param>
    /// <param name="cancellationToken">The token that cancels the request.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, <see cref="OciErrorKind.DigestMismatch"/>,
    /// <see cref="OciErrorKind.SizeLimitExceeded"/>, <see cref="OciErrorKind.InvalidManifest"/>.</exception>
    public async Task<(Descriptor Descriptor, byte[] Bytes)> ReadAsync(string reference, CancellationToken cancellationToken) =>
        await TryReadAsync(reference, cancellationToken).ConfigureAwait(false)
        ?? throw RegistryErrors.NotFound(access.NameOf(reference), reference);

    /// <summary>Reads a manifest; null if it does not exist.</summary>
    public async Task<(Descriptor Descriptor, byte[] Bytes)?> TryReadAsync(string reference, CancellationToken cancellationToken)
    {
        var isDigest = Digest.TryParse(reference, out var digest);
        if (isDigest && _cache.TryGetValue(digest, out var cached)) return (new Descriptor(cached.MediaType, digest, cached.Bytes.Length), cached.Bytes);
        var request = await RequestAsync(HttpMethod.Get, reference, cancellationToken).ConfigureAwait(false);
        var (response, bytes) = await access.Client.ReadAsync(request, access.Options.ManifestSizeLimit, cancellationToken).ConfigureAwait(false);
        using (response)
        {
            if (IsMissing(response)) return null;
            if (!response.IsSuccess) throw await access.Client.ErrorOfAsync(request, response, cancellationToken).ConfigureAwait(false);
            var name = access.NameOf(reference);
            if (bytes is null)
                throw new OciException(OciErrorKind.SizeLimitExceeded, $"The manifest {name} is larger than {access.Options.ManifestSizeLimit} bytes.", name);
            var computed = isDigest && digest.KnownAlgorithm is { } algorithm ? Digest.Compute(bytes, algorithm) : Digest.Compute(bytes);
            if (isDigest && computed != digest) throw Mismatch(name, digest, computed);
            if (!isDigest) CheckHeader(response, name, bytes);
            var mediaType = MediaTypeOf(request, response, bytes, name);
            Add(computed, mediaType, bytes);
            return (new Descriptor(mediaType, computed, bytes.Length), bytes);
        }
    }

    /// <summary>Keeps a manifest that was pushed, so that it is not read again.</summary>
    public void Add(Digest digest, string mediaType, byte[] bytes)
    {
        if (Interlocked.Read(ref _cached) + bytes.Length > CacheLimit || !_cache.TryAdd(digest, (mediaType, bytes))) return;
        Interlocked.Add(ref _cached, bytes.Length);
    }

    /// <summary>Forgets a manifest that was deleted.</summary>
    public void Remove(Digest digest)
    {
        if (_cache.TryRemove(digest, out var removed)) Interlocked.Add(ref _cached, -removed.Bytes.Length);
    }

    private async Task<RegistryRequest> RequestAsync(HttpMethod method, string reference, CancellationToken cancellationToken) =>
        new(method, await access.UrlAsync("manifests/" + reference, cancellationToken).ConfigureAwait(false)) { Accept = Accept, Scopes = access.Pull };

    // A web page comes from a host that is not a registry, or from a proxy.
    private static bool IsMissing(RegistryResponse response) => response.Status == HttpStatusCode.NotFound && !response.IsPage;

    // The header of a tag is used only if it is complete; a digest that was asked for is known.
    private static Descriptor? Describe(RegistryResponse response, string reference)
    {
        if (response.MediaType is not { } mediaType || !MediaTypes.IsManifest(mediaType) || response.Length is not > 0) return null;
        if (!Digest.TryParse(reference, out var digest) && !(response.Header("Docker-Content-Digest") is { } header && Digest.TryParse(header, out digest) && digest.IsVerifiable)) return null;
        return new Descriptor(mediaType, digest, response.Length.Value);
    }

    private string MediaTypeOf(RegistryRequest request, RegistryResponse response, byte[] bytes, string name)
    {
        if (Manifest.Sniff(bytes) is { } own)
        {
            if (response.MediaType is { } other && other != own)
                access.Client.Noted?.Invoke($"{name} has the media type {RegistryErrors.Shown(own)}. The answer of the registry says {RegistryErrors.Shown(other)}, which is ignored.");
            return own;
        }

        if (response.MediaType is { } stated && MediaTypes.IsManifest(stated)) return stated;
        throw new OciException(
            OciErrorKind.InvalidManifest, $"{name} is not a manifest: the answer to {request.Name} has the type '{RegistryErrors.Shown(response.MediaType ?? "none")}'.", name);
    }

    private static void CheckHeader(RegistryResponse response, string name, byte[] bytes)
    {
        if (response.Header("Docker-Content-Digest") is not { } header || !Digest.TryParse(header, out var stated) || stated.KnownAlgorithm is not { } algorithm) return;
        var computed = Digest.Compute(bytes, algorithm);
        if (computed != stated) throw Mismatch(name, stated, computed);
    }

    private static OciException Mismatch(string name, Digest expected, Digest actual) =>
        new(OciErrorKind.DigestMismatch, $"The content of {name} has the digest {actual}.", name) { Expected = expected.ToString(), Actual = actual.ToString() };
}
