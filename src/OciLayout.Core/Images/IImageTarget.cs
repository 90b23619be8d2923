using System.IO;
using OciLayout.Archives;

namespace OciLayout.Images;

/// <summary>The receiver of the files of an image: a directory or a tar archive. Paths have no slash at the start.</summary>
internal interface IImageTarget
{
    /// <summary>Adds a directory, or the attributes of one that files made necessary.</summary>
    void AddDirectory(string path, TarEntry entry);

    /// <summary>Adds a regular file.</summary>
    /// <param name="path">The path.</param>
    /// <param name="entry">The entry with its attributes.</param>
    /// <param name="content">The content.</param>
    void AddFile(string path, TarEntry entry, Stream content);

    void AddSymbolicLink(string path, TarEntry entry);

    /// <summary>Adds another name of a file that was added before.</summary>
    void AddHardLink(string path, TarEntry entry, string target);

    /// <summary>Adds a device or a named pipe.</summary>
    void AddNode(string path, TarEntry entry);
}
