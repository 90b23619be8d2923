using System;

namespace OciLayout;

/// <summary>How a store object works; the layout on disk is the same.</summary>
public sealed record OciStoreOptions
{
    /// <summary>Whether each change saves the index at once; otherwise changes wait for <see cref="OciStore.SaveIndex"/>.</summary>
    public bool AutoSaveIndex { get; init; } = true;

    /// <summary>Whether deletion takes referrers and what dangles along.</summary>
    public bool AutoGC { get; init; } = true;

    /// <summary>Whether what is acknowledged survives power loss. Without it, it survives the end of the process only.</summary>
    public bool Flush { get; init; } = true;

    /// <summary>The largest manifest that is read, in bytes; 4 MiB unless raised (distribution-spec, "Pushing Manifests").</summary>
    public long ManifestSizeLimit { get; init; } = 4 * 1024 * 1024;

    /// <summary>The most files that are removed at once, while nobody may add any.</summary>
    internal int SweepBatch { get; init; } = 1024;

    /// <summary>The longest time for that, nearly; a few files go in any case.</summary>
    internal TimeSpan SweepTime { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How long to wait for other processes; 30 seconds.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
