using System.Collections.Generic;
using OciLayout.Storage;

namespace OciLayout.Graph;

/// <summary>The entries of one version of the index, and where a digest is among them. It never changes; a change of the index makes another one.</summary>
internal sealed class ListedEntries
{
    private readonly Dictionary<Digest, int> _first;
    private readonly Dictionary<int, int> _next = []; // most digests have one entry
    private readonly List<IndexEntry> _fallbacks = [];

    public ListedEntries(long version, IReadOnlyList<IndexEntry> entries)
    {
        Version = version;
        Entries = entries;
        _first = new Dictionary<Digest, int>(entries.Count);
        var keys = new List<NodeKey>(entries.Count);
        for (var i = entries.Count - 1; i >= 0; i--)
        {
            if (entries[i].Digest.IsEmpty) continue;
            if (_first.TryGetValue(entries[i].Digest, out var later)) _next.Add(i, later);
            _first[entries[i].Digest] = i;
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

    public bool Lists(Digest digest) => _first.ContainsKey(digest);

    /// <summary>The entries of a digest, in file order.</summary>
    public IEnumerable<IndexEntry> FindDigest(Digest digest)
    {
        if (digest.IsEmpty || !_first.TryGetValue(digest, out var at)) yield break;
        yield return Entries[at];
        while (_next.TryGetValue(at, out at)) yield return Entries[at];
    }

    /// <summary>Whether an entry names content to be read in that way.</summary>
    public bool Lists(NodeKey key)
    {
        if (!_first.TryGetValue(key.Digest, out var at)) return false;
        do
        {
            if (MediaTypes.KindOf(Entries[at].MediaType) == key.Kind) return true;
        }
        while (_next.TryGetValue(at, out at));
        return false;
    }

    /// <summary>Where a digest is met first; what is not listed comes last.</summary>
    public int PositionOf(Digest digest) => _first.TryGetValue(digest, out var at) ? at : int.MaxValue;

    public void Deconstruct(out long version, out IReadOnlyList<IndexEntry> entries) => (version, entries) = (Version, Entries);
}
