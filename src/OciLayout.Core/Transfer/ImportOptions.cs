using System;
using System.Collections.Generic;

namespace OciLayout;

/// <summary>The settings of an import.</summary>
public sealed class ImportOptions
{
    /// <summary>
    /// Whether tags that name other content in the store are moved. When false, such a tag stops the import, and nothing changes.
    /// </summary>
    public bool ReplaceTags { get; init; }

    /// <summary>
    /// The tags for the content of an archive that lists one object, instead of its own tags; null keeps the tags of the archive.
    /// </summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>
    /// The largest growth of a compressed archive, as a factor. A larger archive is refused. Real archives seldom grow by more than ten.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int ExpansionLimit
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The growth must be at least 1.");
    }
    = 250;
}
