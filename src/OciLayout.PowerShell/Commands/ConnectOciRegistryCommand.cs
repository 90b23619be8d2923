using System;
using System.Management.Automation;
using System.Security;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Tasks;

namespace OciLayout.PowerShell;

/// <summary>Sets the account and the connection of a registry for this process, and checks them.</summary>
[Cmdlet(VerbsCommunications.Connect, "OciRegistry")]
[OutputType(typeof(OciRegistryInfo))]
public sealed class ConnectOciRegistryCommand : OciCmdlet
{
    /// <summary>The host, with a port if it is not the default one. With a prefix of repositories, the settings are for these only.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RegistryCompleter))]
    public string Registry { get; set; } = "";

    /// <summary>The user name and the password or access token. Without it and -Token, the account that other tools stored.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNull]
    public PSCredential? Credential { get; set; }

    /// <summary>An identity token (OAuth2 refresh token), as text or as a secure string.</summary>
    [Parameter]
    [SecretTransformation]
    [ValidateNotNull]
    public SecureString? Token { get; set; }

    /// <summary>Files with certificates of certification authorities to trust in addition to those of the system, as PEM or DER.</summary>
    [Parameter]
    [PathTransformation]
    public string[]? CertificateAuthority { get; set; }

    /// <summary>The certificate with which this computer authenticates. It needs a private key.</summary>
    [Parameter]
    public X509Certificate2? ClientCertificate { get; set; }

    /// <summary>Accepts any certificate of the registry. Anyone in the network path can then read credentials and content.</summary>
    [Parameter]
    public SwitchParameter SkipCertificateCheck { get; set; }

    /// <summary>Uses plain HTTP when the registry does not offer HTTPS. Credentials are then sent unencrypted.</summary>
    [Parameter]
    public SwitchParameter AllowUnencrypted { get; set; }

    /// <summary>The proxy. Without it, the settings of the system and the environment.</summary>
    [Parameter]
    public Uri? Proxy { get; set; }

    /// <summary>The account at the proxy.</summary>
    [Parameter]
    public PSCredential? ProxyCredential { get; set; }

    /// <summary>The largest number of transfers at the same time.</summary>
    [Parameter]
    [ValidateRange(1, 16)]
    public int MaximumConcurrency { get; set; } = 4;

    /// <summary>The longest wait that the registry may ask for, such as 30s or 10m. A longer wait is an error at once.</summary>
    [Parameter]
    [SpanTransformation]
    public TimeSpan MaximumWait { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Emits the registry with its settings.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(Registry, Connect);

    private protected override string? Advise(Exception error) => error switch
    {
        OciException { Kind: OciErrorKind.InvalidReference or OciErrorKind.MissingReference } => "Write the host as in Connect-OciRegistry ghcr.io, or with the prefix of a repository.",
        OciException { Kind: OciErrorKind.Unauthorized, Registry.Status: 407 } => $"Set the account of the proxy: Connect-OciRegistry {Registry} -Proxy {Proxy?.GetLeftPart(UriPartial.Authority) ?? "http://proxy.example:3128"} -ProxyCredential (Get-Credential).",
        OciException { Kind: OciErrorKind.Unauthorized, Registry.Status: null } => $"Connect-OciRegistry {Registry} -ClientCertificate (Get-PfxCertificate ./client.pfx)",
        OciException { Kind: OciErrorKind.Unauthorized } => "Check the user name and the password or token.",
        OciException { Kind: OciErrorKind.RegistryUnavailable } when !AllowUnencrypted =>
            "Check the name, the network and -Proxy. If the registry does not offer HTTPS and the network is safe, use -AllowUnencrypted.",
        _ => base.Advise(error),
    };

    private void Connect()
    {
        if (Credential is not null && Token is not null)
            throw new OciArgumentException("ConflictingParameters", "-Credential and -Token exclude each other.", "Use one of them.");
        if (MaximumWait < TimeSpan.Zero) throw new OciArgumentException("InvalidWait", $"The wait {MaximumWait} is negative.", "Write a time span such as 30s or 10m.");
        if (Proxy is { } proxy && !(proxy.IsAbsoluteUri && proxy.Scheme is "http" or "https" or "socks4" or "socks4a" or "socks5" && proxy.UserInfo.Length == 0))
        {
            throw new OciArgumentException(
                "InvalidProxy", $"-Proxy is not the address of a proxy{(proxy.IsAbsoluteUri && proxy.UserInfo.Length > 0 ? ": it has a user name" : "")}.",
                "Write -Proxy http://proxy.example:3128, and the account as -ProxyCredential (Get-Credential).");
        }

        var prefix = RegistryPrefix.Parse(Registry);
        var registry = new OciRegistry(prefix.Host, ReadOptions());
        RegistryLog.Attach(registry);
        Await($"Connecting to {prefix}", CheckAsync);
        Registries.Connect(prefix, registry);
        WriteVerbose($"Connected to {prefix}.");
        if (PassThru) WriteObject(new OciRegistryInfo(prefix.ToString(), registry.Options));

        async ValueTask<bool> CheckAsync()
        {
            await registry.CheckAsync(Cancellation).ConfigureAwait(false);
            return true;
        }
    }

    private RegistryOptions ReadOptions()
    {
        RegistryCredential? account = null;
        if (Credential is not null) account = new RegistryCredential(Credential.UserName, Credential.GetNetworkCredential().Password);
        else if (Token is not null) account = RegistryCredential.FromIdentityToken(new System.Net.NetworkCredential("", Token).Password);
        var authorities = new System.Collections.Generic.List<X509Certificate2>();
        foreach (var file in CertificateAuthority ?? []) authorities.AddRange(CertificateFile.Read(PathResolver.Literal(SessionState, file)));
        return new RegistryOptions
        {
            Credential = account,
            CertificateAuthorities = authorities,
            ClientCertificate = ClientCertificate,
            SkipCertificateCheck = SkipCertificateCheck,
            AllowUnencrypted = AllowUnencrypted,
            Proxy = Proxy,
            ProxyCredential = ProxyCredential?.GetNetworkCredential(),
            MaximumConcurrency = MaximumConcurrency,
            MaximumWait = MaximumWait,
        };
    }
}
