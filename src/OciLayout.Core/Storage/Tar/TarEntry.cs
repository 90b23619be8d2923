namespace OciLayout.Storage.Tar;

/// <summary>What an entry of an archive is, as far as anybody cares here.</summary>
internal enum TarEntryKind
{
    File,
    Directory,

    /// <summary>A hard or symbolic link.</summary>
    Link,

    /// <summary>A device, a FIFO, a sparse file, or a type that nobody knows: never content.</summary>
    Other,
}

/// <summary>An entry of a tar archive and where its data lies.</summary>
/// <param name="Name">The name as it is written, long ones included.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Length">The length of its data in bytes.</param>
/// <param name="HeaderOffset">Where its header begins.</param>
/// <param name="DataOffset">Where the data begins in the archive.</param>
/// <param name="Stamp">A sum over its header, which tells whether it is still there.</param>
/// <param name="LinkTarget">Where a link leads.</param>
/// <param name="IsSymbolic">Whether a link leads there from where it stands, not from the top of the archive.</param>
internal sealed record TarEntry(string Name, TarEntryKind Kind, long Length, long HeaderOffset, long DataOffset, ulong Stamp, string LinkTarget, bool IsSymbolic);
