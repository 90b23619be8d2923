using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;

namespace OciLayout.Storage;

/// <summary>
/// All file operations of the core. Paths are absolute. Operations that change files refuse symbolic links in all parts of a path
/// (<see cref="OciErrorKind.InvalidLayout"/>). Other failures are the exceptions of System.IO.
/// </summary>
internal interface IFileSystem
{
    /// <summary>What is at a path, links followed; null when nothing is. A link that leads nowhere is <see cref="FileKind.Other"/>.</summary>
    FileFact? Stat(FilePath path);

    /// <summary>The entries of a directory, streamed; nothing when there is no such directory.</summary>
    IEnumerable<FileFact> List(string directory);

    /// <summary>
    /// Opens a regular file, or what a link to one leads to, for reading; others may replace or delete it meanwhile. What is none is not
    /// found, and never blocks.
    /// </summary>
    Stream OpenRead(FilePath path);

    /// <summary>
    /// Reads a file that is shorter than a buffer, whole. Zero when it is not, or it cannot be told, or the system has no quicker way than
    /// <see cref="OpenRead"/>; that says why, too.
    /// </summary>
    int ReadShort(FilePath path, byte[] buffer);

    /// <summary>Creates a file that must not exist, for writing; its mode is less the umask.</summary>
    Stream Create(string path, FilePurpose purpose);

    /// <summary>Creates a file that will replace another one, with its mode; with that of <see cref="FilePurpose.Plain"/> when there is none.</summary>
    Stream CreateLike(string path, string model);

    /// <summary>
    /// Makes a file of the bytes of another one, without copying them; false where that cannot be, and then nothing is made. The other one is
    /// a regular file, and no link.
    /// </summary>
    bool TryShare(string source, string target, FileSharing sharing);

    /// <summary>Locks a file (made when missing) between all handles and processes; null while somebody else holds it.</summary>
    IDisposable? TryLock(string path, bool exclusive);

    /// <summary>
    /// Whether an open file restricts other handles, as on Windows: they may not write, and the name of a deleted file stays in use until its
    /// last handle is closed.
    /// </summary>
    bool PinsOpenFiles { get; }

    /// <summary>Waits before <see cref="TryLock"/> is tried again; until somebody let go, for those who know when that is.</summary>
    void Pause(int milliseconds, CancellationToken cancellation);

    /// <summary>Renames over what is there, atomically.</summary>
    void Replace(string source, string target);

    /// <summary>Renames unless something is there, be it a link that leads nowhere; then nothing happens. Atomic where the system can do that.</summary>
    bool TryMove(string source, FilePath target);

    /// <summary>Removes a file or link; nothing happens when it is gone.</summary>
    void Delete(FilePath path);

    /// <summary>
    /// Creates a directory of a layout in an existing directory, with its permissions if the layout is shared; nothing happens if it exists.
    /// </summary>
    void CreateDirectory(string path);

    /// <summary>Creates the root directory of a layout and the directories above it; symbolic links are followed.</summary>
    void CreateRoot(string path);

    /// <summary>Returns when a file's data, or a directory's entries, are on the medium.</summary>
    void Flush(string path);

    /// <summary>Sets the modification time of a file to now; a symbolic link is not followed.</summary>
    void Touch(string path);

    /// <summary>
    /// Gives an existing file the permissions of a purpose; a symbolic link is not followed. Users who could not read the file before cannot
    /// read it then, unless its owner could not either.
    /// </summary>
    void SetPurpose(string path, FilePurpose purpose);

    /// <summary>Whether this process may write below a directory, as far as can be told without writing.</summary>
    bool IsWritable(string directory);
}

/// <summary>What a file is for decides its mode: other tools reopen manifests for writing, blobs are sealed.</summary>
internal enum FilePurpose
{
    /// <summary>0644: index.json, oci-layout, manifests, what lies in ingest/.</summary>
    Plain,

    /// <summary>0444: any other blob.</summary>
    Sealed,

    /// <summary>0666: files outside the layout.</summary>
    Output,

    /// <summary>0600: lock files. In a shared store all users who may write to it may open them.</summary>
    Lock,
}

/// <summary>How a file gets the bytes of another one.</summary>
internal enum FileSharing
{
    /// <summary>As a sealed file of its own, which shares its blocks until one of the two is written to (a reflink).</summary>
    Clone,

    /// <summary>As another name of the same file, mode and times included.</summary>
    HardLink,
}

/// <summary>What a directory entry is.</summary>
internal enum FileKind
{
    File,
    Directory,
    Other,
}

/// <summary>What is known of a directory entry without opening it.</summary>
/// <param name="Listed">Its name, when a directory was listed.</param>
/// <param name="Kind">What it is, or what its link leads to.</param>
/// <param name="Length">The length in bytes of a file, or of a link's target. A FIFO looks like a file of length 0.</param>
/// <param name="Modified">The modification time, UTC.</param>
/// <param name="IsLink">Whether the entry itself is a symbolic link.</param>
/// <param name="Version">A number that differs when the file was replaced or changed, even if its times were set back; 0 where the system does not tell.</param>
internal readonly record struct FileFact(FileName Listed, FileKind Kind, long Length, DateTime Modified, bool IsLink, ulong Version = 0)
{
    /// <summary>Its name as text.</summary>
    public string Name => Listed.ToString();
}
