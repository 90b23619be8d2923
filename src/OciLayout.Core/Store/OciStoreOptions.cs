using System;

namespace OciLayout;

/// <summary>Options of a store object. They do not change the layout on disk.</summary>
public sealed record OciStoreOptions
{
    /// <summary>Whether each change saves the index at once. Otherwise changes wait for <see cref="OciStore.SaveIndex"/>.</summary>
    public bool AutoSaveIndex { get; init; } = true;

    /// <summary>Whether deletion includes referrers and content that becomes dangling.</summary>
    public bool AutoGC { get; init; } = true;

    /// <summary>Whether acknowledged changes survive a power loss. Otherwise they survive only the end of the process.</summary>
    public bool Flush { get; init; } = true;

    /// <summary>The largest manifest that is read, in bytes. The default is 4 MiB (distribution-spec, "Pushing Manifests").</summary>
    public long ManifestSizeLimit { get; init; } = 4 * 1024 * 1024;

    /// <summary>The largest number of files that are deleted while the store lock is held.</summary>
    internal int SweepBatch { get; init; } = 1024;

    /// <summary>The approximate limit of the time for which deletion holds the store lock. A few files are deleted in any case.</summary>
    internal TimeSpan SweepTime { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>The time to wait for locks of other processes. The default is 30 seconds.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
