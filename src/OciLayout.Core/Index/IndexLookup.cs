using System;
using System.Collections.Generic;
using OciLayout.Common;

namespace OciLayout.Index;

/// <summary>
/// Finds the positions of tags and digests among the entries of a table. Each map is built on first use: an operation that lists tags never
/// needs the digests.
/// </summary>
internal sealed class IndexLookup(List<IndexEntry?> entries)
{
    private HashChains? _tags;
    private HashChains? _digests;

    private HashChains Tags => _tags ??= MapOf(AddTag);

    private HashChains Digests => _digests ??= MapOf(AddDigest);

    /// <summary>Returns the position of the last entry with a tag; negative if there is none.</summary>
    public int Last(string tag) => SkipTo(Tags.Last(HashOf(tag)), tag);

    /// <summary>Returns the position of the previous entry with the same tag; negative if there is none.</summary>
    public int Before(int at, string tag) => SkipTo(Tags.Before(at), tag);

    /// <summary>Returns the position of the last entry of a digest, either among entries with a tag or among entries without one.</summary>
    public int Last(Digest digest, bool tagged) => SkipTo(Digests.Last(HashOf(digest, tagged)), digest);

    /// <summary>Returns the position of the previous entry of the digest within the same group (with or without a tag).</summary>
    public int Before(int at, Digest digest) => SkipTo(Digests.Before(at), digest);

    /// <summary>Records an entry at a position that had none.</summary>
    public void Add(int at, IndexEntry entry)
    {
        if (_tags is not null) AddTag(_tags, at, entry);
        if (_digests is not null) AddDigest(_digests, at, entry);
    }

    /// <summary>Removes the record of the entry at a position.</summary>
    public void Remove(int at)
    {
        _tags?.Remove(at);
        _digests?.Remove(at);
    }

    private HashChains MapOf(Action<HashChains, int, IndexEntry> add)
    {
        var map = new HashChains(entries.Count);
        for (var at = 0; at < entries.Count; at++)
        {
            if (entries[at] is { } entry) add(map, at, entry);
        }

        return map;
    }

    private static void AddTag(HashChains map, int at, IndexEntry entry)
    {
        if (entry.Tag is not null) map.Add(HashOf(entry.Tag), at);
    }

    private static void AddDigest(HashChains map, int at, IndexEntry entry)
    {
        if (!entry.Digest.IsEmpty) map.Add(HashOf(entry.Digest, entry.Tag is not null), at);
    }

    private static int HashOf(string tag) => StringComparer.Ordinal.GetHashCode(tag);

    // Entries with and without a tag have different hash codes, because a new tag searches only the entries of a digest without a tag, and
    // there may be many with one.
    private static int HashOf(Digest digest, bool tagged) => tagged ? digest.GetHashCode() : ~digest.GetHashCode();

    private int SkipTo(int at, string tag)
    {
        while (at >= 0 && entries[at]!.Tag != tag) at = Tags.Before(at);
        return at;
    }

    private int SkipTo(int at, Digest digest)
    {
        while (at >= 0 && entries[at]!.Digest != digest) at = Digests.Before(at);
        return at;
    }
}
