using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using OciLayout.Model;

namespace OciLayout.Files;

/// <summary>
/// The file operations of the core. Paths are absolute. Operations that change files refuse symbolic links in all parts of a path
/// (<see cref="OciErrorKind.InvalidLayout"/>). Other errors are exceptions of System.IO.
/// </summary>
internal interface IFileSystem
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

    /// <summary>Creates a file that must not exist, for writing. The umask applies to its mode.</summary>
    Stream Create(string path, FilePurpose purpose);

    /// <summary>
    /// Creates a file that will replace another file, with the mode of that file. If that file does not exist, the mode is that of
    /// <see cref="FilePurpose.Plain"/>.
    /// </summary>
    Stream CreateLike(string path, string model);

    /// <summary>
    /// Creates a file from the bytes of another file without copying them. Returns false, and creates nothing, if the file system does not
    /// support it. The source must be a regular file, not a link.
    /// </summary>
    bool TryShare(string source, string target, FileSharing sharing);

    /// <summary>
    /// Locks a file for this handle, against all other handles and processes. Creates the file if it does not exist. Returns null while
    /// another handle holds the lock.
    /// </summary>
    IDisposable? TryLock(string path, bool exclusive);

    /// <summary>
    /// Whether an open file restricts other handles, as on Windows: they cannot write, and the name of a deleted file stays in use until
    /// its last handle is closed.
    /// </summary>
    bool PinsOpenFiles { get; }

    /// <summary>
    /// Waits before the next <see cref="TryLock"/>. A test double that knows when the lock is released waits until then.
    /// </summary>
    void Pause(int milliseconds, CancellationToken cancellationToken);

    /// <summary>Renames a file over an existing one, atomically.</summary>
    void Replace(string source, string target);

    /// <summary>
    /// Renames a file unless the target exists, even as a dangling link. Returns false then. Atomic if the system supports it.
    /// </summary>
    bool TryMove(string source, FilePath target);

    /// <summary>Deletes a file or link. Does nothing if it does not exist.</summary>
    void Delete(FilePath path);

    /// <summary>
    /// Creates a directory of a layout in an existing directory. In a shared layout it gets the permissions of that directory. Does nothing
    /// if it exists.
    /// </summary>
    void CreateDirectory(string path);

    /// <summary>Creates the root directory of a layout and its missing parents. Symbolic links are followed.</summary>
    void CreateRoot(string path);

    /// <summary>Flushes the data of a file, or the entries of a directory, to the medium.</summary>
    void Flush(string path);

    /// <summary>Sets the modification time of a file to now. A symbolic link is not followed.</summary>
    void Touch(string path);

    /// <summary>
    /// Sets the permissions of an existing file for a purpose. A symbolic link is not followed. Does not give read access to further users,
    /// unless the owner could not read the file either.
    /// </summary>
    void SetPurpose(string path, FilePurpose purpose);

    /// <summary>Returns whether this process may write below a directory, as far as this is known without writing.</summary>
    bool IsWritable(string directory);
}
