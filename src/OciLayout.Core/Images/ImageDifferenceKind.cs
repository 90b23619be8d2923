namespace OciLayout;

/// <summary>The part of an image in which two images differ.</summary>
public enum ImageDifferenceKind
{
    /// <summary>A layer.</summary>
    Layer,

    /// <summary>A member of the configuration or an annotation of the manifest.</summary>
    Setting,

    /// <summary>A file that a container sees.</summary>
    File,
}
