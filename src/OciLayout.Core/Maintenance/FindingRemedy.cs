namespace OciLayout;

/// <summary>The action that a repair takes for a finding.</summary>
public enum FindingRemedy
{
    /// <summary>No action.</summary>
    None,

    /// <summary>Writes <c>oci-layout</c>.</summary>
    WriteLayout,

    /// <summary>Rebuilds <c>index.json</c> from the blobs and keeps the old file.</summary>
    RebuildIndex,

    /// <summary>Rewrites <c>index.json</c> to match its schema and keeps the old file.</summary>
    RewriteIndex,

    /// <summary>Moves the file to the quarantine and fetches the content from a source that has it.</summary>
    Replace,

    /// <summary>
    /// Fetches the content from a source that has it, or else drops the index entries that need it if
    /// <see cref="RepairOptions.DropMissing"/> is set.
    /// </summary>
    Fetch,

    /// <summary>Deletes the file.</summary>
    Remove,

    /// <summary>Gives the file the permissions that it should have.</summary>
    SetPermission,
}
