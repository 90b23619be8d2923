using System;

namespace OciLayout.Registry;

/// <summary>Decides which endpoints a registry may direct the client to. Servers must not use the client to reach internal hosts.</summary>
internal static class EndpointRules
{
    /// <summary>Refuses an endpoint that a server names.</summary>
    /// <param name="host">The registry, for messages.</param>
    /// <param name="request">The request that was answered.</param>
    /// <param name="origin">The endpoint that answered.</param>
    /// <param name="target">The endpoint that it names.</param>
    /// <param name="what">The thing that names the endpoint, such as "a redirect".</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UntrustedEndpoint"/>.</exception>
    public static void Check(string host, RegistryRequest request, Uri origin, Uri target, string what)
    {
        string? problem = null;
        if (target.Scheme != Uri.UriSchemeHttps && target.Scheme != Uri.UriSchemeHttp) problem = "its scheme is not https";
        else if (target.UserInfo.Length > 0) problem = "it has a user name";
        else if (origin.Scheme == Uri.UriSchemeHttps && target.Scheme == Uri.UriSchemeHttp) problem = "it is not encrypted, and the registry is";
        else if (HostAddress.IsInternal(target.Host) && !HostAddress.IsInternal(origin.Host)) problem = "it is an address of an internal network";
        if (problem is not null) throw RegistryErrors.Untrusted(host, request, what, target, problem);
    }

    /// <summary>Returns whether two URLs have the same scheme, host and port.</summary>
    public static bool IsSameOrigin(Uri one, Uri other) =>
        one.Scheme == other.Scheme && one.Port == other.Port && one.Host.Equals(other.Host, StringComparison.OrdinalIgnoreCase);
}
