using System;
using System.Collections.Generic;
using System.Linq;
using OciLayout.Storage;

namespace OciLayout;

/// <summary>Why something is removed.</summary>
public enum RemovalReason
{
    /// <summary>It was asked for.</summary>
    Target,

    /// <summary>Its subject goes.</summary>
    Referrer,

    /// <summary>Only what goes pointed at it.</summary>
    Dangling,

    /// <summary>It lists the referrers of something that goes, or lists others by now.</summary>
    FallbackIndex,

    /// <summary>No root reaches it.</summary>
    Unreachable,

    /// <summary>An upload or session that nobody alive owns.</summary>
    StaleUpload,
}

/// <summary>Something that goes.</summary>
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

    /// <summary>The content; empty for what lies in <c>ingest/</c>.</summary>
    public Digest Digest { get; }

    /// <summary>The length of the file in bytes.</summary>
    public long Size { get; }

    /// <summary>The media type, when it is known.</summary>
    public string? MediaType { get; }

    /// <summary>Why it goes.</summary>
    public RemovalReason Reason { get; }

    /// <summary>The file, when it has no digest.</summary>
    public string? Path { get; }

    /// <summary>When it goes: after all of lower ranks, and at once with its own.</summary>
    internal int Rank { get; init; }

    /// <summary>The digest, or the file.</summary>
    public override string ToString() => Path ?? Digest.ToString();
}

/// <summary>How something is deleted.</summary>
public sealed class DeletionOptions
{
    /// <summary>Whether referrers and what dangles go, too; null follows <see cref="OciStoreOptions.AutoGC"/>.</summary>
    public bool? Cascade { get; init; }

    /// <summary>Whether to delete what others point at, and tags that were not named.</summary>
    public bool Force { get; init; }
}

/// <summary>What a deletion removes, as data; <see cref="OciStore.Delete"/> carries it out.</summary>
public sealed class DeletionPlan
{
    internal DeletionPlan(Descriptor target, IReadOnlyList<RemovedItem> items, IReadOnlyList<string> tags, IReadOnlyCollection<Digest> digests)
    {
        Target = target;
        Items = items;
        Tags = tags;
        Digests = digests;
    }

    /// <summary>What was asked for.</summary>
    public Descriptor Target { get; }

    /// <summary>The stored content that goes, parents before their children.</summary>
    public IReadOnlyList<RemovedItem> Items { get; }

    /// <summary>The tags that go, in ordinal order.</summary>
    public IReadOnlyList<string> Tags { get; }

    /// <summary>How many bytes are freed.</summary>
    public long Size => Items.Sum(i => i.Size);

    /// <summary>The tag by which the target was named; null when it was named by digest.</summary>
    internal string? Tag { get; init; }

    internal DeletionOptions Options { get; init; } = new();

    /// <summary>The version of the index that the plan was made of.</summary>
    internal long Version { get; init; }

    /// <summary>All content that goes, stored or only listed.</summary>
    internal IReadOnlyCollection<Digest> Digests { get; }

    /// <summary>Content that others point at and that goes all the same.</summary>
    internal IReadOnlyCollection<Digest> Forced { get; init; } = [];

    /// <summary>Lists of referrers that lose members but stay.</summary>
    internal IReadOnlyList<FallbackEdit> FallbackEdits { get; init; } = [];
}

/// <summary>A fallback tag that names a shorter list of referrers from now on, or nothing when none is left.</summary>
internal sealed record FallbackEdit(string Tag, Descriptor Old, byte[]? Replacement)
{
    public bool Equals(FallbackEdit? other) => other is not null && Tag == other.Tag && Old.Digest == other.Old.Digest
        && Replacement.AsSpan().SequenceEqual(other.Replacement) && Replacement is null == other.Replacement is null;

    public override int GetHashCode() => Old.Digest.GetHashCode();
}

/// <summary>What garbage collection spares, and what it overrides.</summary>
public sealed class GarbageOptions
{
    /// <summary>Content that came or was used within this time stays.</summary>
    public TimeSpan MinimumAge { get; init; }

    /// <summary>Whether everything that the index lists stays, tagged or not.</summary>
    public bool KeepUntagged { get; init; }

    /// <summary>Whether to collect although not all can be read, or nothing is tagged.</summary>
    public bool Force { get; init; }
}

/// <summary>What garbage collection would remove, as data.</summary>
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

    /// <summary>The files that go, parents before their children, unfinished uploads last.</summary>
    public IReadOnlyList<RemovedItem> Items { get; }

    /// <summary>The entries of the index that go.</summary>
    public IReadOnlyList<Descriptor> Entries => _described ??= [.. _entries.Select(e => e.Describe())];

    /// <summary>How many blobs and manifests stay.</summary>
    public int KeptCount { get; internal init; }

    /// <summary>How many bytes stay.</summary>
    public long KeptSize { get; internal init; }

    /// <summary>How many blobs and manifests stay only because a running process has claimed them.</summary>
    public int ClaimedCount { get; internal init; }

    internal IReadOnlyCollection<Digest> EntryDigests { get; }

    /// <summary>The same plan with more that goes, last.</summary>
    internal GarbagePlan With(IEnumerable<RemovedItem> more) => new([.. Items, .. more], _entries, EntryDigests)
    {
        KeptCount = KeptCount,
        KeptSize = KeptSize,
        ClaimedCount = ClaimedCount,
    };
}

/// <summary>What garbage collection did.</summary>
public sealed class GarbageResult
{
    /// <summary>How many files were removed.</summary>
    public int RemovedCount { get; init; }

    /// <summary>How many bytes they had.</summary>
    public long RemovedSize { get; init; }

    /// <summary>How many blobs and manifests stayed.</summary>
    public int KeptCount { get; init; }

    /// <summary>How many bytes they have.</summary>
    public long KeptSize { get; init; }

    /// <summary>How many entries of the index went.</summary>
    public int RemovedEntries { get; init; }

    /// <summary>How many blobs and manifests stayed only because a running process has claimed them.</summary>
    public int ClaimedCount { get; init; }
}
