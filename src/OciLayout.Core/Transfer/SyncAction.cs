namespace OciLayout;

/// <summary>The effect of a sync on one tag.</summary>
public enum SyncAction
{
    /// <summary>The destination already has the tag with the same content. Nothing is done.</summary>
    Same,

    /// <summary>The destination gets the tag, or content that it lacks below the tag.</summary>
    Added,

    /// <summary>The tag names other content at the destination, and is moved.</summary>
    Moved,

    /// <summary>The tag names other content at the destination, and stays as it is.</summary>
    Kept,

    /// <summary>The tag does not exist at the source, and is removed at the destination.</summary>
    Removed,

    /// <summary>The tag cannot be read, planned or copied.</summary>
    Failed,
}
