namespace OciLayout.Maintenance;

/// <summary>Facts about stored content.</summary>
internal readonly record struct InventoryItem(long? Size, string? MediaType, bool IsManifest);
