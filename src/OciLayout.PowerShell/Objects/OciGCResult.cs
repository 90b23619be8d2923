namespace OciLayout.PowerShell;

/// <summary>The result of a garbage collection.</summary>
public sealed class OciGCResult
{
    internal OciGCResult(OciStoreInfo store, GarbageResult core)
    {
        Store = store;
        RemovedCount = core.RemovedCount;
        RemovedSize = core.RemovedSize;
        KeptCount = core.KeptCount;
        KeptSize = core.KeptSize;
        RemovedEntries = core.RemovedEntries;
        ClaimedCount = core.ClaimedCount;
    }

    /// <summary>The store that was collected.</summary>
    public OciStoreInfo Store { get; }

    /// <summary>The number of deleted files.</summary>
    public int RemovedCount { get; }

    /// <summary>The number of bytes of the deleted files.</summary>
    public long RemovedSize { get; }

    /// <summary>The number of remaining blobs.</summary>
    public int KeptCount { get; }

    /// <summary>The number of bytes of the remaining blobs.</summary>
    public long KeptSize { get; }

    /// <summary>The number of entries that were removed from <c>index.json</c>.</summary>
    public int RemovedEntries { get; }

    /// <summary>The number of blobs that remain only because another process is using them.</summary>
    public int ClaimedCount { get; }
}
