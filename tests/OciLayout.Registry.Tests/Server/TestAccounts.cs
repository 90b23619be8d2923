using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using OciLayout.Registry;

namespace OciLayout.Tests.Registry.Server;

/// <summary>The authentication of a test registry, and the token service at <c>/token</c> of each server that has this object.</summary>
internal sealed class TestAccounts(RegistryClock clock)
{
    private readonly ConcurrentDictionary<string, (string[] Scopes, DateTime Expires)> _tokens = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>The user; empty if only anonymous tokens exist.</summary>
    public string User { get; init; } = "bob";

    /// <summary>The password.</summary>
    public string Password { get; init; } = "pa55-w0rd";

    /// <summary>The identity token (OAuth2 refresh token).</summary>
    public string IdentityToken { get; init; } = "1dent1ty";

    /// <summary>Whether Basic is required instead of a token.</summary>
    public bool IsBasic { get; init; }

    /// <summary>Whether tokens for reading are granted without an account.</summary>
    public bool AllowsAnonymousPull { get; init; }

    /// <summary>Whether the service refuses requests for several scopes.</summary>
    public bool RefusesSeveralScopes { get; init; }

    /// <summary>Whether only the root of the registry has a challenge.</summary>
    public bool OmitsChallenges { get; init; }

    /// <summary>The lifetime of tokens in seconds; null if the service does not state it. They are valid for 60 s then.</summary>
    public int? Lifetime { get; set; } = 300;

    /// <summary>Makes the values of <c>WWW-Authenticate</c> from the origin of the server and the scope.</summary>
    public Func<string, string, string[]>? Challenges { get; set; }

    /// <summary>Makes the target to which <c>/start</c> redirects from the query of a request.</summary>
    public Func<string, string>? Redirect { get; set; }

    /// <summary>The tokens that were issued.</summary>
    public IReadOnlyCollection<string> Tokens => [.. _tokens.Keys];

    /// <summary>Revokes all tokens.</summary>
    public void Revoke()
    {
        foreach (var token in _tokens) _tokens[token.Key] = (token.Value.Scopes, DateTime.MinValue);
    }

    /// <summary>Answers requests for tokens and requests without the credentials that they need.</summary>
    /// <returns>Whether the request was answered.</returns>
    public async Task<bool> AnswersAsync(HttpContext context)
    {
        if (context.Request.Path == "/start")
        {
            await Answers.Redirect(Redirect!(context.Request.QueryString.Value!))(context, () => Task.CompletedTask);
            return true;
        }

        if (context.Request.Path == "/token")
        {
            await IssueAsync(context);
            return true;
        }

        if (IsBasic ? HasPassword(context.Request) : HasToken(context.Request)) return false;
        var scope = string.Join(' ', ScopesOf(context.Request));
        var origin = $"{context.Request.Scheme}://{context.Request.Host}";
        if (!OmitsChallenges || context.Request.Path == "/v2/") context.Response.Headers.WWWAuthenticate = Challenges is { } make ? make(origin, scope)
            : IsBasic ? "Basic realm=\"test\"" : $"Bearer realm=\"{origin}/token\",service=\"test\",scope=\"{scope}\"";
        await Answers.Error(401, "UNAUTHORIZED", "authentication required")(context, () => Task.CompletedTask);
        return true;
    }

    private async Task IssueAsync(HttpContext context)
    {
        var request = context.Request;
        var isForm = request.Method == "POST";
        var form = isForm ? await request.ReadFormAsync() : null;
        var scopes = (isForm ? form!["scope"].ToString().Split(' ') : [.. request.Query["scope"].Select(s => s!)]).Where(s => s.Length > 0).ToArray();
        var isKnown = isForm ? form!["refresh_token"] == IdentityToken : HasPassword(request);
        var isAnonymous = AllowsAnonymousPull && !isForm && request.Headers.Authorization.Count == 0;
        if (isAnonymous) scopes = [.. scopes.Select(s => s[..(s.LastIndexOf(':') + 1)] + "pull")];
        if ((!isKnown && !isAnonymous) || (RefusesSeveralScopes && scopes.Length > 1))
        {
            context.Response.StatusCode = 401;
            return;
        }

        var token = $"t0ken-{++_count}-{Guid.NewGuid():N}";
        _tokens[token] = (scopes, clock.UtcNow.AddSeconds(Lifetime ?? 60));
        var lifetime = Lifetime is null ? "" : $",\"expires_in\":{Lifetime}";
        context.Response.ContentType = "application/json";
        await Answers.SendAsync(context, Encoding.UTF8.GetBytes($"{{\"token\":\"{token}\"{lifetime}}}"));
    }

    private bool HasPassword(HttpRequest request) =>
        request.Headers.Authorization == "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(User + ":" + Password));

    private bool HasToken(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.Ordinal) || !_tokens.TryGetValue(header["Bearer ".Length..], out var token) || token.Expires <= clock.UtcNow) return false;
        return ScopesOf(request).All(needed => token.Scopes.Any(granted => Grants(granted, needed)));
    }

    // repository:team/app:pull,push
    private static bool Grants(string granted, string needed)
    {
        var (have, want) = (granted.LastIndexOf(':'), needed.LastIndexOf(':'));
        return granted[..have] == needed[..want] && needed[(want + 1)..].Split(',').All(granted[(have + 1)..].Split(',').Contains);
    }

    private static List<string> ScopesOf(HttpRequest request)
    {
        var path = request.Path.Value!;
        if (path == "/v2/_catalog") return ["registry:catalog:*"];
        var parts = path.Split(["/manifests/", "/blobs/", "/tags/", "/referrers/"], StringSplitOptions.None);
        if (parts.Length < 2) return [];
        var action = request.Method switch { "GET" or "HEAD" => "pull", "DELETE" when !path.Contains("/uploads/", StringComparison.Ordinal) => "delete", _ => "pull,push" };
        List<string> scopes = [$"repository:{parts[0]["/v2/".Length..]}:{action}"];
        if (request.Query["from"].ToString() is { Length: > 0 } from) scopes.Add($"repository:{from}:pull");
        return scopes;
    }
}
