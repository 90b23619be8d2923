namespace OciLayout;

/// <summary>Options of a verification.</summary>
public sealed record VerifyOptions
{
    /// <summary>Gets whether to hash only manifests. For other content only sizes are compared.</summary>
    public bool Quick { get; init; }

    /// <summary>Gets the size limit for manifests, in bytes.</summary>
    public long ManifestSizeLimit { get; init; } = new OciStoreOptions().ManifestSizeLimit;
}
