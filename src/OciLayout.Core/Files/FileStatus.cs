using System;
using OciLayout.Model;

namespace OciLayout.Files;

/// <summary>The properties of a directory entry that are known without opening it.</summary>
/// <param name="Listed">The name, if the entry comes from a listing.</param>
/// <param name="Kind">The kind of the entry, or of the target of a link.</param>
/// <param name="Length">The length of the file, or of the target of a link, in bytes. A FIFO has the length 0.</param>
/// <param name="Modified">The modification time, UTC.</param>
/// <param name="IsLink">Whether the entry itself is a symbolic link.</param>
/// <param name="Version">A number that changes when the file is replaced or changed, even if its times are set back; 0 if the system does
/// not provide one.</param>
internal readonly record struct FileStatus(FileName Listed, FileKind Kind, long Length, DateTime Modified, bool IsLink, ulong Version = 0)
{
    /// <summary>The name as text.</summary>
    public string Name => Listed.ToString();
}
