namespace OciLayout;

/// <summary>A blob of an archive.</summary>
/// <param name="Digest">The content.</param>
/// <param name="Size">Its length in bytes.</param>
public sealed record ExportItem(Digest Digest, long Size);
