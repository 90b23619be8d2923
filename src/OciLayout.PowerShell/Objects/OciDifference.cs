using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>A difference between two stores: a tag or content that one of them lacks, or a tag that names other content.</summary>
public sealed class OciDifference
{
    internal OciDifference(OciPlaceInfo? store, OciPlaceInfo? otherStore, StoreDifference core)
    {
        Store = store;
        OtherStore = otherStore;
        Kind = core.Kind;
        Side = core.Side;
        Tag = core.Tag;
        Digest = DigestText.Of(core.Digest);
        OtherDigest = DigestText.Of(core.OtherDigest);
        Size = core.Size;
        MediaType = core.MediaType;
    }

    /// <summary>The store that has the tag or the content; null when it is a list.</summary>
    public OciPlaceInfo? Store { get; }

    /// <summary>The tag; null for content.</summary>
    public string? Tag { get; }

    /// <summary>The digest of the content, or of the content that the tag names in that store.</summary>
    public PSObject Digest { get; }

    /// <summary>The side that has the tag or the content: the reference store, the difference store, or both.</summary>
    public DifferenceSide Side { get; }

    /// <summary>The kind: a tag, a moved tag, a manifest or a blob.</summary>
    public DifferenceKind Kind { get; }

    /// <summary>The length of the content in bytes. For a tag, the bytes that it needs and that the other store lacks.</summary>
    public long? Size { get; }

    /// <summary>The media type; null when it is unknown.</summary>
    public string? MediaType { get; }

    /// <summary>The digest of the content that a moved tag names in the other store.</summary>
    public PSObject? OtherDigest { get; }

    /// <summary>The other store; null when it is a list.</summary>
    public OciPlaceInfo? OtherStore { get; }

    /// <summary>Returns the tag, or the digest.</summary>
    public override string ToString() => Tag ?? Digest.ToString();
}
