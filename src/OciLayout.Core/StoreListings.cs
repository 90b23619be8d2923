namespace OciLayout;

/// <summary>An entry of <c>index.json</c>. A malformed one has a problem and no descriptor; it is kept, and reported.</summary>
public sealed class IndexListing
{
    internal IndexListing(string? tag, Descriptor? descriptor, OciException? problem)
    {
        Tag = tag;
        Descriptor = descriptor;
        Problem = problem;
    }

    /// <summary>The tag; null for an entry without one.</summary>
    public string? Tag { get; }

    /// <summary>What it names, without the annotation that holds the tag.</summary>
    public Descriptor? Descriptor { get; }

    /// <summary>What is wrong with the entry.</summary>
    public OciException? Problem { get; }
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
