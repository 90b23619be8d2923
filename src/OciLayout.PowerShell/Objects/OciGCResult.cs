namespace OciLayout.PowerShell;

/// <summary>What a garbage collection did.</summary>
public sealed class OciGCResult
{
    internal OciGCResult(OciStore store, GarbageResult core)
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
    public OciStore Store { get; }

    /// <summary>How many files were removed.</summary>
    public int RemovedCount { get; }

    /// <summary>The bytes of the files that were removed.</summary>
    public long RemovedSize { get; }

    /// <summary>How many blobs were kept.</summary>
    public int KeptCount { get; }

    /// <summary>The bytes of the blobs that were kept.</summary>
    public long KeptSize { get; }

    /// <summary>How many entries <c>index.json</c> lost.</summary>
    public int RemovedEntries { get; }

    /// <summary>How many blobs were kept only because another process is using them.</summary>
    public int ClaimedCount { get; }
}
