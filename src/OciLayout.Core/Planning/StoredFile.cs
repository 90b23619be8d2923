namespace OciLayout.Planning;

/// <summary>A file in <c>blobs/</c>.</summary>
/// <param name="Digest">The digest of the content.</param>
/// <param name="Length">The length in bytes.</param>
/// <param name="IsYoung">Whether the file is younger than the minimum age of garbage.</param>
internal readonly record struct StoredFile(Digest Digest, long Length, bool IsYoung);
