using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>One thing that one of two stores has and the other has not.</summary>
public sealed class OciDifference
{
    internal OciDifference(OciStore? store, OciStore? otherStore, StoreDifference core)
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

    /// <summary>The store that has it; none when only a list says so.</summary>
    public OciStore? Store { get; }

    /// <summary>The tag; none for content.</summary>
    public string? Tag { get; }

    /// <summary>The content, or what the tag names in that store.</summary>
    public PSObject Digest { get; }

    /// <summary>Who has it: the reference, the store that is compared with it, or both.</summary>
    public DifferenceSide Side { get; }

    /// <summary>A tag, a moved tag, a manifest or a blob.</summary>
    public DifferenceKind Kind { get; }

    /// <summary>The length of content in bytes; of a tag, the bytes of what it needs and the other store has not.</summary>
    public long? Size { get; }

    /// <summary>The media type, where it is known.</summary>
    public string? MediaType { get; }

    /// <summary>What a moved tag names in the other store.</summary>
    public PSObject? OtherDigest { get; }

    /// <summary>The store that it was compared with; none when that is a list.</summary>
    public OciStore? OtherStore { get; }

    /// <summary>The tag, or the digest.</summary>
    public override string ToString() => Tag ?? Digest.ToString();
}
