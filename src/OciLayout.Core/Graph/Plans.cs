using System;
using System.Collections.Generic;
using System.Linq;
using OciLayout.Storage;

namespace OciLayout;

/// <summary>The reason why content is deleted.</summary>
public enum RemovalReason
{
    /// <summary>The caller named it.</summary>
    Target,

    /// <summary>Its subject is deleted.</summary>
    Referrer,

    /// <summary>Only deleted content referenced it.</summary>
    Dangling,

    /// <summary>It is a fallback index that listed deleted content: its subject is deleted, or a new version replaces it.</summary>
    FallbackIndex,

    /// <summary>It is not reachable from any root.</summary>
    Unreachable,

    /// <summary>It is an upload or a session of a process that no longer runs.</summary>
    StaleUpload,
}

/// <summary>Content or a file that is deleted.</summary>
public sealed class RemovedItem
{
    internal RemovedItem(Digest digest, long size, string? mediaType, RemovalReason reason, string? path = null)
    {
        Digest = digest;
        Size = size;
        MediaType = mediaType;
        Reason = reason;
        Path = path;
    }

    /// <summary>Gets the digest; empty for files in <c>ingest/</c>.</summary>
    public Digest Digest { get; }

    /// <summary>Gets the size of the file in bytes.</summary>
    public long Size { get; }

    /// <summary>Gets the media type; null if it is unknown.</summary>
    public string? MediaType { get; }

    /// <summary>Gets the reason why the content is deleted.</summary>
    public RemovalReason Reason { get; }

    /// <summary>Gets the path of a file that has no digest; otherwise null.</summary>
    public string? Path { get; }

    /// <summary>
    /// Gets the rank in the order of deletion. Items of lower ranks are deleted first; items of one rank are deleted in parallel.
    /// </summary>
    internal int Rank { get; init; }

    /// <summary>Returns the digest, or the path if there is none.</summary>
    public override string ToString() => Path ?? Digest.ToString();
}

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

/// <summary>The content that a deletion deletes. <see cref="OciStore.Delete"/> carries the plan out.</summary>
public sealed class DeletionPlan
{
    internal DeletionPlan(Descriptor target, IReadOnlyList<RemovedItem> items, IReadOnlyList<string> tags, IReadOnlyCollection<Digest> digests)
    {
        Target = target;
        Items = items;
        Tags = tags;
        Digests = digests;
    }

    /// <summary>Gets the content that the caller named.</summary>
    public Descriptor Target { get; }

    /// <summary>Gets the stored content to delete, parents before children.</summary>
    public IReadOnlyList<RemovedItem> Items { get; }

    /// <summary>Gets the tags to delete, in ordinal order.</summary>
    public IReadOnlyList<string> Tags { get; }

    /// <summary>Gets the number of bytes that the deletion frees.</summary>
    public long Size => Items.Sum(i => i.Size);

    /// <summary>Gets the tag that named the target; null if a digest named it.</summary>
    internal string? Tag { get; init; }

    internal DeletionOptions Options { get; init; } = new();

    /// <summary>Gets the version of the index that the plan was made from.</summary>
    internal long Version { get; init; }

    /// <summary>Gets all content to delete, stored or only listed.</summary>
    internal IReadOnlyCollection<Digest> Digests { get; }

    /// <summary>Gets the content to delete although other manifests reference it.</summary>
    internal IReadOnlyCollection<Digest> Forced { get; init; } = [];

    /// <summary>Gets the fallback indexes that lose members but stay.</summary>
    internal IReadOnlyList<FallbackEdit> FallbackEdits { get; init; } = [];
}

/// <summary>The change of a fallback tag to a shorter list of referrers, or its deletion if the list is empty.</summary>
internal sealed record FallbackEdit(string Tag, Descriptor Old, byte[]? Replacement)
{
    public bool Equals(FallbackEdit? other) => other is not null && Tag == other.Tag && Old.Digest == other.Old.Digest
        && Replacement.AsSpan().SequenceEqual(other.Replacement) && Replacement is null == other.Replacement is null;

    public override int GetHashCode() => Old.Digest.GetHashCode();
}

/// <summary>Options of garbage collection.</summary>
public sealed class GarbageOptions
{
    /// <summary>Gets the time for which content is kept after it was pushed or last used.</summary>
    public TimeSpan MinimumAge { get; init; }

    /// <summary>Gets whether to keep everything that the index lists, tagged or not.</summary>
    public bool KeepUntagged { get; init; }

    /// <summary>Gets whether to collect even if some manifests cannot be read or nothing is tagged.</summary>
    public bool Force { get; init; }
}

/// <summary>The files and index entries that garbage collection would delete.</summary>
public sealed class GarbagePlan
{
    private readonly IReadOnlyList<IndexEntry> _entries;
    private IReadOnlyList<Descriptor>? _described;

    internal GarbagePlan(IReadOnlyList<RemovedItem> items, IReadOnlyList<IndexEntry> entries, IReadOnlyCollection<Digest> removedEntries)
    {
        Items = items;
        _entries = entries;
        EntryDigests = removedEntries;
    }

    /// <summary>Gets the files to delete, parents before children, unfinished uploads last.</summary>
    public IReadOnlyList<RemovedItem> Items { get; }

    /// <summary>Gets the index entries to delete.</summary>
    public IReadOnlyList<Descriptor> Entries => _described ??= [.. _entries.Select(e => e.Describe())];

    /// <summary>Gets the number of blobs and manifests that are kept.</summary>
    public int KeptCount { get; internal init; }

    /// <summary>Gets the size in bytes of the blobs and manifests that are kept.</summary>
    public long KeptSize { get; internal init; }

    /// <summary>Gets the number of blobs and manifests that are kept only because a running process has claimed them.</summary>
    public int ClaimedCount { get; internal init; }

    internal IReadOnlyCollection<Digest> EntryDigests { get; }

    /// <summary>Returns the same plan with more items at the end.</summary>
    internal GarbagePlan With(IEnumerable<RemovedItem> more) => new([.. Items, .. more], _entries, EntryDigests)
    {
        KeptCount = KeptCount,
        KeptSize = KeptSize,
        ClaimedCount = ClaimedCount,
    };
}

/// <summary>The result of garbage collection.</summary>
public sealed class GarbageResult
{
    /// <summary>Gets the number of deleted files.</summary>
    public int RemovedCount { get; init; }

    /// <summary>Gets the size of the deleted files in bytes.</summary>
    public long RemovedSize { get; init; }

    /// <summary>Gets the number of blobs and manifests that were kept.</summary>
    public int KeptCount { get; init; }

    /// <summary>Gets the size in bytes of the blobs and manifests that were kept.</summary>
    public long KeptSize { get; init; }

    /// <summary>Gets the number of deleted index entries.</summary>
    public int RemovedEntries { get; init; }

    /// <summary>Gets the number of blobs and manifests that were kept only because a running process had claimed them.</summary>
    public int ClaimedCount { get; init; }
}
