using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Registry;

/// <summary>
/// Requests a token from the token service of a registry (distribution, "Token Authentication Specification", and its OAuth2 variant for
/// identity tokens).
/// </summary>
internal sealed class TokenRequest(HttpPipe pipe, string host, RegistryClock clock)
{
    private const int AnswerLimit = 128 * 1024;
    private const int DefaultLifetime = 60;
    private const string ClientId = "ocilayout";

    /// <summary>Requests a token.</summary>
    /// <param name="request">The request that needs the token, for messages.</param>
    /// <param name="realm">The token service.</param>
    /// <param name="service">The name of the registry at the service; null if the challenge has none.</param>
    /// <param name="scopes">The scopes.</param>
    /// <param name="credential">The account; null for an anonymous token.</param>
    /// <param name="cancellationToken">The token that cancels the request.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.Unauthorized"/>: the service refuses the account or the scopes.</exception>
    public async Task<AccessToken> SendAsync(
        RegistryRequest request, Uri realm, string? service, IReadOnlyList<string> scopes, RegistryCredential? credential, CancellationToken cancellationToken)
    {
        if (credential is { IsIdentityToken: true })
        {
            var exchange = new RegistryRequest(HttpMethod.Post, realm)
            {
                ContentType = "application/x-www-form-urlencoded",
            };
            var form = Form([
                ("grant_type", "refresh_token"), ("client_id", ClientId), ("service", service), ("scope", string.Join(" ", scopes)), ("refresh_token", credential.Secret)]);
            var body = Encoding.UTF8.GetBytes(form);
            exchange = exchange with { Body = () => new MemoryStream(body, writable: false), BodyLength = body.Length };
            using var response = await FollowAsync(request, exchange, null, cancellationToken).ConfigureAwait(false);
            if (response.IsSuccess) return await ReadAsync(request, response, cancellationToken).ConfigureAwait(false);
            // Other services take the token itself.
            if ((int)response.Status is 400 or 401 or 404 or 405) return new AccessToken(credential.Secret, clock.UtcNow.AddMinutes(1));
            throw await FailedAsync(request, realm, response, scopes, credential, cancellationToken).ConfigureAwait(false);
        }

        var query = Form([("service", service), .. scopes.Select(s => ("scope", (string?)s)), ("account", credential?.UserName), ("client_id", credential is null ? null : ClientId)]);
        var separator = realm.Query.Length > 0 ? "&" : "?";
        var url = new Uri(query.Length > 0 ? realm.OriginalString + separator + query : realm.OriginalString);
        var get = new RegistryRequest(HttpMethod.Get, url);
        using var answer = await FollowAsync(request, get, credential is null ? null : Basic(credential), cancellationToken).ConfigureAwait(false);
        if (answer.IsSuccess) return await ReadAsync(request, answer, cancellationToken).ConfigureAwait(false);
        throw await FailedAsync(request, realm, answer, scopes, credential, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Returns the header for Basic authentication.</summary>
    public static AuthenticationHeaderValue Basic(RegistryCredential credential) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credential.UserName + ":" + credential.Secret)));

    // A redirect to another server is refused: it would get the password.
    private async Task<RegistryResponse> FollowAsync(RegistryRequest request, RegistryRequest token, AuthenticationHeaderValue? header, CancellationToken cancellationToken)
    {
        var url = token.Url;
        for (var redirects = 0; ; redirects++)
        {
            var response = await pipe.SendAsync(token, url, header, host, cancellationToken).ConfigureAwait(false);
            if (response.RedirectFor(token.Method) is not { } location) return response;
            using (response)
            {
                if (redirects >= RegistryClient.MaxRedirects || !Uri.TryCreate(url, location, out var target))
                    throw RegistryErrors.Protocol(host, request, (int)response.Status, "its token service redirects endlessly, or to text that is not a URL");
                if (!EndpointRules.IsSameOrigin(target, url)) throw RegistryErrors.Untrusted(host, request, "a redirect of its token service", target, "it is another server");
                url = target;
            }
        }
    }

    private async Task<AccessToken> ReadAsync(RegistryRequest request, RegistryResponse response, CancellationToken cancellationToken)
    {
        var body = await ReadBodyAsync(response, cancellationToken).ConfigureAwait(false)
            ?? throw RegistryErrors.Protocol(host, request, (int)response.Status, $"the token service sent more than {AnswerLimit / 1024} KiB");
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if ((Text(root, "token") ?? Text(root, "access_token")) is not { Length: > 0 } token) throw new JsonException("it has no token");
            // The exception of the framework for a header that is not valid repeats its value.
            if (token.Any(c => c is <= ' ' or > '~')) throw new JsonException("the token is not text for a header");
            var lifetime = root.TryGetProperty("expires_in", out var seconds) && seconds.ValueKind == JsonValueKind.Number && seconds.TryGetDouble(out var value) && value > 0
                ? Math.Min(value, TimeSpan.FromDays(1).TotalSeconds)
                : DefaultLifetime;
            return new AccessToken(token, clock.UtcNow.AddSeconds(lifetime < 20 ? lifetime / 2 : lifetime - 10));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw RegistryErrors.Protocol(host, request, (int)response.Status, "the answer of the token service has no token");
        }
    }

    private static async Task<byte[]?> ReadBodyAsync(RegistryResponse response, CancellationToken cancellationToken)
    {
        try
        {
            return await response.ReadAsync(AnswerLimit, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new TransientException($"the token service {response.Url.Authority} did not answer completely", e);
        }
    }

    private async Task<Exception> FailedAsync(
        RegistryRequest request, Uri realm, RegistryResponse response, IReadOnlyList<string> scopes, RegistryCredential? credential, CancellationToken cancellationToken)
    {
        if (RetryPolicy.IsTemporary(response.Status))
            return new TransientException($"the token service {realm.Authority} answered {(int)response.Status}") { RetryAfter = response.RetryAfter(clock.UtcNow) };
        var said = RegistryErrors.Of(response.Url.Authority, request, response.Status, response.MediaType, await response.ReadErrorAsync(cancellationToken).ConfigureAwait(false));
        var account = credential is null ? "anonymous access" : credential.Source is { } source ? $"'{credential}' (from {source})" : $"'{credential}'";
        return RegistryErrors.Unauthorized(
            host, request, (int)response.Status, said.Registry?.Code,
            $"The token service of {host} refused {account} for {string.Join(", ", scopes)} (status {(int)response.Status}).");
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string Form(IEnumerable<(string Name, string? Value)> fields) =>
        string.Join("&", fields.Where(f => !string.IsNullOrEmpty(f.Value)).Select(f => f.Name + "=" + Uri.EscapeDataString(f.Value!)));
}
