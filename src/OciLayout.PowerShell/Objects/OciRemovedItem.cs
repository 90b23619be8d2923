using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>One thing that a garbage collection removed, or would remove.</summary>
public sealed class OciRemovedItem
{
    internal OciRemovedItem(OciStore store, RemovedItem core)
    {
        Store = store;
        Digest = DigestText.Of((Digest?)core.Digest);
        Size = core.Size;
        MediaType = core.MediaType;
        Reason = core.Reason;
        Path = core.Path;
    }

    /// <summary>The store that it was in.</summary>
    public OciStore Store { get; }

    /// <summary>The digest of the content; none for the rest of an unfinished upload.</summary>
    public PSObject? Digest { get; }

    /// <summary>Its length in bytes.</summary>
    public long Size { get; }

    /// <summary>Its media type, where it is known.</summary>
    public string? MediaType { get; }

    /// <summary>Why it goes.</summary>
    public RemovalReason Reason { get; }

    /// <summary>The file in <c>ingest/</c>, for the rest of an unfinished upload.</summary>
    public string? Path { get; }

    /// <summary>The digest, or the path of an unfinished upload.</summary>
    public override string ToString() => Digest?.ToString() ?? Path ?? "";
}
