using System.Collections.Generic;
using System.Threading;
using OciLayout.Storage;

namespace OciLayout;

/// <summary>
/// An entry of <c>index.json</c>. A malformed one has a problem and no descriptor; it is kept, and reported. The descriptor is parsed when
/// it is asked for: a list of ten thousand tags rarely needs them all.
/// </summary>
public sealed class IndexListing
{
    private readonly IndexEntry _entry;
    private object? _parsed;

    internal IndexListing(IndexEntry entry) => _entry = entry;

    /// <summary>The tag; null for an entry without one.</summary>
    public string? Tag => _entry.Tag;

    /// <summary>The digest; empty when it is malformed.</summary>
    public Digest Digest => _entry.Digest;

    /// <summary>What it names, without the annotation that holds the tag.</summary>
    public Descriptor? Descriptor => Parsed as Descriptor;

    /// <summary>What is wrong with the entry.</summary>
    public OciException? Problem => Parsed as OciException;

    // All threads get the one descriptor that was made first.
    private object Parsed => Volatile.Read(ref _parsed) ?? Interlocked.CompareExchange(ref _parsed, Parse(), null) ?? _parsed!;

    /// <summary>The tags among entries in ordinal order, those strictly greater than one.</summary>
    internal static IReadOnlyList<IndexListing> OfTags(List<IndexEntry> entries, string? after)
    {
        entries.RemoveAll(e => e.NamesItself || (!string.IsNullOrEmpty(after) && string.CompareOrdinal(e.Tag, after) <= 0));
        if (!IsSorted(entries)) entries.Sort((a, b) => string.CompareOrdinal(a.Tag, b.Tag));
        return Of(entries);
    }

    /// <summary>A listing of each entry.</summary>
    internal static IReadOnlyList<IndexListing> Of(IReadOnlyList<IndexEntry> entries)
    {
        var result = new List<IndexListing>(entries.Count);
        for (var i = 0; i < entries.Count; i++) result.Add(new IndexListing(entries[i]));
        return result;
    }

    // Files that tools write in one go often are.
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

/// <summary>A step of a walk down a graph.</summary>
public sealed class GraphVisit
{
    internal GraphVisit(Descriptor descriptor, DescriptorRole role, int depth, bool missing, OciException? problem)
    {
        Descriptor = descriptor;
        Role = role;
        Depth = depth;
        Missing = missing;
        Problem = problem;
    }

    /// <summary>The content.</summary>
    public Descriptor Descriptor { get; }

    /// <summary>By which member its parent points at it.</summary>
    public DescriptorRole Role { get; }

    /// <summary>How many steps below the root; the root has 0.</summary>
    public int Depth { get; }

    /// <summary>Whether it is not stored, as foreign layers and sparse copies are.</summary>
    public bool Missing { get; }

    /// <summary>Why what it points at is not known.</summary>
    public OciException? Problem { get; }
}
