namespace OciLayout;

/// <summary>A note that a store has some content.</summary>
/// <param name="Digest">The content.</param>
/// <param name="Tag">A tag that names the content; null if none was noted.</param>
/// <param name="Size">The size of the content in bytes; null if it was not noted.</param>
/// <param name="MediaType">The media type of the content; null if it was not noted.</param>
public sealed record ContentNote(Digest Digest, string? Tag = null, long? Size = null, string? MediaType = null);
