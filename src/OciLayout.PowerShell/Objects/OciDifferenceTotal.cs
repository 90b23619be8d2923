namespace OciLayout.PowerShell;

/// <summary>All that one of two stores has and the other has not, as sums.</summary>
public sealed class OciDifferenceTotal
{
    internal OciDifferenceTotal(OciStore? store, OciStore? otherStore, StoreDifferenceTotal core)
    {
        Store = store;
        OtherStore = otherStore;
        Side = core.Side;
        TagCount = core.TagCount;
        MovedCount = core.MovedCount;
        BlobCount = core.BlobCount;
        Size = core.Size;
    }

    /// <summary>The store that has it; none for a list.</summary>
    public OciStore? Store { get; }

    /// <summary>Which of the two that is.</summary>
    public DifferenceSide Side { get; }

    /// <summary>How many tags only this store has.</summary>
    public int TagCount { get; }

    /// <summary>How many tags name something else in the other store.</summary>
    public int MovedCount { get; }

    /// <summary>How many blobs and manifests only this store has.</summary>
    public int BlobCount { get; }

    /// <summary>Their bytes: what has to be transferred for the other store to have all of it.</summary>
    public long Size { get; }

    /// <summary>The store that it was compared with; none for a list.</summary>
    public OciStore? OtherStore { get; }

    /// <summary>Which of the two stores, and the bytes.</summary>
    public override string ToString() => $"{Side}: {Display.Bytes(Size)}";
}
