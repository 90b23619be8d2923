namespace OciLayout;

/// <summary>The kind of a difference.</summary>
public enum DifferenceKind
{
    /// <summary>A tag that does not exist on the other side.</summary>
    Tag,

    /// <summary>A tag that names different content on the other side.</summary>
    MovedTag,

    /// <summary>A manifest or an index.</summary>
    Manifest,

    /// <summary>Any other content.</summary>
    Blob,
}
