using System;
using System.Collections.Generic;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Referrers;

namespace OciLayout.Registry;

/// <summary>Lists the manifests whose subject is a digest (distribution-spec, "Listing Referrers").</summary>
internal sealed class ReferrerCall(RepositoryAccess access, ManifestCall manifests)
{
    private static readonly TimeSpan KnownFor = TimeSpan.FromMinutes(5);

    private DateTime _unsupportedUntil = DateTime.MinValue;

    /// <summary>Lists referrers: from the referrers API, or from the fallback tag.</summary>
    public async Task<IReadOnlyList<Descriptor>> ListAsync(Digest subject, CancellationToken cancellationToken)
    {
        if (access.Options.Clock.UtcNow >= _unsupportedUntil)
        {
            if (await TryReadAsync(subject, cancellationToken).ConfigureAwait(false) is { } listed) return listed;
            _unsupportedUntil = access.Options.Clock.UtcNow + KnownFor;
        }

        return await FallbackAsync(subject, cancellationToken).ConfigureAwait(false) is { } list ? list.Manifests : [];
    }

    /// <summary>Reads the list under the fallback tag of a subject; null if there is none.</summary>
    public async Task<Manifest?> FallbackAsync(Digest subject, CancellationToken cancellationToken)
    {
        var tag = FallbackTag.Of(subject);
        if (await manifests.FindAsync(tag, cancellationToken).ConfigureAwait(false) is not { } found) return null;
        if (found.Digest == subject || found.MediaType != MediaTypes.ImageIndex) return null; // GitLab answers with the subject itself
        var (descriptor, bytes) = await manifests.ReadAsync(found.Digest.ToString(), cancellationToken).ConfigureAwait(false);
        return Manifest.Parse(bytes, descriptor.MediaType, access.NameOf(tag));
    }

    // Returns null if the registry does not have the API.
    private async Task<IReadOnlyList<Descriptor>?> TryReadAsync(Digest subject, CancellationToken cancellationToken)
    {
        var result = new List<Descriptor>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var known = new HashSet<Digest>();
        var size = 0L;
        var url = await access.UrlAsync("referrers/" + subject, cancellationToken).ConfigureAwait(false);
        for (var pages = 0; seen.Add(url.OriginalString); pages++)
        {
            var request = new RegistryRequest(HttpMethod.Get, url) { Accept = [MediaTypes.ImageIndex], Scopes = access.Pull, StaysOnOrigin = true };
            if (pages >= access.Options.PageLimit) throw RegistryErrors.Protocol(access.Client.Host, request, null, $"the list has more than {access.Options.PageLimit} pages");
            var (response, body) = await access.Client.ReadAsync(request, access.Options.ManifestSizeLimit, cancellationToken).ConfigureAwait(false);
            using var answer = response;
            if (!response.IsSuccess)
            {
                var isMissing = (int)response.Status is (>= 300 and < 400) or 400 or 404 or 405 or 406;
                var error = await access.Client.ErrorOfAsync(request, response, cancellationToken).ConfigureAwait(false);
                if (isMissing && pages == 0 && error.Registry?.Code != "NAME_UNKNOWN") return null;
                throw error;
            }

            if (response.MediaType != MediaTypes.ImageIndex)
            {
                if (pages == 0) return null;
                throw RegistryErrors.Protocol(access.Client.Host, request, (int)response.Status, "it is not a list of referrers");
            }

            if (body is null || (size += body.Length) > PageReader.ListLimit) throw RegistryErrors.Protocol(access.Client.Host, request, (int)response.Status, "the list of referrers is too large");
            foreach (var referrer in Manifest.Parse(body, MediaTypes.ImageIndex, "the list of referrers").Manifests)
            {
                if (known.Add(referrer.Digest)) result.Add(referrer);
            }

            if (LinkHeader.Next(response.Header("Link")) is not { } link || !Uri.TryCreate(response.Url, link, out var next)) break;
            if (!EndpointRules.IsSameOrigin(next, request.Url)) throw RegistryErrors.Untrusted(access.Client.Host, request, "the link to the next page", next, "it is another server");
            url = next;
        }

        return result;
    }
}
