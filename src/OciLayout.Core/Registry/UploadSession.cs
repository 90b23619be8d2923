namespace OciLayout.Registry;

/// <summary>An upload in progress.</summary>
/// <param name="Location">The location of the next request.</param>
/// <param name="SmallestChunk">The smallest chunk that the registry accepts, in bytes; 0 if it does not say.</param>
internal sealed record UploadSession(UploadLocation Location, long SmallestChunk);
