namespace OciLayout.PowerShell;

/// <summary>An open image layout, as it flows through the pipeline. It holds no file open and needs no closing.</summary>
public sealed class OciStore
{
    internal OciStore(OciLayout.OciStore core) => Core = core;

    internal OciLayout.OciStore Core { get; }

    /// <summary>The absolute path of the layout.</summary>
    public string Path => Core.Path;

    /// <summary>Whether the store can only be read.</summary>
    public bool ReadOnly => Core.ReadOnly;

    /// <summary>Whether changes are written to <c>index.json</c> by themselves; if not, <c>Save-OciIndex</c> writes them.</summary>
    public bool AutoSaveIndex => Core.Options.AutoSaveIndex;

    /// <summary>Whether removing a manifest removes its referrers and what dangles afterwards.</summary>
    public bool AutoGC => Core.Options.AutoGC;

    /// <summary>The number of tags at this moment.</summary>
    public int TagCount => Core.TagCount;

    /// <summary>Whether both mean the same layout on disk.</summary>
    internal bool IsSameLayout(OciStore other) => Core.IsSameLayout(other.Core);

    /// <summary>The path.</summary>
    public override string ToString() => Path;
}
