using System;
using System.IO;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Registry;

/// <summary>Writes and deletes manifests and tags (distribution-spec, "Pushing Manifests", "Deleting Manifests").</summary>
internal sealed class ManifestUpload(RepositoryAccess access, ManifestCall manifests)
{
    /// <summary>Stores a manifest.</summary>
    /// <param name="manifest">The descriptor of the manifest.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="tag">The tag that it gets; null to store it by digest only.</param>
    /// <param name="cancellationToken">The token that cancels the request.</param>
    /// <param name="canRetry">Whether the same bytes are sent again after a temporary error.</param>
    /// <returns>The subject in whose list of referrers the registry itself lists the manifest; empty if it does not.</returns>
    /// <exception cref="OciException"><see cref="OciErrorKind.DigestMismatch"/>, and the errors of the registry.</exception>
    public async Task<Digest> PushAsync(Descriptor manifest, byte[] bytes, string? tag, CancellationToken cancellationToken, bool canRetry = true)
    {
        var reference = tag ?? manifest.Digest.ToString();
        var request = new RegistryRequest(HttpMethod.Put, await access.UrlAsync("manifests/" + reference, cancellationToken).ConfigureAwait(false))
        {
            Scopes = access.Push,
            Body = () => new MemoryStream(bytes, writable: false),
            BodyLength = bytes.Length,
            ContentType = manifest.MediaType,
            CanRetry = canRetry,
        };
        using var response = await access.Client.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccess) throw await access.Client.ErrorOfAsync(request, response, cancellationToken).ConfigureAwait(false);
        if (response.Header("Docker-Content-Digest") is { } header && Digest.TryParse(header, out var stored) && stored.Algorithm == manifest.Digest.Algorithm && stored != manifest.Digest)
        {
            throw new OciException(
                OciErrorKind.DigestMismatch, $"{access.Client.Host} stored the manifest {manifest.Digest} as {stored}{(tag is null ? "" : $" under the tag '{tag}'")}.", manifest.Digest.ToString())
            {
                Expected = manifest.Digest.ToString(),
                Actual = stored.ToString(),
            };
        }

        manifests.Add(manifest.Digest, manifest.MediaType, bytes);
        return Digest.TryParse(response.Header("OCI-Subject") ?? "", out var subject) ? subject : default;
    }

    /// <summary>Requires that the registry deletes tags. Asks it to delete a tag that does not exist, because no other request shows it.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsupportedOperation"/>, <see cref="OciErrorKind.Unauthorized"/>.</exception>
    public async Task RequireTagDeletionAsync(CancellationToken cancellationToken)
    {
        try
        {
            await DeleteAsync($"ocilayout-probe-{Guid.NewGuid():N}", cancellationToken).ConfigureAwait(false);
        }
        catch (OciException e) when (e.Kind == OciErrorKind.NotFound)
        {
            // The registry looked for the tag, so it would delete one that exists.
        }
    }

    /// <summary>Deletes a tag or a manifest.</summary>
    /// <param name="reference">The tag, or the digest of the manifest.</param>
    /// <param name="cancellationToken">The token that cancels the request.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsupportedOperation"/>: the registry does not delete it;
    /// <see cref="OciErrorKind.NotFound"/>.</exception>
    public async Task DeleteAsync(string reference, CancellationToken cancellationToken)
    {
        var request = new RegistryRequest(HttpMethod.Delete, await access.UrlAsync("manifests/" + reference, cancellationToken).ConfigureAwait(false)) { Scopes = access.Delete };
        using var response = await access.Client.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.IsSuccess)
        {
            if (Digest.TryParse(reference, out var digest)) manifests.Remove(digest);
            return;
        }

        var error = await access.Client.ErrorOfAsync(request, response, cancellationToken).ConfigureAwait(false);
        var isTag = !Digest.TryParse(reference, out _);
        if (isTag && error.Registry is { Status: 400 or 404 or 405, Code: not ("MANIFEST_UNKNOWN" or "NAME_UNKNOWN") })
            throw RegistryErrors.DeletesByDigest(access.Client.Host, reference, null, error);

        if (error.Registry is { Status: 400 or 405 })
            throw new OciException(OciErrorKind.UnsupportedOperation, $"{access.Client.Host} does not permit deletion.", reference, error) { Registry = error.Registry };
        throw error;
    }
}
