namespace OciLayout.PowerShell;

/// <summary>A registry and its settings, as <c>Connect-OciRegistry</c> emits it. It does not contain secrets.</summary>
public sealed class OciRegistryInfo
{
    internal OciRegistryInfo(string registry, RegistryOptions options)
    {
        Registry = registry;
        Account = options.Credential?.ToString();
        IsUnencryptedAllowed = options.AllowUnencrypted;
        MaximumConcurrency = options.MaximumConcurrency;
    }

    /// <summary>The host and port, and the prefix of the repositories that the settings are for.</summary>
    public string Registry { get; }

    /// <summary>The user name; null for an account that another tool stored, or for none.</summary>
    public string? Account { get; }

    /// <summary>Whether plain HTTP is permitted.</summary>
    public bool IsUnencryptedAllowed { get; }

    /// <summary>The largest number of transfers at the same time.</summary>
    public int MaximumConcurrency { get; }

    /// <summary>Returns the host and the prefix.</summary>
    public override string ToString() => Registry;
}
