using System;

namespace OciLayout;

/// <summary>Options of garbage collection.</summary>
public sealed class GarbageOptions
{
    /// <summary>Gets the time for which content is kept after it was pushed or last used.</summary>
    public TimeSpan MinimumAge { get; init; }

    /// <summary>Gets whether to keep everything that the index lists, tagged or not.</summary>
    public bool KeepUntagged { get; init; }

    /// <summary>Gets whether to collect even if some manifests cannot be read or nothing is tagged.</summary>
    public bool Force { get; init; }
}
