namespace OciLayout;

/// <summary>The severity of a finding. Only errors make a store invalid.</summary>
public enum FindingSeverity
{
    /// <summary>Information that needs no action.</summary>
    Notice,

    /// <summary>A problem that affects no tagged content.</summary>
    Warning,

    /// <summary>Content that the index promises is missing or corrupt.</summary>
    Error,
}
