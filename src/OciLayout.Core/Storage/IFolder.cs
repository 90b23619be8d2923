using System;
using System.Collections.Generic;
using System.IO;

namespace OciLayout.Storage;

/// <summary>
/// A directory that is held open, and operations on names below it. The file system that other users can change is reached through folders, because
/// a path may lead elsewhere after it was checked. Only the part of a name before its last slash is followed: the caller opens a folder of its
/// own where that part may be changed by others. Names use slashes. Failures are the exceptions of System.IO.
/// </summary>
internal interface IFolder : IDisposable
{
    /// <summary>The path for messages. It may name another directory by now.</summary>
    string Path { get; }

    /// <summary>Returns the facts of an entry; null when there is none. The link itself counts, not its target.</summary>
    FileFact? Stat(string name);

    /// <summary>Lists a directory below this folder; the folder itself when the name is empty.</summary>
    IEnumerable<FileFact> List(string name);

    /// <summary>Opens a directory.</summary>
    /// <exception cref="FileNotFoundException">There is no such directory. A link to one does not count.</exception>
    IFolder Open(string name);

    /// <summary>Creates a directory that nobody else can use, and opens it.</summary>
    IFolder CreatePrivate(string name);

    /// <summary>Creates a directory that must not exist. Its mode is 0777 less the umask.</summary>
    void CreateDirectory(string name);

    /// <summary>Creates and writes a file that must not exist.</summary>
    /// <param name="name">The name.</param>
    /// <param name="mode">The permission bits; the umask is applied.</param>
    /// <param name="write">Writes the content.</param>
    void WriteFile(string name, int mode, Action<Stream> write);

    /// <summary>Creates a symbolic link.</summary>
    /// <param name="name">The name of the link.</param>
    /// <param name="target">The relative target, with slashes.</param>
    /// <param name="toDirectory">Whether the target is a directory. Windows has two types of links.</param>
    void CreateLink(string name, string target, bool toDirectory);

    /// <summary>Locks a file, which is created when it does not exist, until the result is disposed. Returns null while another process holds the lock.</summary>
    IDisposable? TryLock(string name);

    /// <summary>Gives a regular file another name. Returns false when the file system does not support it.</summary>
    bool TryLink(string name, IFolder target, string targetName);

    /// <summary>Renames a file, link or directory unless the target exists. Returns false when it exists.</summary>
    bool TryMove(string name, IFolder target, string targetName);

    /// <summary>Renames a file over an existing file or link.</summary>
    void Replace(string name, IFolder target, string targetName);

    /// <summary>Sets the permission bits of a directory; of the folder itself when the name is empty. Windows has no such bits.</summary>
    void SetMode(string name, int mode);

    /// <summary>Deletes a file or link.</summary>
    void Delete(string name);

    /// <summary>Deletes an empty directory.</summary>
    void DeleteDirectory(string name);
}
