using System.Collections.Generic;
using System.IO;
using OciLayout.Files;

namespace OciLayout.Layout;

/// <summary>Read access to the files of a layout by their names. The layout is a directory or an archive.</summary>
internal interface ILayout
{
    /// <summary>The path of the directory or archive, for messages.</summary>
    string Root { get; }

    /// <summary>Returns the properties of a file; null if it does not exist.</summary>
    FileStatus? Stat(LayoutFileName name);

    /// <summary>Opens a regular file. Any other kind of file is reported as not found. Never blocks.</summary>
    Stream Open(LayoutFileName name);

    /// <summary>
    /// Reads a complete file that is shorter than the buffer. Returns 0 if it must be opened instead, also to learn of an error.
    /// </summary>
    int ReadShort(LayoutFileName name, byte[] buffer);

    /// <summary>Returns the entries of a directory as a stream.</summary>
    IEnumerable<FileStatus> List(string directory);
}
