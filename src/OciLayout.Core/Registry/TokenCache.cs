using System;
using System.Collections.Concurrent;

namespace OciLayout.Registry;

/// <summary>Keeps the tokens of a process by realm, service, scopes and account. Thread-safe.</summary>
internal sealed class TokenCache(RegistryClock clock)
{
    private readonly ConcurrentDictionary<string, AccessToken> _tokens = new(StringComparer.Ordinal);

    /// <summary>Returns a token that is still valid; null if there is none.</summary>
    public AccessToken? Find(string key) => _tokens.TryGetValue(key, out var token) && token.RenewAt > clock.UtcNow ? token : null;

    public void Add(string key, AccessToken token) => _tokens[key] = token;

    /// <summary>Forgets a token that the registry refused, unless another one has replaced it.</summary>
    public void Remove(string key, string? refused)
    {
        if (_tokens.TryGetValue(key, out var token) && token.Value == refused) _tokens.TryRemove(key, out _);
    }
}
