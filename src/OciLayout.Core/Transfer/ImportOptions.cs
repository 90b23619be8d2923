using System.Collections.Generic;

namespace OciLayout;

/// <summary>How an archive is merged into a store.</summary>
public sealed class ImportOptions
{
    /// <summary>Whether tags that name other content in the store are moved; otherwise nothing is imported when there is one.</summary>
    public bool ReplaceTags { get; init; }

    /// <summary>The tags of the content of an archive that lists one object, instead of its own tags; null keeps the tags of the archive.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>A compressed archive that grows by more than this factor is refused; an honest one hardly passes ten.</summary>
    public int ExpansionLimit { get; init; } = 250;
}

/// <summary>What an import did.</summary>
public sealed class ImportResult
{
    /// <summary>The tags of the archive, in its order.</summary>
    public IReadOnlyList<string> Tags { get; internal init; } = [];

    /// <summary>The tags that several entries of the archive have; in each of these the content is listed without the tag.</summary>
    public IReadOnlyList<LostTag> LostTags { get; internal init; } = [];

    /// <summary>How many blobs and manifests were new.</summary>
    public int AddedCount { get; internal init; }

    /// <summary>How many bytes those have.</summary>
    public long AddedSize { get; internal init; }

    /// <summary>How many were stored already.</summary>
    public int KnownCount { get; internal init; }

    /// <summary>Content that manifests name and that neither has: foreign layers, platforms that were not copied, subjects.</summary>
    public IReadOnlyList<Digest> Absent { get; internal init; } = [];
}
