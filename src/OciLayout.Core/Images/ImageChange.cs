namespace OciLayout;

/// <summary>The way in which a part of an image differs from that of the reference image.</summary>
public enum ImageChange
{
    /// <summary>Only the difference image has it.</summary>
    Added,

    /// <summary>Only the reference image has it.</summary>
    Removed,

    /// <summary>Both have it, and it differs.</summary>
    Changed,

    /// <summary>Both have the same.</summary>
    Same,
}
