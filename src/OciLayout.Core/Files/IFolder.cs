using System;
using System.Collections.Generic;
using System.IO;

namespace OciLayout.Files;

/// <summary>
/// A directory that is held open, and operations on names below it. Directories that other users can change are accessed through folders,
/// because a path may lead elsewhere after it was checked. Only the part of a name before its last slash is followed. Where other users can
/// change that part, the caller opens a folder of its own. Names use slashes. Errors are exceptions of System.IO.
/// </summary>
internal interface IFolder : IDisposable
{
    /// <summary>The path for messages. It may name another directory in the meantime.</summary>
    string Path { get; }

    /// <summary>
    /// Returns the properties of an entry; null if it does not exist. For a link, these are the properties of the link itself.
    /// </summary>
    FileStatus? Stat(string name);

    /// <summary>Lists a directory below this folder, or the folder itself if the name is empty. A link is not a directory.</summary>
    IReadOnlyList<(string Name, bool IsDirectory)> List(string name);

    /// <summary>Opens a directory.</summary>
    /// <param name="name">The name.</param>
    /// <param name="path">The path for messages; null for the real one.</param>
    /// <exception cref="FileNotFoundException">The directory does not exist, or is a link.</exception>
    IFolder Open(string name, string? path = null);

    /// <summary>Creates a directory that no other user can access, and opens it.</summary>
    IFolder CreatePrivate(string name);

    /// <summary>Creates a directory that must not exist. Its mode is 0777 less the umask.</summary>
    void CreateDirectory(string name);

    /// <summary>Creates and writes a file that must not exist.</summary>
    /// <param name="name">The name.</param>
    /// <param name="mode">The permission bits, to which the umask applies.</param>
    /// <param name="write">The function that writes the content.</param>
    void WriteFile(string name, int mode, Action<Stream> write);

    /// <summary>Creates and writes a file, and sets its attributes. Returns false if something exists at the name; nothing is written then.</summary>
    /// <param name="name">The name.</param>
    /// <param name="attributes">The attributes. Until they are set, only the owner can access the file.</param>
    /// <param name="write">The function that writes the content.</param>
    bool TryWriteFile(string name, EntryAttributes attributes, Action<Stream> write);

    /// <summary>Creates a symbolic link.</summary>
    /// <param name="name">The name of the link.</param>
    /// <param name="target">The relative target, with slashes.</param>
    /// <param name="toDirectory">Whether the target is a directory. Windows has two types of links.</param>
    void CreateLink(string name, string target, bool toDirectory);

    /// <summary>
    /// Locks a file until the result is disposed. Creates the file if it does not exist. Returns null while another process holds the lock.
    /// </summary>
    IDisposable? TryLock(string name);

    /// <summary>Creates a hard link to a regular file. Returns false if the file system does not support it.</summary>
    bool TryLink(string name, IFolder target, string targetName);

    /// <summary>Renames a file, link or directory unless the target exists. Returns false then.</summary>
    bool TryMove(string name, IFolder target, string targetName);

    /// <summary>Renames a file over an existing file or link.</summary>
    void Replace(string name, IFolder target, string targetName);

    /// <summary>Sets the permission bits of a directory, or of the folder itself if the name is empty. Does nothing on Windows.</summary>
    void SetMode(string name, int mode);

    /// <summary>Creates a named pipe or a device. Not supported on Windows.</summary>
    /// <param name="name">The name.</param>
    /// <param name="type">The type bits of the mode.</param>
    /// <param name="device">The numbers of a device.</param>
    void CreateNode(string name, int type, (long Major, long Minor) device);

    /// <summary>
    /// Sets the attributes of an entry, or of the folder itself if the name is empty. Links are not followed, and have no permission bits.
    /// </summary>
    void SetAttributes(string name, EntryAttributes attributes);

    /// <summary>Deletes a file or link.</summary>
    void Delete(string name);

    /// <summary>Deletes an empty directory.</summary>
    void DeleteDirectory(string name);
}
