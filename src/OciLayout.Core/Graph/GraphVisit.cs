namespace OciLayout;

/// <summary>One visit of a walk through the graph.</summary>
public sealed class GraphVisit
{
    internal GraphVisit(Descriptor descriptor, DescriptorRole role, int depth, bool missing, OciException? problem)
    {
        Descriptor = descriptor;
        Role = role;
        Depth = depth;
        IsMissing = missing;
        Problem = problem;
    }

    /// <summary>The descriptor of the visited content.</summary>
    public Descriptor Descriptor { get; }

    /// <summary>The member by which the parent references the content.</summary>
    public DescriptorRole Role { get; }

    /// <summary>The distance from the root. The root has 0.</summary>
    public int Depth { get; }

    /// <summary>Whether the content is not stored, such as a foreign layer or content that a sparse copy left out.</summary>
    public bool IsMissing { get; }

    /// <summary>The reason why the references of this content are not known; null if they are. It is not thrown.</summary>
    public OciException? Problem { get; }
}
