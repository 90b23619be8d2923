using System.Collections.Generic;

namespace OciLayout;

/// <summary>The result of an import.</summary>
public sealed class ImportResult
{
    /// <summary>The tags of the archive, in its order.</summary>
    public IReadOnlyList<string> Tags { get; internal init; } = [];

    /// <summary>
    /// The tags that several entries of the archive have. The last entry keeps the tag; the others are listed without it.
    /// </summary>
    public IReadOnlyList<LostTag> LostTags { get; internal init; } = [];

    /// <summary>The number of blobs and manifests that were added.</summary>
    public int AddedCount { get; internal init; }

    /// <summary>The number of bytes that were added.</summary>
    public long AddedSize { get; internal init; }

    /// <summary>The number of blobs and manifests that were already stored.</summary>
    public int KnownCount { get; internal init; }

    /// <summary>
    /// Content that manifests name and that neither the archive nor the store has: foreign layers, platforms that were not copied,
    /// subjects.
    /// </summary>
    public IReadOnlyList<Digest> Absent { get; internal init; } = [];
}
