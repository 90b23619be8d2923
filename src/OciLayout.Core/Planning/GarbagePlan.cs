using System.Collections.Generic;
using System.Linq;
using OciLayout.Index;

namespace OciLayout;

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
