namespace OciLayout;

/// <summary>The reason why content is deleted.</summary>
public enum RemovalReason
{
    /// <summary>The caller named it.</summary>
    Target,

    /// <summary>Its subject is deleted.</summary>
    Referrer,

    /// <summary>Only deleted content referenced it.</summary>
    Dangling,

    /// <summary>It is a fallback index that listed deleted content: its subject is deleted, or a new version replaces it.</summary>
    FallbackIndex,

    /// <summary>It is not reachable from any root.</summary>
    Unreachable,

    /// <summary>It is an upload or a session of a process that no longer runs.</summary>
    StaleUpload,
}
