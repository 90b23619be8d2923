namespace OciLayout.Archives;

/// <summary>An entry of a tar archive, and the position of its data.</summary>
/// <param name="Name">The complete name. Directories may end with a slash.</param>
/// <param name="Kind">The type.</param>
/// <param name="Length">The length of the data in the archive, in bytes.</param>
/// <param name="HeaderOffset">The offset of the last header block.</param>
/// <param name="DataOffset">The offset of the data.</param>
/// <param name="Stamp">A checksum over the header block, which shows whether the header is still at its offset; 0 when the archive cannot seek.</param>
/// <param name="LinkTarget">The target of a link; empty for other types.</param>
/// <param name="Attributes">The mode, the owner and the time.</param>
internal sealed record TarEntry(string Name, TarEntryKind Kind, long Length, long HeaderOffset, long DataOffset, ulong Stamp, string LinkTarget, TarAttributes Attributes)
{
    public bool IsLink => Kind is TarEntryKind.HardLink or TarEntryKind.SymbolicLink;

    /// <summary>The numbers of a device. Other types do not use them.</summary>
    public (long Major, long Minor) Device { get; init; }

    /// <summary>Whether the name and the link target are valid UTF-8. Invalid bytes are read as U+FFFD.</summary>
    public bool HasValidNames { get; init; } = true;
}
