namespace OciLayout;

/// <summary>The amount to transfer from one side to the other.</summary>
public sealed class StoreDifferenceTotal
{
    internal StoreDifferenceTotal(DifferenceSide side) => Side = side;

    /// <summary>Gets the side to transfer from.</summary>
    public DifferenceSide Side { get; }

    /// <summary>Gets the number of tags that only this side has.</summary>
    public int TagCount { get; internal init; }

    /// <summary>Gets the number of tags that name different content on the other side.</summary>
    public int MovedCount { get; internal init; }

    /// <summary>Gets the number of blobs and manifests that only this side has.</summary>
    public int BlobCount { get; internal init; }

    /// <summary>Gets the size in bytes of these blobs and manifests.</summary>
    public long Size { get; internal init; }
}
