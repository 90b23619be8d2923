namespace OciLayout;

/// <summary>The side of a comparison that has a tag or content.</summary>
public enum DifferenceSide
{
    /// <summary>The store that the other one is compared with.</summary>
    Reference,

    /// <summary>The store that is compared.</summary>
    Difference,

    /// <summary>Both stores.</summary>
    Both,
}
