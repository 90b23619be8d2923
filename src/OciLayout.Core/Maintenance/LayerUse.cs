namespace OciLayout.Maintenance;

/// <summary>A use of stored content as a layer of an image.</summary>
/// <param name="MediaType">The media type in the manifest.</param>
/// <param name="DiffId">The digest of the tar that the configuration states; null if it states none that can be verified.</param>
/// <param name="Config">The configuration.</param>
internal readonly record struct LayerUse(string MediaType, Digest? DiffId, Digest Config);
