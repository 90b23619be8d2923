using System;

namespace OciLayout;

/// <summary>An account of a registry. Its text and its debugger view never show the secret.</summary>
public sealed class RegistryCredential
{
    /// <summary>Creates a credential with a user name and a password.</summary>
    /// <param name="userName">The user name.</param>
    /// <param name="secret">The password or access token.</param>
    public RegistryCredential(string userName, string secret)
    {
        UserName = userName ?? throw new ArgumentNullException(nameof(userName));
        Secret = secret ?? throw new ArgumentNullException(nameof(secret));
    }

    private RegistryCredential(string identityToken)
    {
        UserName = "";
        Secret = identityToken;
        IsIdentityToken = true;
    }

    /// <summary>The user name; empty for an identity token.</summary>
    public string UserName { get; }

    internal string Secret { get; }

    /// <summary>Whether the secret is an identity token, which a token service exchanges (OAuth2 refresh token).</summary>
    public bool IsIdentityToken { get; }

    /// <summary>The source for messages, such as the path of a file; null if it was given directly.</summary>
    internal string? Source { get; init; }

    /// <summary>Creates a credential from an identity token.</summary>
    /// <param name="token">The token, as <c>docker login</c> or <c>Connect-AzContainerRegistry -ExposeToken</c> provide it.</param>
    public static RegistryCredential FromIdentityToken(string token) => new(token ?? throw new ArgumentNullException(nameof(token)));

    /// <summary>Returns the same credential with its source for messages.</summary>
    internal RegistryCredential From(string source) => IsIdentityToken
        ? new RegistryCredential(Secret) { Source = source }
        : new RegistryCredential(UserName, Secret) { Source = source };

    /// <summary>Returns the user name.</summary>
    public override string ToString() => IsIdentityToken ? "an identity token" : UserName;
}
