using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>The disk usage of a tag, or with <c>-Total</c> of a store.</summary>
public sealed class OciUsage
{
    internal OciUsage(OciStoreInfo store, TagUsage core)
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

    internal OciUsage(OciStoreInfo store, StoreUsage core, long duplicateSize)
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
    public OciStoreInfo Store { get; }

    /// <summary>The tag; null for a whole store.</summary>
    public string? Tag { get; }

    /// <summary>The digest of the content that the tag names; null for a whole store.</summary>
    public PSObject? Digest { get; }

    /// <summary>
    /// The number of bytes that the tag keeps, including referrers; for a store, of all its content and abandoned uploads.
    /// </summary>
    public long Size { get; }

    /// <summary>
    /// The number of bytes that are freed when only this tag is removed and garbage is collected; for a store, the sum of these bytes over
    /// all tags.
    /// </summary>
    public long OwnSize { get; }

    /// <summary>
    /// The number of bytes that other tags keep as well; for a store, the bytes that remain whichever single tag is removed.
    /// </summary>
    public long SharedSize { get; }

    /// <summary>The number of files in <c>blobs/</c>, manifests included.</summary>
    public int BlobCount { get; }

    /// <summary>The number of manifests and indexes among them.</summary>
    public int ManifestCount { get; }

    /// <summary>
    /// The number of digests that are needed and not stored, such as foreign layers and the missing parts of sparse copies.
    /// </summary>
    public int MissingCount { get; }

    /// <summary>With <c>-Total</c>, the number of bytes that garbage collection frees, including abandoned uploads.</summary>
    public long? OrphanSize { get; }

    /// <summary>With <c>-Total</c>, the number of files that garbage collection deletes.</summary>
    public int? OrphanCount { get; }

    /// <summary>With <c>-Total</c>, the number of bytes of content that a store measured earlier by the same call also has.</summary>
    public long? DuplicateSize { get; }

    /// <summary>Returns the tag, or the store.</summary>
    public override string ToString() => Tag ?? Store.ToString();
}
