using OciLayout.Store;

namespace OciLayout;

/// <summary>A place that content is copied from and to: a layout (<see cref="OciStore"/>) or a repository (<see cref="OciRepository"/>).</summary>
public abstract class OciPlace
{
    private protected OciPlace()
    {
    }

    /// <summary>The path of the layout, or the repository as <c>oci://host[:port]/repository</c>.</summary>
    public abstract string Path { get; }

    /// <summary>Whether nothing can be written here. A repository is never read-only: the registry decides about each request.</summary>
    public abstract bool IsReadOnly { get; }

    /// <summary>The content, for copies.</summary>
    internal abstract IContentSource Content { get; }

    /// <summary>Returns <see cref="Path"/>.</summary>
    public override string ToString() => Path;
}
