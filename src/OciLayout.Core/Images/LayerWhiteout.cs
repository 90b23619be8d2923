namespace OciLayout.Images;

/// <summary>The effect of an entry on the layers below (image-spec, layer, "Whiteouts").</summary>
internal enum LayerWhiteout
{
    /// <summary>The entry is a file, not a whiteout.</summary>
    None,

    /// <summary>The path does not exist in the layers below.</summary>
    Path,

    /// <summary>The content of the directory does not exist in the layers below.</summary>
    Opaque,
}
