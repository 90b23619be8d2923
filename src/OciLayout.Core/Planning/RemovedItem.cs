namespace OciLayout;

/// <summary>Content or a file that is deleted.</summary>
public sealed class RemovedItem
{
    internal RemovedItem(Digest digest, long size, string? mediaType, RemovalReason reason, string? path = null)
    {
        Digest = digest;
        Size = size;
        MediaType = mediaType;
        Reason = reason;
        Path = path;
    }

    /// <summary>Gets the digest; empty for files in <c>ingest/</c>.</summary>
    public Digest Digest { get; }

    /// <summary>Gets the size of the file in bytes.</summary>
    public long Size { get; }

    /// <summary>Gets the media type; null if it is unknown.</summary>
    public string? MediaType { get; }

    /// <summary>Gets the reason why the content is deleted.</summary>
    public RemovalReason Reason { get; }

    /// <summary>Gets the path of a file that has no digest; otherwise null.</summary>
    public string? Path { get; }

    /// <summary>
    /// Gets the rank in the order of deletion. Items of lower ranks are deleted first; items of one rank are deleted in parallel.
    /// </summary>
    internal int Rank { get; init; }

    /// <summary>Returns the digest, or the path if there is none.</summary>
    public override string ToString() => Path ?? Digest.ToString();
}
