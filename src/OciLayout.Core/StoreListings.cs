using System;
using OciLayout.Storage;

namespace OciLayout;

/// <summary>
/// An entry of <c>index.json</c>. A malformed one has a problem and no descriptor; it is kept, and reported. The descriptor is parsed when
/// it is asked for: a list of ten thousand tags rarely needs them all.
/// </summary>
public sealed class IndexListing
{
    private readonly IndexEntry _entry;
    private readonly Lazy<(Descriptor? Descriptor, OciException? Problem)> _parsed;

    internal IndexListing(IndexEntry entry)
    {
        _entry = entry;
        _parsed = new(Parse);
    }

    /// <summary>The tag; null for an entry without one.</summary>
    public string? Tag => _entry.Tag;

    /// <summary>The digest; empty when it is malformed.</summary>
    public Digest Digest => _entry.Digest;

    /// <summary>What it names, without the annotation that holds the tag.</summary>
    public Descriptor? Descriptor => _parsed.Value.Descriptor;

    /// <summary>What is wrong with the entry.</summary>
    public OciException? Problem => _parsed.Value.Problem;

    private (Descriptor? Descriptor, OciException? Problem) Parse()
    {
        try
        {
            return (_entry.ToDescriptor(), null);
        }
        catch (OciException e)
        {
            return (null, e);
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
