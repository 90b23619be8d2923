namespace OciLayout;

/// <summary>The type of a file of an image.</summary>
public enum ImageFileKind
{
    /// <summary>A regular file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link.</summary>
    SymbolicLink,

    /// <summary>A second name of a file of the same layer.</summary>
    HardLink,

    /// <summary>A character or block device.</summary>
    Device,

    /// <summary>A named pipe.</summary>
    Fifo,
}
