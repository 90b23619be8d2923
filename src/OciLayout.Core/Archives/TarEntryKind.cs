namespace OciLayout.Archives;

/// <summary>The type of an entry of a tar archive.</summary>
internal enum TarEntryKind
{
    File,
    Directory,

    /// <summary>A second name of a file that comes earlier in the archive. The target is relative to the top of the archive.</summary>
    HardLink,

    /// <summary>A symbolic link. A relative target is relative to the directory of the link.</summary>
    SymbolicLink,

    /// <summary>
    /// A file with holes, in one of the formats of GNU tar. Its data are a map and the pieces between the holes, not the content.
    /// </summary>
    Sparse,

    CharacterDevice,
    BlockDevice,
    Fifo,

    /// <summary>A type that this reader does not know.</summary>
    Unknown,
}
