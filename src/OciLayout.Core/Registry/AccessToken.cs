using System;

namespace OciLayout.Registry;

/// <summary>A bearer token.</summary>
/// <param name="Value">The token.</param>
/// <param name="RenewAt">The time from which another token is requested.</param>
internal sealed record AccessToken(string Value, DateTime RenewAt)
{
    /// <summary>Returns a fixed text, because the token is a secret.</summary>
    public override string ToString() => "a token";
}
