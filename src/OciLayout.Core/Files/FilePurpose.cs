namespace OciLayout.Files;

/// <summary>The purpose of a file. It decides the mode: other tools reopen manifests for writing, other blobs are read-only.</summary>
internal enum FilePurpose
{
    /// <summary>0644: index.json, oci-layout, manifests, and files in ingest/.</summary>
    Plain,

    /// <summary>0444: any other blob.</summary>
    ReadOnly,

    /// <summary>0666: files outside of the layout.</summary>
    Output,

    /// <summary>0600: lock files. In a shared store, all users with write access to the store may open them.</summary>
    Lock,
}
