namespace OciLayout.Maintenance;

/// <summary>Facts about stored content.</summary>
internal readonly record struct SideContent(long? Size, string? MediaType, bool IsManifest);
