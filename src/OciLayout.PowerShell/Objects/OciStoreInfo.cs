namespace OciLayout.PowerShell;

/// <summary>An open image layout, as the cmdlets emit it. It holds no files open and need not be closed.</summary>
public sealed class OciStoreInfo
{
    internal OciStoreInfo(OciStore core) => Core = core;

    internal OciStore Core { get; }

    /// <summary>The absolute path of the layout.</summary>
    public string Path => Core.Path;

    /// <summary>Whether the store is read-only.</summary>
    public bool ReadOnly => Core.IsReadOnly;

    /// <summary>
    /// Whether each change is written to <c>index.json</c> immediately; otherwise <c>Save-OciIndex</c> writes the changes.
    /// </summary>
    public bool AutoSaveIndex => Core.Options.AutoSaveIndex;

    /// <summary>Whether the deletion of a manifest deletes its referrers and the content that is dangling afterwards.</summary>
    public bool AutoGC => Core.Options.AutoGC;

    /// <summary>The current number of tags.</summary>
    public int TagCount => Core.TagCount;

    /// <summary>Returns whether two stores are the same layout on disk.</summary>
    internal bool IsSameLayout(OciStoreInfo other) => Core.IsSameLayout(other.Core);

    /// <summary>Returns the path.</summary>
    public override string ToString() => Path;
}
