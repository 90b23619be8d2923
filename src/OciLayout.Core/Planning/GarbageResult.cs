namespace OciLayout;

/// <summary>The result of garbage collection.</summary>
public sealed class GarbageResult
{
    /// <summary>Gets the number of deleted files.</summary>
    public int RemovedCount { get; internal init; }

    /// <summary>Gets the size of the deleted files in bytes.</summary>
    public long RemovedSize { get; internal init; }

    /// <summary>Gets the number of blobs and manifests that were kept.</summary>
    public int KeptCount { get; internal init; }

    /// <summary>Gets the size in bytes of the blobs and manifests that were kept.</summary>
    public long KeptSize { get; internal init; }

    /// <summary>Gets the number of deleted index entries.</summary>
    public int RemovedEntries { get; internal init; }

    /// <summary>Gets the number of blobs and manifests that were kept only because a running process had claimed them.</summary>
    public int ClaimedCount { get; internal init; }
}
