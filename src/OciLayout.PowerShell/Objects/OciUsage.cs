using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>What a tag keeps, or with <c>-Total</c> what a store holds.</summary>
public sealed class OciUsage
{
    internal OciUsage(OciStore store, TagUsage core)
    {
        Store = store;
        Tag = core.Tag;
        Digest = DigestText.Of(core.Digest);
        Size = core.Size;
        OwnSize = core.OwnSize;
        SharedSize = core.SharedSize;
        BlobCount = core.BlobCount;
        ManifestCount = core.ManifestCount;
        MissingCount = core.MissingCount;
    }

    internal OciUsage(OciStore store, StoreUsage core, long duplicateSize)
    {
        Store = store;
        Size = core.Size;
        OwnSize = core.OwnSize;
        SharedSize = core.SharedSize;
        OrphanSize = core.OrphanSize;
        OrphanCount = core.OrphanCount;
        DuplicateSize = duplicateSize;
        BlobCount = core.BlobCount;
        ManifestCount = core.ManifestCount;
        MissingCount = core.MissingCount;
    }

    /// <summary>The store.</summary>
    public OciStore Store { get; }

    /// <summary>The tag; none for the whole store.</summary>
    public string? Tag { get; }

    /// <summary>The digest of what the tag names; none for the whole store.</summary>
    public PSObject? Digest { get; }

    /// <summary>The bytes that the tag keeps, with what is attached; all of the store's.</summary>
    public long Size { get; }

    /// <summary>The bytes that go when only this tag goes and garbage is collected; in a store those of which that is true for some tag.</summary>
    public long OwnSize { get; }

    /// <summary>The bytes that other tags keep, too; in a store those that stay whatever single tag goes.</summary>
    public long SharedSize { get; }

    /// <summary>How many files of <c>blobs/</c> that are, manifests included.</summary>
    public int BlobCount { get; }

    /// <summary>How many of them are manifests or indexes.</summary>
    public int ManifestCount { get; }

    /// <summary>How many digests are needed and not stored, as foreign layers and sparse copies are.</summary>
    public int MissingCount { get; }

    /// <summary>With <c>-Total</c>: the bytes that garbage collection frees, of abandoned uploads, too.</summary>
    public long? OrphanSize { get; }

    /// <summary>With <c>-Total</c>: how many files those are.</summary>
    public int? OrphanCount { get; }

    /// <summary>With <c>-Total</c>: the bytes of content that a store measured before it by the same call has as well.</summary>
    public long? DuplicateSize { get; }

    /// <summary>The tag, or the store.</summary>
    public override string ToString() => Tag ?? Store.ToString();
}
