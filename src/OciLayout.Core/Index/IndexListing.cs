using System.Collections.Generic;
using System.Threading;
using OciLayout.Index;

namespace OciLayout;

/// <summary>
/// An entry of <c>index.json</c>. A malformed entry has a problem and no descriptor. It is kept and reported. The descriptor is parsed on
/// first use, because callers that list thousands of tags rarely need every descriptor. Thread-safe.
/// </summary>
public sealed class IndexListing
{
    private readonly IndexEntry _entry;
    private object? _parsed;

    internal IndexListing(IndexEntry entry) => _entry = entry;

    /// <summary>The tag; null for an entry without one.</summary>
    public string? Tag => _entry.Tag;

    /// <summary>The digest; empty if it is malformed.</summary>
    public Digest Digest => _entry.Digest;

    /// <summary>The descriptor of the entry, without the annotation that holds the tag. Null for a malformed entry.</summary>
    public Descriptor? Descriptor => Parsed as Descriptor;

    /// <summary>The problem of a malformed entry; null for a valid one. It is not thrown.</summary>
    public OciException? Problem => Parsed as OciException;

    // If several threads parse at once, all of them return the object that was stored first.
    private object Parsed => Volatile.Read(ref _parsed) ?? Interlocked.CompareExchange(ref _parsed, Parse(), null) ?? _parsed!;

    /// <summary>
    /// Returns listings of tags in ordinal order, only those strictly greater than <paramref name="after"/>. Modifies the list.
    /// </summary>
    internal static IReadOnlyList<IndexListing> OfTags(List<IndexEntry> entries, string? after)
    {
        entries.RemoveAll(e => e.NamesItself || (!string.IsNullOrEmpty(after) && string.CompareOrdinal(e.Tag, after) <= 0));
        if (!IsSorted(entries)) entries.Sort((a, b) => string.CompareOrdinal(a.Tag, b.Tag));
        return Of(entries);
    }

    /// <summary>Returns a listing for each entry.</summary>
    internal static IReadOnlyList<IndexListing> Of(IReadOnlyList<IndexEntry> entries)
    {
        var result = new List<IndexListing>(entries.Count);
        for (var i = 0; i < entries.Count; i++) result.Add(new IndexListing(entries[i]));
        return result;
    }

    // Avoids sorting again when a tool has written the entries in order.
    private static bool IsSorted(List<IndexEntry> entries)
    {
        for (var i = 1; i < entries.Count; i++)
        {
            if (string.CompareOrdinal(entries[i - 1].Tag, entries[i].Tag) > 0) return false;
        }

        return true;
    }

    private object Parse()
    {
        try
        {
            return _entry.ToDescriptor();
        }
        catch (OciException e)
        {
            return e;
        }
    }
}
