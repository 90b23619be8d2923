using System;
using System.Collections.Generic;

namespace OciLayout.Storage;

/// <summary>
/// Where tags and digests are among the entries of a table. A map is made when it is needed first: who lists the tags of a store never
/// asks for a digest.
/// </summary>
internal sealed class IndexPlaces(List<IndexEntry?> entries)
{
    private PlaceMap? _tags;
    private PlaceMap? _digests;

    private PlaceMap Tags => _tags ??= MapOf(AddTag);

    private PlaceMap Digests => _digests ??= MapOf(AddDigest);

    /// <summary>The last entry that has a tag; negative when there is none.</summary>
    public int Last(string tag) => SkipTo(Tags.Last(HashOf(tag)), tag);

    /// <summary>The one before it that has the tag, too.</summary>
    public int Before(int at, string tag) => SkipTo(Tags.Before(at), tag);

    /// <summary>The last entry of a digest among those with a tag, or among those without.</summary>
    public int Last(Digest digest, bool tagged) => SkipTo(Digests.Last(HashOf(digest, tagged)), digest);

    /// <summary>The one before it of that digest, with a tag or without one as it is.</summary>
    public int Before(int at, Digest digest) => SkipTo(Digests.Before(at), digest);

    /// <summary>Takes note of an entry at a place where there was none.</summary>
    public void Add(int at, IndexEntry entry)
    {
        if (_tags is not null) AddTag(_tags, at, entry);
        if (_digests is not null) AddDigest(_digests, at, entry);
    }

    /// <summary>Takes note that there is none at a place any more.</summary>
    public void Remove(int at)
    {
        _tags?.Remove(at);
        _digests?.Remove(at);
    }

    private PlaceMap MapOf(Action<PlaceMap, int, IndexEntry> add)
    {
        var map = new PlaceMap(entries.Count);
        for (var at = 0; at < entries.Count; at++)
        {
            if (entries[at] is { } entry) add(map, at, entry);
        }

        return map;
    }

    private static void AddTag(PlaceMap map, int at, IndexEntry entry)
    {
        if (entry.Tag is not null) map.Add(HashOf(entry.Tag), at);
    }

    private static void AddDigest(PlaceMap map, int at, IndexEntry entry)
    {
        if (!entry.Digest.IsEmpty) map.Add(HashOf(entry.Digest, entry.Tag is not null), at);
    }

    private static int HashOf(string tag) => StringComparer.Ordinal.GetHashCode(tag);

    // Those with and without a tag lie apart: a new tag is put on an entry that has none, however many of its digest have one.
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
