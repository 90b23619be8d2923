using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Http.Headers;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Registry;

/// <summary>Adds credentials to the requests for one registry: Basic, or a token of the service that the registry names. Thread-safe.</summary>
internal sealed class Authenticator : IDisposable
{
    private readonly string _host;
    private readonly bool _allowUnencrypted;
    private readonly Func<string?, CancellationToken, Task<RegistryCredential?>> _credentials;
    private readonly Func<string?, RegistryCredential?> _known;
    private readonly TokenCache _cache;
    private readonly TokenRequest _tokens;

    // Workers that start together need one token, not one each.
    private readonly SemaphoreSlim _requesting = new(1);
    private volatile Challenge? _challenge;

    /// <param name="host">The host, for messages.</param>
    /// <param name="options">The settings of the registry.</param>
    /// <param name="pipe">The pipe to the token service.</param>
    /// <param name="credentials">Finds the account for a repository; null for the host itself.</param>
    /// <param name="known">Returns the account if this process has already found it; otherwise null.</param>
    public Authenticator(
        string host, RegistryOptions options, HttpPipe pipe, Func<string?, CancellationToken, Task<RegistryCredential?>> credentials, Func<string?, RegistryCredential?> known)
    {
        _host = host;
        _allowUnencrypted = options.AllowUnencrypted;
        _credentials = credentials;
        _known = known;
        _cache = new TokenCache(options.Clock);
        _tokens = new TokenRequest(pipe, host, options.Clock);
    }

    /// <summary>Returns the credentials for a request; null while the registry has not asked for any.</summary>
    public async Task<AuthenticationHeaderValue?> HeaderAsync(RegistryRequest request, CancellationToken cancellationToken)
    {
        if (_challenge is not { } challenge) return null;
        var credential = await CredentialAsync(request, cancellationToken).ConfigureAwait(false);
        if (credential is not null) RequireEncrypted(request);
        if (challenge.IsBasic) return credential is null ? null : TokenRequest.Basic(credential);
        var scopes = ScopesOf(request, challenge);
        var key = KeyOf(challenge, scopes, credential);
        if (_cache.Find(key) is { } known) return new AuthenticationHeaderValue("Bearer", known.Value);
        if (request.IsQuiet)
        {
            credential = null;
            key = KeyOf(challenge, scopes, null);
        }

        await _requesting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_cache.Find(key) is not { } token)
            {
                token = await RequestAsync(request, challenge, scopes, credential, cancellationToken).ConfigureAwait(false);
                _cache.Add(key, token);
            }

            return new AuthenticationHeaderValue("Bearer", token.Value);
        }
        finally
        {
            _requesting.Release();
        }
    }

    /// <summary>Takes the challenge of an answer with status 401.</summary>
    /// <param name="request">The request.</param>
    /// <param name="response">The answer.</param>
    /// <param name="sent">The credentials that the request had; null for none.</param>
    /// <param name="cancellationToken">The token that cancels the operation.</param>
    /// <returns>Whether the request should be sent once more.</returns>
    public async Task<bool> TakeChallengeAsync(RegistryRequest request, RegistryResponse response, AuthenticationHeaderValue? sent, CancellationToken cancellationToken)
    {
        var challenges = Challenge.Parse(response.Values("WWW-Authenticate"));
        var challenge = challenges.FirstOrDefault(c => c.IsBearer && c["realm"] is not null) ?? challenges.FirstOrDefault(c => c.IsBasic);
        if (challenge is null) return false;
        if (challenge.IsBearer) CheckRealm(request, response.Url, challenge);
        var credential = await CredentialAsync(request, cancellationToken).ConfigureAwait(false);
        if (challenge.IsBasic && (sent is not null || credential is null)) return false;
        if (challenge.IsBearer) _cache.Remove(KeyOf(challenge, ScopesOf(request, challenge), credential), sent?.Parameter);
        _challenge = challenge;
        return true;
    }

    /// <summary>Returns the error for a request that the registry refuses with the credentials that it had.</summary>
    public async Task<OciException> RefusedAsync(RegistryRequest request, RegistryResponse response, CancellationToken cancellationToken)
    {
        var body = await response.ReadErrorAsync(cancellationToken).ConfigureAwait(false);
        var said = RegistryErrors.Of(_host, request, response.Status, response.MediaType, body);
        var credential = await CredentialAsync(request, cancellationToken).ConfigureAwait(false);
        var account = credential is null ? "No credentials for it are configured"
            : credential.Source is { } source ? $"The account is '{credential}' from {source}"
            : $"The account is '{credential}'";
        var scope = request.Scopes.Count > 0 ? $" ({request.Scopes[0]})" : "";
        var message = RegistryErrors.MessageOf(body) is { } text ? $": {text}" : "";
        return RegistryErrors.Unauthorized(_host, request, (int)response.Status, said.Registry?.Code, $"{_host} refused {request.Name}{scope} with status {(int)response.Status}{message}. {account}.");
    }

    private async Task<RegistryCredential?> CredentialAsync(RegistryRequest request, CancellationToken cancellationToken) =>
        request.IsQuiet ? _known(RepositoryOf(request)) : await _credentials(RepositoryOf(request), cancellationToken).ConfigureAwait(false);

    private async Task<AccessToken> RequestAsync(
        RegistryRequest request, Challenge challenge, IReadOnlyList<string> scopes, RegistryCredential? credential, CancellationToken cancellationToken)
    {
        var realm = new Uri(challenge["realm"]!, UriKind.Absolute);
        try
        {
            return await _tokens.SendAsync(request, realm, challenge["service"], scopes, credential, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (scopes.Count > 1 && e is OciException { Kind: OciErrorKind.Unauthorized } or TransientException { RetryAfter: null })
        {
            // Some services grant one scope at a time. The request that needs the second one is then refused by the registry.
            return await _tokens.SendAsync(request, realm, challenge["service"], [scopes[0]], credential, cancellationToken).ConfigureAwait(false);
        }
    }

    // The realm gets the password, so it has to be encrypted, unless the registry of the same host is not.
    private void CheckRealm(RegistryRequest request, Uri registry, Challenge challenge)
    {
        var text = challenge["realm"]!;
        if (!Uri.TryCreate(registry, text, out var realm)) throw RegistryErrors.Protocol(_host, request, 401, $"the realm '{RegistryErrors.Shown(text)}' is not a URL");
        EndpointRules.Check(_host, request, registry, realm, "the realm of its token service");
        if (realm.Scheme != Uri.UriSchemeHttps && !realm.Host.Equals(registry.Host, StringComparison.OrdinalIgnoreCase))
            throw RegistryErrors.Untrusted(_host, request, "the realm of its token service", realm, "it is not encrypted");
        ((Dictionary<string, string>)challenge.Parameters)["realm"] = realm.OriginalString;
    }

    // Anyone could answer for an unencrypted registry and name a token service that gets the password.
    private void RequireEncrypted(RegistryRequest request)
    {
        if (request.Url.Scheme != Uri.UriSchemeHttps && !_allowUnencrypted)
            throw RegistryErrors.Untrusted(_host, request, "a request for a password", request.Url, "the connection is not encrypted");
    }

    private static IReadOnlyList<string> ScopesOf(RegistryRequest request, Challenge challenge)
    {
        if (request.Scopes.Count > 0) return request.Scopes;
        return challenge["scope"] is { } scope ? scope.Split([' '], StringSplitOptions.RemoveEmptyEntries) : [];
    }

    private static string KeyOf(Challenge challenge, IReadOnlyList<string> scopes, RegistryCredential? credential) =>
        string.Join("\n", [challenge["realm"] ?? "", challenge["service"] ?? "", credential?.UserName ?? "\0", credential?.Secret ?? "\0", .. scopes]);

    // repository:team/app:pull
    private static string? RepositoryOf(RegistryRequest request)
    {
        if (request.Scopes.Count == 0) return null;
        var parts = request.Scopes[0].Split(':');
        return parts.Length == 3 && parts[0] == "repository" ? parts[1] : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _requesting.Dispose();
}
