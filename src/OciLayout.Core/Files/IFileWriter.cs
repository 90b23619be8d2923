using System;
using System.IO;
using OciLayout.Model;

namespace OciLayout.Files;

/// <summary>
/// Creates, renames and deletes files. Refuses symbolic links in all parts of a path (<see cref="OciErrorKind.InvalidLayout"/>), except in
/// <see cref="CreateRoot"/>.
/// </summary>
internal interface IFileWriter
{
    /// <summary>Creates a file that must not exist, for writing. The umask applies to its mode.</summary>
    Stream Create(string path, FilePurpose purpose);

    /// <summary>Creates one of several files in a directory, like <see cref="Create"/>. Reads the permissions of the directory once.</summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="purpose">The purpose of the file.</param>
    /// <param name="policy">The permissions of the directory; null to read them.</param>
    Stream CreateNext(string path, FilePurpose purpose, ref CreationPolicy? policy);

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
    /// Creates a directory of a layout in an existing directory. In a shared layout it gets the permissions of that directory. Does nothing
    /// if it exists.
    /// </summary>
    void CreateDirectory(string path);

    /// <summary>Creates the root directory of a layout and its missing parents. Symbolic links are followed.</summary>
    void CreateRoot(string path);

    /// <summary>Renames a file over an existing one, atomically.</summary>
    void Replace(string source, string target);

    /// <summary>
    /// Renames a file unless the target exists, even as a dangling link. Returns false then. Atomic if the system supports it.
    /// </summary>
    bool TryMove(string source, FilePath target);

    /// <summary>
    /// Renames files in their order, like <see cref="TryMove"/>, until a target exists. Faster than single calls, because consecutive files
    /// share the checked directories.
    /// </summary>
    /// <param name="moves">The files.</param>
    /// <param name="moved">Called with the position of each file directly after it was renamed.</param>
    /// <returns>The number of files that were renamed.</returns>
    int MoveWhileFree(ReadOnlySpan<FileMove> moves, Action<int> moved);

    /// <summary>Deletes a file or link. Does nothing if it does not exist.</summary>
    void Delete(FilePath path);

    /// <summary>
    /// Deletes files in their order, like <see cref="Delete"/>. Faster than single calls, because consecutive files share the checked
    /// directory.
    /// </summary>
    /// <param name="paths">The files.</param>
    /// <param name="deleted">Called with the position of each file directly after it was deleted.</param>
    void DeleteAll(FilePath[] paths, Action<int> deleted);
}
