namespace OciLayout.Planning;

/// <summary>A file to delete.</summary>
/// <param name="Digest">The digest of the content.</param>
/// <param name="Length">The length in bytes.</param>
internal readonly record struct GarbageFile(Digest Digest, long Length);
