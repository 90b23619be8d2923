using System.Collections.Generic;
using System.IO;
using OciLayout.Files;

namespace OciLayout.Layout;

/// <summary>
/// Read access to the files of a layout, by their names in the specification (<c>index.json</c>, <c>blobs/sha256/…</c>). The layout is a
/// directory or an archive.
/// </summary>
internal interface ILayout
{
    /// <summary>The path of the directory or archive, for messages.</summary>
    string Root { get; }

    /// <summary>Returns the properties of a file; null if it does not exist.</summary>
    FileStatus? Stat(string name);

    /// <summary>Opens a regular file. Any other kind of file is reported as not found. Never blocks.</summary>
    Stream Open(string name);

    /// <summary>Returns the properties of a blob's file; null if it does not exist.</summary>
    FileStatus? Stat(Digest blob);

    /// <summary>Opens a blob. It must be a regular file.</summary>
    Stream Open(Digest blob);

    /// <summary>
    /// Reads a complete blob that is shorter than the buffer. Returns 0 if it must be opened instead, also to learn of an error.
    /// </summary>
    int ReadShort(Digest blob, byte[] buffer);

    /// <summary>Returns the entries of a directory as a stream.</summary>
    IEnumerable<FileStatus> List(string directory);
}
