using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>The effect of <c>Sync-OciRepository</c> on one tag.</summary>
public sealed class OciSyncResult
{
    internal OciSyncResult(SyncItem item, SyncAction action, long copiedSize)
    {
        Source = item.Source;
        Destination = item.Destination;
        Tag = item.Tag;
        Digest = item.Digest.IsEmpty ? null : DigestText.Of(item.Digest);
        PreviousDigest = item.PreviousDigest.IsEmpty ? null : DigestText.Of(item.PreviousDigest);
        CopiedSize = copiedSize;
        Action = action;
    }

    /// <summary>The repository or the path of the layout that the content is from.</summary>
    public string Source { get; }

    /// <summary>The repository or the path of the layout that the tag is in.</summary>
    public string Destination { get; }

    /// <summary>The tag at the destination: in a layout a whole name, such as <c>docker.io/library/nginx:1.27</c>.</summary>
    public string Tag { get; }

    /// <summary>The digest of the content that the tag names at the source; null if it is not known, or if the tag was removed.</summary>
    public PSObject? Digest { get; }

    /// <summary>The digest of the content that the tag named at the destination before; null if the tag did not exist.</summary>
    public PSObject? PreviousDigest { get; }

    /// <summary>The number of bytes that were copied for this tag. Blobs that the registry already had do not count.</summary>
    public long CopiedSize { get; }

    /// <summary>The effect: Added, Moved, Same, Kept, Removed or Failed.</summary>
    public SyncAction Action { get; }

    /// <summary>Returns the tag and the effect, with characters that are not printable escaped.</summary>
    public override string ToString() => $"{Display.Text(Tag)}: {Action}";
}
