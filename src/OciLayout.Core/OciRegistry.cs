using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Registry;
using OciLayout.Registry.Credentials;

namespace OciLayout;

/// <summary>
/// A registry (distribution-spec): its settings, connections and tokens. Repositories of the same object share them. Thread-safe.
/// </summary>
public sealed class OciRegistry : IDisposable
{
    private readonly RegistryReference _reference;

    /// <summary>Creates an object for a registry. No request is sent yet.</summary>
    /// <param name="host">The host, with a port if it is not the default port, such as <c>ghcr.io</c> or <c>localhost:5000</c>.</param>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidReference"/>: the text is not a host.</exception>
    public OciRegistry(string host, RegistryOptions? options = null)
        : this(RegistryReference.ParseHost(RegistryReference.Scheme + (host ?? throw new ArgumentNullException(nameof(host)))), options ?? new RegistryOptions())
    {
    }

    internal OciRegistry(RegistryReference reference, RegistryOptions options)
    {
        if (reference.Repository.Length > 0) throw new OciException(OciErrorKind.InvalidReference, $"'{reference}' is not the host of a registry: it names a repository.", reference.ToString());
        _reference = reference;
        Options = options;
        Stored = new CredentialChain(options.Clock);
        Client = new RegistryClient(reference, options, FindCredentialAsync, FindKnownCredential);
    }

    /// <summary>The host and port.</summary>
    public string Host => _reference.Authority;

    /// <summary>The settings.</summary>
    public RegistryOptions Options { get; }

    /// <summary>The host and port, as a reference without a repository.</summary>
    internal RegistryReference Reference => _reference;

    internal RegistryClient Client { get; }

    /// <summary>The credentials that other tools stored.</summary>
    internal CredentialChain Stored { get; }

    /// <summary>Returns an object for a repository. No request is sent.</summary>
    /// <param name="name">The name, such as <c>team/app</c>.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidReference"/>: the text is not the name of a repository.</exception>
    public OciRepository GetRepository(string name) => new(this, _reference.WithRepository(name ?? throw new ArgumentNullException(nameof(name))));

    /// <summary>Checks that the registry can be reached and accepts the account.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.Unauthorized"/>, <see cref="OciErrorKind.RegistryUnavailable"/>,
    /// <see cref="OciErrorKind.RegistryError"/>, <see cref="OciErrorKind.UntrustedEndpoint"/>.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken = default)
    {
        var request = new RegistryRequest(System.Net.Http.HttpMethod.Get, await Client.UrlAsync("", cancellationToken).ConfigureAwait(false));
        using var response = await Client.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccess) throw await Client.ErrorOfAsync(request, response, cancellationToken).ConfigureAwait(false);
        if (response.IsPage)
            throw RegistryErrors.Protocol(Host, request, (int)response.Status, "it is a web page, so this host is not a registry");
    }

    /// <summary>Lists the repositories whose names start with a prefix, in ordinal order.</summary>
    /// <param name="prefix">The prefix; empty for all.</param>
    /// <param name="cancellationToken">The token that cancels the requests.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsupportedOperation"/>: the registry has no catalog.</exception>
    public async Task<IReadOnlyList<string>> GetRepositoriesAsync(string prefix = "", CancellationToken cancellationToken = default)
    {
        var list = await Client.UrlAsync("_catalog", cancellationToken).ConfigureAwait(false);
        try
        {
            var names = await PageReader.ReadAsync(Client, Options, list, "repositories", ["registry:catalog:*"], null, cancellationToken).ConfigureAwait(false);
            return [.. names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal))];
        }
        catch (OciException e) when (e.Kind == OciErrorKind.NotFound)
        {
            throw new OciException(OciErrorKind.UnsupportedOperation, $"{Host} does not list its repositories.", Host, e) { Registry = e.Registry };
        }
    }

    private async Task<RegistryCredential?> FindCredentialAsync(string? repository, CancellationToken cancellationToken)
    {
        if (Options.Credential is not null || !Options.UseStoredCredentials) return Options.Credential;
        return await Stored.FindAsync(Host, repository, cancellationToken).ConfigureAwait(false);
    }

    private RegistryCredential? FindKnownCredential(string? repository) =>
        Options.Credential is not null || !Options.UseStoredCredentials ? Options.Credential : Stored.FindKnown(Host, repository);

    /// <summary>Closes the connections.</summary>
    public void Dispose()
    {
        Client.Dispose();
        Stored.Dispose();
    }

    /// <summary>Returns the registry as <c>oci://host[:port]</c>.</summary>
    public override string ToString() => RegistryReference.Scheme + Host;
}
