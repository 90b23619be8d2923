namespace OciLayout;

/// <summary>How an image is unpacked.</summary>
public sealed class ImageExpandOptions
{
    /// <summary>Whether the destination may have files, and existing files are replaced.</summary>
    public bool Force { get; init; }

    /// <summary>Whether files keep their owners. Only root may set them. A tar archive always has the owners.</summary>
    public bool KeepOwners { get; init; }

    /// <summary>Whether devices are created. Only root may create them, on Linux. A tar archive always has them.</summary>
    public bool CreateDevices { get; init; }

    /// <summary>
    /// The largest number of bytes to unpack, counted on the layers after decompression. When null, 64 MiB or 1,100 times the stored size of
    /// the layers, whichever is larger: gzip does not compress more than that. An image may have 5,000,000 files and directories, or one for
    /// each 512 bytes of this size if that is more.
    /// </summary>
    public long? MaximumSize { get; init; }
}
