namespace OciLayout;

/// <summary>How an artifact is unpacked.</summary>
public sealed class ExpandOptions
{
    /// <summary>Whether existing files are replaced.</summary>
    public bool Force { get; init; }

    /// <summary>
    /// The largest number of bytes to unpack, counted on the files and on the archives of directories after decompression. When null, 64
    /// MiB or 250 times the stored size, whichever is larger.
    /// </summary>
    public long? MaximumSize { get; init; }
}
