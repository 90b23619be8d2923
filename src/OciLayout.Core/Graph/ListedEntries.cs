using System;
using System.Collections.Generic;
using System.Linq;
using OciLayout.Storage;

namespace OciLayout.Graph;

/// <summary>The entries of one version of the index, and where a digest is among them. It never changes; a change of the index makes another one.</summary>
internal sealed class ListedEntries
{
    private readonly Lazy<Parts> _parts;
    private readonly Lazy<Table<Digest, string?>> _fallbackTags;

    public ListedEntries(long version, IReadOnlyList<IndexEntry> entries)
    {
        Version = version;
        Entries = entries;
        _parts = new(() => new Parts(entries));
        _fallbackTags = new(() => FallbackIndex.TagsOf(entries));
    }

    /// <summary>The version of the index.</summary>
    public long Version { get; }

    /// <summary>The entries in file order.</summary>
    public IReadOnlyList<IndexEntry> Entries { get; }

    /// <summary>What they name, and how it is read.</summary>
    public IReadOnlyList<NodeKey> Keys => _parts.Value.Keys;

    /// <summary>The entries of fallback indexes, in file order.</summary>
    public IEnumerable<IndexEntry> Fallbacks => Entries.Where(IsFallback);

    /// <summary>Whether an entry gives a fallback index its tag.</summary>
    public bool IsFallback(IndexEntry entry) => FallbackIndex.MayBe(entry) && IsFallback(entry.Digest);

    /// <summary>Whether content is a fallback index, by all its entries.</summary>
    public bool IsFallback(Digest digest) => FallbackTagOf(digest) is not null;

    /// <summary>The tag of content that is a fallback index; null for anything else.</summary>
    public string? FallbackTagOf(Digest digest) => _fallbackTags.Value.TryGetValue(digest, out var tag) ? tag : null;

    public bool Lists(Digest digest) => Last(digest) >= 0;

    /// <summary>The entries of a digest, in file order.</summary>
    public IEnumerable<IndexEntry> FindDigest(Digest digest)
    {
        var found = new List<IndexEntry>(1);
        for (var at = Last(digest); at >= 0; at = Before(at, digest)) found.Add(Entries[at]);
        found.Reverse();
        return found;
    }

    /// <summary>Whether an entry names content to be read in that way.</summary>
    public bool Lists(NodeKey key)
    {
        for (var at = Last(key.Digest); at >= 0; at = Before(at, key.Digest))
        {
            if (NodeKey.Of(Entries[at]) == key) return true;
        }

        return false;
    }

    /// <summary>Where a digest is met first; what is not listed comes last.</summary>
    public int PositionOf(Digest digest)
    {
        var first = int.MaxValue;
        for (var at = Last(digest); at >= 0; at = Before(at, digest)) first = at;
        return first;
    }

    private int Last(Digest digest) => SkipTo(_parts.Value.Places.Last(digest.GetHashCode()), digest);

    private int Before(int at, Digest digest) => SkipTo(_parts.Value.Places.Before(at), digest);

    // Several digests may have one hash.
    private int SkipTo(int at, Digest digest)
    {
        while (at >= 0 && Entries[at].Digest != digest) at = _parts.Value.Places.Before(at);
        return at;
    }

    public void Deconstruct(out long version, out IReadOnlyList<IndexEntry> entries) => (version, entries) = (Version, Entries);

    // Made on the first question that needs it: a collection goes through the entries and asks for none.
    private sealed class Parts
    {
        public Parts(IReadOnlyList<IndexEntry> entries)
        {
            Places = new PlaceMap(entries.Count);
            for (var i = 0; i < entries.Count; i++)
            {
                var entry = entries[i];
                if (entry.Digest.IsEmpty) continue;
                Places.Add(entry.Digest.GetHashCode(), i);
                Keys.Add(NodeKey.Of(entry));
            }
        }

        public PlaceMap Places { get; }

        public Rows<NodeKey> Keys { get; } = new();
    }
}
