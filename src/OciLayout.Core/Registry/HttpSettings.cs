using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using OciLayout.Common;

namespace OciLayout.Registry;

/// <summary>Creates the HTTP client of a registry from its options.</summary>
internal static class HttpSettings
{
    /// <summary>The largest number of connections to one host.</summary>
    public const int MaxConnections = 16;

    /// <summary>Creates a client that neither follows redirects nor stores cookies.</summary>
    /// <param name="options">The options.</param>
    /// <param name="rejected">Called with the reason when a certificate is refused.</param>
    public static HttpClient CreateClient(RegistryOptions options, Action<string> rejected)
    {
        bool Accept(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
        {
            var problem = options.SkipCertificateCheck ? null : ProblemOf(certificate, chain, errors, options.CertificateAuthorities);
            if (problem is not null) rejected(problem);
            return problem is null;
        }

        IWebProxy? proxy = options.Proxy is null ? null : new WebProxy(options.Proxy) { Credentials = options.ProxyCredential };
        var handler = Polyfill.CreateHttpHandler(MaxConnections, options.ConnectTimeout, proxy, options.ProxyCredential, options.ClientCertificate, Accept);
        return new HttpClient(handler, disposeHandler: true) { Timeout = System.Threading.Timeout.InfiniteTimeSpan };
    }

    private static string? ProblemOf(X509Certificate2? certificate, X509Chain? systemChain, SslPolicyErrors errors, IReadOnlyList<X509Certificate2> authorities)
    {
        if (errors == SslPolicyErrors.None) return null;
        if (certificate is null || (errors & SslPolicyErrors.RemoteCertificateNotAvailable) != 0) return "the server has no certificate";
        if ((errors & SslPolicyErrors.RemoteCertificateNameMismatch) != 0) return "the certificate is for another host";
        if (authorities.Count > 0 && IsIssuedBy(certificate, systemChain, authorities)) return null;
        return systemChain is { ChainStatus.Length: > 0 } ? systemChain.ChainStatus[0].StatusInformation.Trim().TrimEnd('.') : "the certificate is not trusted";
    }

    // .NET Framework cannot build a chain to other roots than those of the system, so the root of the chain is compared here.
    private static bool IsIssuedBy(X509Certificate2 certificate, X509Chain? sent, IReadOnlyList<X509Certificate2> authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
        foreach (var authority in authorities) chain.ChainPolicy.ExtraStore.Add(authority);
        foreach (var element in sent?.ChainElements ?? chain.ChainElements) chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        if (!chain.Build(certificate)) return false;
        var root = chain.ChainElements[chain.ChainElements.Count - 1].Certificate.RawData;
        foreach (var authority in authorities)
        {
            if (authority.RawData.AsSpan().SequenceEqual(root)) return true;
        }

        return false;
    }
}
