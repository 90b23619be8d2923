using System.Collections.Generic;
using OciLayout.Storage;

namespace OciLayout.Graph;

/// <summary>The entries of one version of the index, and where a digest is among them. It never changes; a change of the index makes another one.</summary>
internal sealed class ListedEntries
{
    private readonly PlaceMap _places;
    private readonly List<IndexEntry> _fallbacks = [];

    public ListedEntries(long version, IReadOnlyList<IndexEntry> entries)
    {
        Version = version;
        Entries = entries;
        _places = new PlaceMap(entries.Count);
        var keys = new Rows<NodeKey>();
        for (var i = 0; i < entries.Count; i++)
        {
            if (!entries[i].Digest.IsEmpty) _places.Add(entries[i].Digest.GetHashCode(), i);
        }

        foreach (var entry in entries)
        {
            var kind = MediaTypes.KindOf(entry.MediaType);
            if (!entry.Digest.IsEmpty) keys.Add(new NodeKey(entry.Digest, kind));
            if (entry.Problem is null && FallbackIndex.Is(entry, kind)) _fallbacks.Add(entry);
        }

        Keys = keys;
    }

    /// <summary>The version of the index.</summary>
    public long Version { get; }

    /// <summary>The entries in file order.</summary>
    public IReadOnlyList<IndexEntry> Entries { get; }

    /// <summary>What they name, and how it is read.</summary>
    public IReadOnlyList<NodeKey> Keys { get; }

    /// <summary>The lists of referrers among them.</summary>
    public IReadOnlyList<IndexEntry> Fallbacks => _fallbacks;

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
            if (MediaTypes.KindOf(Entries[at].MediaType) == key.Kind) return true;
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

    private int Last(Digest digest) => SkipTo(_places.Last(digest.GetHashCode()), digest);

    private int Before(int at, Digest digest) => SkipTo(_places.Before(at), digest);

    // Several digests may have one hash.
    private int SkipTo(int at, Digest digest)
    {
        while (at >= 0 && Entries[at].Digest != digest) at = _places.Before(at);
        return at;
    }

    public void Deconstruct(out long version, out IReadOnlyList<IndexEntry> entries) => (version, entries) = (Version, Entries);
}
