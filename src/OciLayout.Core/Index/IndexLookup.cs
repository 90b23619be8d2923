using System;
using System.Collections.Generic;
using OciLayout.Common;
using OciLayout.Model;

namespace OciLayout.Index;

/// <summary>
/// Finds the positions of tags and digests among the entries of a table. Each map is built on first use: an operation that lists tags never
/// needs the digests (row <c>open-list-50000</c> of docs/performance.md).
/// </summary>
internal sealed class IndexLookup(List<IndexEntry?> entries)
{
    private KeyPositions<string>? _tags;

    // Entries with and without a tag have maps of their own, because a new tag searches only the entries of a digest without a tag, and
    // there may be many with one.
    private KeyPositions<DigestValue>? _tagged;
    private KeyPositions<DigestValue>? _untagged;

    private KeyPositions<string> Tags => _tags ??= MapOf(TagOf);

    private KeyPositions<DigestValue> Tagged => _tagged ??= MapOf(TaggedOf);

    private KeyPositions<DigestValue> Untagged => _untagged ??= MapOf(UntaggedOf);

    /// <summary>Returns the position of the last entry with a tag; negative if there is none.</summary>
    public int Last(string tag) => Tags.Last(tag);

    /// <summary>Returns the position of the previous entry with the same tag; negative if there is none.</summary>
    public int BeforeOfTag(int at) => Tags.Before(at);

    /// <summary>Returns the position of the last entry of a digest, either among entries with a tag or among entries without one.</summary>
    public int Last(Digest digest, bool tagged) => (tagged ? Tagged : Untagged).Last(digest.Value);

    /// <summary>Returns the position of the previous entry of the same digest within the same group (with or without a tag).</summary>
    public int Before(int at, bool tagged) => (tagged ? Tagged : Untagged).Before(at);

    /// <summary>Records an entry at a position that had none.</summary>
    public void Add(int at, IndexEntry entry)
    {
        if (TagOf(entry) is { } tag) _tags?.Add(tag, at);
        if (TaggedOf(entry) is { } tagged) _tagged?.Add(tagged, at);
        if (UntaggedOf(entry) is { } untagged) _untagged?.Add(untagged, at);
    }

    /// <summary>Removes the record of the entry at a position.</summary>
    public void Remove(int at, IndexEntry entry)
    {
        if (TagOf(entry) is { } tag) _tags?.Remove(tag, at);
        if (TaggedOf(entry) is { } tagged) _tagged?.Remove(tagged, at);
        if (UntaggedOf(entry) is { } untagged) _untagged?.Remove(untagged, at);
    }

    private KeyPositions<TKey> MapOf<TKey>(Func<IndexEntry, TKey?> keyOf)
        where TKey : class
    {
        var count = 0;
        foreach (var entry in entries)
        {
            if (entry is not null && keyOf(entry) is not null) count++;
        }

        var map = new KeyPositions<TKey>(count);
        for (var at = 0; at < entries.Count; at++)
        {
            if (entries[at] is { } entry && keyOf(entry) is { } key) map.Add(key, at);
        }

        return map;
    }

    private static string? TagOf(IndexEntry entry) => entry.Tag;

    private static DigestValue? TaggedOf(IndexEntry entry) => entry.Tag is null || entry.Digest.IsEmpty ? null : entry.Digest.Value;

    private static DigestValue? UntaggedOf(IndexEntry entry) => entry.Tag is not null || entry.Digest.IsEmpty ? null : entry.Digest.Value;
}
