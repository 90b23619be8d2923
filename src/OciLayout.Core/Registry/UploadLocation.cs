using System;

namespace OciLayout.Registry;

/// <summary>The location of an upload that a registry names.</summary>
/// <param name="Url">The location.</param>
/// <param name="IsRegistry">Whether the location is at the registry itself and may get its credentials.</param>
internal sealed record UploadLocation(Uri Url, bool IsRegistry)
{
    /// <summary>Whether the scheme or the port that the registry named was replaced by that of the request.</summary>
    public bool IsCorrected { get; init; }

    /// <summary>Resolves the text of a <c>Location</c> header.</summary>
    /// <param name="host">The registry, for messages.</param>
    /// <param name="request">The request that was answered.</param>
    /// <param name="registry">The URL of the registry.</param>
    /// <param name="origin">The URL that answered. It is at another server when the registry uploads to a storage service.</param>
    /// <param name="text">The text of the header. It can be relative.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UntrustedEndpoint"/>, <see cref="OciErrorKind.RegistryError"/>.</exception>
    public static UploadLocation Resolve(string host, RegistryRequest request, Uri registry, Uri origin, string text)
    {
        if (!Uri.TryCreate(origin, text, out var url)) throw RegistryErrors.Protocol(host, request, null, "the upload location is not a URL");
        if (EndpointRules.IsSameOrigin(url, origin)) return new UploadLocation(url, EndpointRules.IsSameOrigin(origin, registry));
        if (IsBehindProxy(url, origin))
        {
            // The registry does not know that a proxy in front of it terminates TLS.
            return new UploadLocation(new Uri(origin.GetLeftPart(UriPartial.Authority) + url.PathAndQuery), EndpointRules.IsSameOrigin(origin, registry)) { IsCorrected = true };
        }

        EndpointRules.Check(host, request, origin, url, "an upload location");
        return new UploadLocation(url, false);
    }

    // The same host with http instead of https, or without its port.
    private static bool IsBehindProxy(Uri url, Uri origin) =>
        url.Host.Equals(origin.Host, StringComparison.OrdinalIgnoreCase)
        && (url.Scheme == origin.Scheme || (origin.Scheme == Uri.UriSchemeHttps && url.Scheme == Uri.UriSchemeHttp))
        && (url.IsDefaultPort || url.Port == origin.Port);

    /// <summary>Returns the URL that closes the upload of a blob.</summary>
    public Uri WithDigest(Digest digest)
    {
        var text = Url.OriginalString;
        if (text.IndexOf('#') is >= 0 and var fragment) text = text.Substring(0, fragment);
        // .NET Framework does not report the '?' of an empty query.
        var query = text.IndexOf('?');
        var separator = query < 0 ? "?" : query == text.Length - 1 ? "" : "&";
        return new Uri(text + separator + "digest=" + Uri.EscapeDataString(digest.ToString()));
    }
}
