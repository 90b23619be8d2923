using System.Collections.Generic;
using System.IO;
using OciLayout.Model;

namespace OciLayout.Files;

/// <summary>Reads files and directories.</summary>
internal interface IFileReader
{
    /// <summary>
    /// Returns the properties of a path, following links; null if nothing exists. A dangling link is <see cref="FileKind.Other"/>.
    /// </summary>
    FileStatus? Stat(FilePath path);

    /// <summary>Returns the entries of a directory as a stream. Returns none if the directory does not exist.</summary>
    IEnumerable<FileStatus> List(string directory);

    /// <summary>
    /// Opens a regular file, or the target of a link to one, for reading. Other processes may replace or delete it at the same time. Any
    /// other kind of file is reported as not found. Never blocks.
    /// </summary>
    Stream OpenRead(FilePath path);

    /// <summary>
    /// Reads a complete file that is shorter than the buffer. Returns 0 if it is not shorter, if an error occurs, or if the system has no
    /// faster way than <see cref="OpenRead"/>. The caller then uses <see cref="OpenRead"/>, which reports the error.
    /// </summary>
    int ReadShort(FilePath path, byte[] buffer);
}
