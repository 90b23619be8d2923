namespace OciLayout.PowerShell;

/// <summary>The totals of the content that one of two stores has and the other lacks.</summary>
public sealed class OciDifferenceTotal
{
    internal OciDifferenceTotal(OciPlaceInfo? store, OciPlaceInfo? otherStore, StoreDifferenceTotal core)
    {
        Store = store;
        OtherStore = otherStore;
        Side = core.Side;
        TagCount = core.TagCount;
        MovedCount = core.MovedCount;
        BlobCount = core.BlobCount;
        Size = core.Size;
    }

    /// <summary>The store that has the content; null when it is a list.</summary>
    public OciPlaceInfo? Store { get; }

    /// <summary>The side of the store in the comparison.</summary>
    public DifferenceSide Side { get; }

    /// <summary>The number of tags that only this store has.</summary>
    public int TagCount { get; }

    /// <summary>The number of tags that name other content in the other store.</summary>
    public int MovedCount { get; }

    /// <summary>The number of blobs and manifests that only this store has.</summary>
    public int BlobCount { get; }

    /// <summary>The number of bytes of these blobs and manifests, which the other store needs to have all content of this one.</summary>
    public long Size { get; }

    /// <summary>The other store; null when it is a list.</summary>
    public OciPlaceInfo? OtherStore { get; }

    /// <summary>Returns the side and the number of bytes.</summary>
    public override string ToString() => $"{Side}: {Display.Bytes(Size)}";
}
