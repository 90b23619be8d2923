using System;
using System.Collections.Generic;
using System.Linq;
using OciLayout.Common;
using OciLayout.Index;
using OciLayout.Model;
using OciLayout.Referrers;

namespace OciLayout.Graph;

/// <summary>
/// The entries of one version of the index, with a lookup by digest. Immutable and thread-safe; each change of the index makes a new
/// object.
/// </summary>
internal sealed class IndexSnapshot
{
    private readonly Lazy<Parts> _parts;
    private readonly Lazy<Dictionary<DigestValue, string?>> _fallbackTags;
    private readonly Lazy<ILookup<DigestValue, IndexEntry>> _attached;

    public IndexSnapshot(long version, IReadOnlyList<IndexEntry> entries)
    {
        Version = version;
        Entries = entries;
        _parts = new(() => new Parts(entries));
        _fallbackTags = new(() => FallbackIndex.TagsOf(entries));
        _attached = new(() => FindAttached(entries));
    }

    /// <summary>Gets the version of the index.</summary>
    public long Version { get; }

    /// <summary>Gets the entries in file order.</summary>
    public IReadOnlyList<IndexEntry> Entries { get; }

    /// <summary>Gets the content that the entries name, in file order, without malformed entries.</summary>
    public NodeKey[] Keys => _parts.Value.Keys;

    /// <summary>Gets the entries that are fallback indexes, in file order.</summary>
    public IEnumerable<IndexEntry> Fallbacks => Entries.Where(IsFallback);

    /// <summary>Returns whether an entry gives a fallback index its tag.</summary>
    public bool IsFallback(IndexEntry entry) => FallbackIndex.MayBe(entry) && IsFallback(entry.Digest);

    /// <summary>Returns whether content is a fallback index, considering all its entries.</summary>
    public bool IsFallback(Digest digest) => FallbackTagOf(digest) is not null;

    /// <summary>Returns the tag of a fallback index; null for other content.</summary>
    public string? FallbackTagOf(Digest digest) => _fallbackTags.Value.TryGetValue(digest.Value, out var tag) ? tag : null;

    /// <summary>Returns the entries of manifests that are attached to content by a digest tag, in file order.</summary>
    public IEnumerable<IndexEntry> Attached(Digest subject) => _attached.Value[subject.Value].Where(e => e.Digest != subject);

    public bool Lists(Digest digest) => Last(digest) >= 0;

    /// <summary>Returns the entries of a digest in file order.</summary>
    public IEnumerable<IndexEntry> FindDigest(Digest digest)
    {
        var found = new List<IndexEntry>(1);
        for (var at = Last(digest); at >= 0; at = Before(at)) found.Add(Entries[at]);
        found.Reverse();
        return found;
    }

    /// <summary>Returns whether an entry names the content as this kind of manifest.</summary>
    public bool Lists(NodeKey key)
    {
        for (var at = Last(key.Digest); at >= 0; at = Before(at))
        {
            if (Entries[at].Key == key) return true;
        }

        return false;
    }

    /// <summary>Returns the position of the first entry of a digest; <see cref="int.MaxValue"/> if it is not listed.</summary>
    public int PositionOf(Digest digest)
    {
        var first = int.MaxValue;
        for (var at = Last(digest); at >= 0; at = Before(at)) first = at;
        return first;
    }

    // The last entry with a tag wins.
    private static ILookup<DigestValue, IndexEntry> FindAttached(IReadOnlyList<IndexEntry> entries)
    {
        var found = new Dictionary<string, IndexEntry>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            if (entry.Tag is { } tag && DigestTag.TryParse(tag, out _)) found[tag] = entry;
        }

        return found.Values.Where(e => e.Problem is null && MediaTypes.IsManifest(e.MediaType)).ToLookup(e => DigestTag.TryParse(e.Tag!, out var subject) ? subject.Value : DigestValue.None);
    }

    private int Last(Digest digest) => _parts.Value.Places.Last(digest.Value);

    private int Before(int at) => _parts.Value.Places.Before(at);

    // Built on first use. A garbage collection that only enumerates the entries does not need it.
    private sealed class Parts
    {
        public Parts(IReadOnlyList<IndexEntry> entries)
        {
            Places = new KeyPositions<DigestValue>(entries.Count);
            Keys = new NodeKey[entries.Count(e => !e.Digest.IsEmpty)];
            for (int i = 0, next = 0; i < entries.Count; i++)
            {
                var entry = entries[i];
                if (entry.Digest.IsEmpty) continue;
                Places.Add(entry.Digest.Value, i);
                Keys[next++] = entry.Key;
            }
        }

        public KeyPositions<DigestValue> Places { get; }

        public NodeKey[] Keys { get; }
    }
}
