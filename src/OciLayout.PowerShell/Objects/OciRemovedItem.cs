using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>An object that a garbage collection deleted, or would delete.</summary>
public sealed class OciRemovedItem
{
    internal OciRemovedItem(OciStoreInfo store, RemovedItem core)
    {
        Store = store;
        Digest = DigestText.Of((Digest?)core.Digest);
        Size = core.Size;
        MediaType = core.MediaType;
        Reason = core.Reason;
        Path = core.Path;
    }

    /// <summary>The store of the object.</summary>
    public OciStoreInfo Store { get; }

    /// <summary>The digest of the content; null for a file of an unfinished upload.</summary>
    public PSObject? Digest { get; }

    /// <summary>The length in bytes.</summary>
    public long Size { get; }

    /// <summary>The media type; null when it is unknown.</summary>
    public string? MediaType { get; }

    /// <summary>The media type as the view shows it, without the prefix <c>application/</c>; null when it is unknown.</summary>
    public string? Type => MediaType is null ? null : Display.ShortMediaType(MediaType);

    /// <summary>The reason for the deletion.</summary>
    public RemovalReason Reason { get; }

    /// <summary>The path of the file in <c>ingest/</c>, for an unfinished upload.</summary>
    public string? Path { get; }

    /// <summary>Returns the digest, or the path of an unfinished upload.</summary>
    public override string ToString() => Digest?.ToString() ?? Path ?? "";
}
