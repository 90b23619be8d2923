using System;
using System.Collections.Generic;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using OciLayout.Common;
using OciLayout.Registry;

namespace OciLayout;

/// <summary>The settings for a registry. Immutable.</summary>
public sealed record RegistryOptions
{
    /// <summary>The account. Null to use the credentials that docker, podman or oras stored for the host.</summary>
    public RegistryCredential? Credential { get; init; }

    /// <summary>Whether stored credentials are used when no account is given.</summary>
    public bool UseStoredCredentials { get; init; } = true;

    /// <summary>Certificates of certification authorities that are trusted in addition to those of the system.</summary>
    public IReadOnlyList<X509Certificate2> CertificateAuthorities { get; init => field = Guard.NotNull(value); } = Array.Empty<X509Certificate2>();

    /// <summary>The certificate with which the client authenticates; null for none.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>Whether any certificate of the server is accepted. Anyone in the network path can then read credentials and content.</summary>
    public bool SkipCertificateCheck { get; init; }

    /// <summary>Whether plain HTTP is permitted if the registry does not offer HTTPS. Credentials are then sent unencrypted.</summary>
    public bool AllowUnencrypted { get; init; }

    /// <summary>The proxy; null for the settings of the system and the environment.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>The account at the proxy; null for none.</summary>
    public NetworkCredential? ProxyCredential { get; init; }

    /// <summary>The largest number of transfers at the same time, from 1 to 16.</summary>
    public int MaximumConcurrency { get; init; } = 4;

    /// <summary>The longest wait that a registry may demand before a request is repeated. A longer wait is an error at once.</summary>
    public TimeSpan MaximumWait { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The time in which a connection must be established.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The time without a received byte after which a transfer is interrupted and continued.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The largest manifest that is read, in bytes.</summary>
    public long ManifestSizeLimit { get; init; } = 4 << 20;

    /// <summary>The largest number of pages of a list of tags, referrers or repositories.</summary>
    public int PageLimit { get; init; } = 10_000;

    /// <summary>The clock for waits and the lifetime of tokens. Tests replace it.</summary>
    internal RegistryClock Clock { get; init; } = RegistryClock.System;

    /// <summary>Returns a text without secrets and certificates.</summary>
    public override string ToString() => Credential is null ? "settings without an account" : $"settings with the account '{Credential}'";
}
