using System;

namespace OciLayout;

/// <summary>Options of a verification.</summary>
public sealed record VerifyOptions
{
    /// <summary>Gets whether to hash only manifests. For other content only sizes are compared.</summary>
    public bool Quick { get; init; }

    /// <summary>
    /// Gets whether to check images as well: decompresses their layers, reads the tar archives, and compares configurations with the layers
    /// and with the platforms in indexes. Has no effect together with <see cref="Quick"/>.
    /// </summary>
    public bool Deep { get; init; }

    /// <summary>Gets the size limit for manifests and configurations, in bytes.</summary>
    public long ManifestSizeLimit { get; init; } = new OciStoreOptions().ManifestSizeLimit;

    /// <summary>The number of blobs that are hashed at a time.</summary>
    internal int Workers { get; init; } = Environment.ProcessorCount;
}
