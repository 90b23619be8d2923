namespace OciLayout;

/// <summary>Options of a deletion.</summary>
public sealed class DeletionOptions
{
    /// <summary>
    /// Gets whether to delete referrers and content that becomes unreferenced, too. Null means <see cref="OciStoreOptions.AutoGC"/>.
    /// </summary>
    public bool? Cascade { get; init; }

    /// <summary>Gets whether to delete content that other manifests reference, and tags that were not named.</summary>
    public bool Force { get; init; }
}
