using System;
using System.IO;
using System.Runtime.InteropServices;
using OciLayout.Model;

namespace OciLayout.Files;

/// <summary>
/// Creates, renames, deletes and changes files on Unix. No call follows a symbolic link, so a user with write access to a directory of the
/// store cannot redirect a change to another place. Callers that accept links in a path resolve them first (<see cref="Native.RealPath"/>).
/// </summary>
internal static unsafe class UnixFiles
{
    private static volatile bool s_renamesExclusively =
        RuntimeInformation.IsOSPlatform(OSPlatform.Linux) || RuntimeInformation.IsOSPlatform(OSPlatform.OSX);

    /// <summary>Opens an existing file.</summary>
    /// <returns>Null if it does not exist.</returns>
    public static PosixFile? TryOpen(FilePath path, int access)
    {
        var file = LinklessPath.Open(Native.Utf8(path), access | OpenFlags.Default, 0);
        return file < 0 && Marshal.GetLastWin32Error() == Errno.ENOENT ? null : PosixFile.Of(Checked(file, path));
    }

    /// <summary>Creates a file that must not exist, for writing. The umask applies to the mode.</summary>
    public static PosixFile Create(FilePath path, int mode) => PosixFile.Of(Checked(OpenNew(path, mode), path));

    /// <summary>Creates a file for writing. The umask applies to the mode.</summary>
    /// <returns>Null if something exists at the path.</returns>
    public static PosixFile? TryCreate(FilePath path, int mode)
    {
        var file = OpenNew(path, mode);
        return file < 0 && Marshal.GetLastWin32Error() == Errno.EEXIST ? null : PosixFile.Of(Checked(file, path));
    }

    /// <summary>Creates a directory. The umask applies to its mode.</summary>
    /// <returns>False if something exists at the path.</returns>
    public static bool TryCreateDirectory(FilePath path, int mode = 0x1FF /* 0777 */)
    {
        var bytes = Native.Utf8(path);
        var name = Split(bytes);
        using var directory = OpenDirectory(bytes, path);
        fixed (byte* start = &bytes[name])
        {
            if (Libc.Mkdirat(directory.Number, start, mode) == 0) return true;
        }

        return Marshal.GetLastWin32Error() == Errno.EEXIST ? false : throw Failure(path);
    }

    /// <summary>Creates a symbolic link.</summary>
    public static void CreateLink(FilePath path, FilePath target)
    {
        byte[] bytes = Native.Utf8(path), text = Native.SecondUtf8(target);
        var name = Split(bytes);
        using var directory = OpenDirectory(bytes, path);
        fixed (byte* start = &bytes[name], content = text) Checked(Libc.Symlinkat(content, directory.Number, start), path);
    }

    /// <summary>Deletes an empty directory.</summary>
    public static void DeleteDirectory(FilePath path)
    {
        var bytes = Native.Utf8(path);
        var name = Split(bytes);
        using var directory = OpenDirectory(bytes, path);
        fixed (byte* start = &bytes[name]) Checked(Libc.Rmdirat(directory.Number, start), path);
    }

    /// <summary>Renames a file over an existing one.</summary>
    public static void Rename(FilePath source, FilePath target)
    {
        byte[] from = Native.Utf8(source), to = Native.SecondUtf8(target);
        int fromName = Split(from), toName = Split(to);
        using var fromDirectory = OpenDirectory(from, source);
        using var toDirectory = OpenDirectory(to, target);
        fixed (byte* fromStart = &from[fromName], toStart = &to[toName])
            Checked(Libc.Renameat(fromDirectory.Number, fromStart, toDirectory.Number, toStart), target);
    }

    /// <summary>
    /// Renames a file unless the target exists. Atomic, except on file systems that support neither such a rename nor hard links.
    /// </summary>
    public static bool TryRename(FilePath source, FilePath target)
    {
        using SharedDirectory sources = new(), targets = new();
        return TryRename(source, target, sources, targets);
    }

    /// <summary>Renames files in their order until a target exists. Opens a directory once for consecutive files.</summary>
    /// <returns>The number of files that were renamed.</returns>
    public static int RenameWhileFree(ReadOnlySpan<FileMove> moves, Action<int> moved)
    {
        using SharedDirectory sources = new(), targets = new();
        var count = 0;
        for (; count < moves.Length && TryRename(moves[count].Source, moves[count].Target, sources, targets); count++) moved(count);
        return count;
    }

    private static bool TryRename(FilePath source, FilePath target, SharedDirectory sources, SharedDirectory targets)
    {
        byte[] from = Native.Utf8(source), to = Native.SecondUtf8(target);
        int fromName = Split(from), toName = Split(to);
        int fromDirectory = sources.Open(from, source), toDirectory = targets.Open(to, target);
        fixed (byte* fromStart = &from[fromName], toStart = &to[toName])
        {
            if (TryRename(fromDirectory, fromStart, toDirectory, toStart, target) is { } renamed) return renamed;
            if (Libc.Linkat(fromDirectory, fromStart, toDirectory, toStart) == 0)
            {
                Checked(Libc.Unlinkat(fromDirectory, fromStart), source);
                return true;
            }

            if (Marshal.GetLastWin32Error() == Errno.EEXIST) return false;
        }

        if (PhysicalFileSystem.Instance.Stat(target) is not null) return false;
        Rename(source, target);
        return true;
    }

    /// <summary>Deletes a file or a symbolic link. Does nothing if it, or a directory above it, does not exist.</summary>
    public static void Delete(FilePath path)
    {
        using SharedDirectory directories = new();
        Delete(path, directories);
    }

    /// <summary>Deletes files in their order. Opens a directory once for consecutive files.</summary>
    public static void DeleteAll(FilePath[] paths, Action<int> deleted)
    {
        using SharedDirectory directories = new();
        for (var i = 0; i < paths.Length; i++)
        {
            Delete(paths[i], directories);
            deleted(i);
        }
    }

    private static void Delete(FilePath path, SharedDirectory directories)
    {
        var bytes = Native.Utf8(path);
        var name = Split(bytes);
        var directory = directories.TryOpen(bytes);
        if (directory < 0)
        {
            if (Marshal.GetLastWin32Error() is Errno.ENOENT or Errno.ENOTDIR) return;
            throw Failure(path);
        }

        fixed (byte* start = &bytes[name])
        {
            if (Libc.Unlinkat(directory, start) == 0 || Marshal.GetLastWin32Error() is Errno.ENOENT) return;
        }

        throw Marshal.GetLastWin32Error() == Errno.EISDIR ? new UnauthorizedAccessException($"'{path}' is a directory.") : Failure(path);
    }

    /// <summary>Sets the modification time of a file to now.</summary>
    public static void Touch(FilePath path)
    {
        using var file = TryOpen(path, 0) ?? throw new FileNotFoundException($"'{path}' does not exist.", path);
        Checked(Libc.Futimens(file.Number), path);
    }

    /// <summary>Creates a hard link. Returns false if the file system does not support it, or the target exists.</summary>
    public static bool TryLink(FilePath source, FilePath target)
    {
        byte[] from = Native.Utf8(source), to = Native.SecondUtf8(target);
        int fromName = Split(from), toName = Split(to);
        using var fromDirectory = OpenDirectory(from, source);
        using var toDirectory = OpenDirectory(to, target);
        fixed (byte* fromStart = &from[fromName], toStart = &to[toName])
            return Libc.Linkat(fromDirectory.Number, fromStart, toDirectory.Number, toStart) == 0;
    }

    /// <summary>Sets the permissions of a file.</summary>
    public static void SetMode(FilePath path, int mode)
    {
        var bytes = Native.Utf8(path);
        var name = Split(bytes);
        using var directory = OpenDirectory(bytes, path);
        fixed (byte* start = &bytes[name]) SetMode(directory.Number, start, mode, path);
    }

    /// <summary>Creates a named pipe or a device.</summary>
    public static void CreateNode(FilePath path, int type, (long Major, long Minor) device)
    {
        var bytes = Native.Utf8(path);
        var name = Split(bytes);
        using var directory = OpenDirectory(bytes, path);
        fixed (byte* start = &bytes[name]) Checked(Libc.Mknodat(directory.Number, start, type | 0x180, device.Major, device.Minor), path); // 0600
    }

    /// <summary>Sets the attributes of an entry. The mode comes last, because a change of the owner clears setuid.</summary>
    public static void SetAttributes(FilePath path, EntryAttributes attributes)
    {
        var bytes = Native.Utf8(path);
        var name = Split(bytes);
        using var directory = OpenDirectory(bytes, path);
        fixed (byte* start = &bytes[name])
        {
            if (attributes.Owner is var (user, group)) Checked(Libc.Fchownat(directory.Number, start, user, group), path);
            if (attributes.Modified is { } time) Checked(Libc.Utimensat(directory.Number, start, time), path);
            if (attributes.Mode is { } mode) SetMode(directory.Number, start, mode, path);
        }
    }

    /// <summary>Sets the attributes of an open file.</summary>
    public static void SetAttributes(PosixFile file, EntryAttributes attributes, FilePath path)
    {
        if (attributes.Owner is var (user, group)) Checked(Libc.Fchown(file.Number, user, group), path);
        if (attributes.Modified is { } time) Checked(Libc.Futimens(file.Number, time), path);
        if (attributes.Mode is { } mode) Checked(Libc.Fchmod(file.Number, mode), path);
    }

    private static void SetMode(int directory, byte* name, int mode, FilePath path)
    {
        if (Libc.Fchmodat(directory, name, mode) == 0) return;

        // The file is a link, or the C library is too old to change a mode without following links.
        if (Marshal.GetLastWin32Error() is not (Errno.EINVAL or Errno.ENOTSUPMac or Errno.EOPNOTSUPP)) throw Failure(path);
        using var file = TryOpen(path, 0) ?? throw new FileNotFoundException($"'{path}' does not exist.", path);
        Checked(Libc.Fchmod(file.Number, mode), path);
    }

    private static int OpenNew(FilePath path, int mode) => LinklessPath.Open(Native.Utf8(path), OpenFlags.WriteOnly | OpenFlags.CreateNew | OpenFlags.Default, mode);

    // Renames unless the target exists. Returns null if the system or the file system does not support this.
    private static bool? TryRename(int fromDirectory, byte* from, int toDirectory, byte* to, FilePath target)
    {
        if (!s_renamesExclusively) return null;
        try
        {
            if (Libc.RenameatNoReplace(fromDirectory, from, toDirectory, to) == 0) return true;
            return Marshal.GetLastWin32Error() switch
            {
                Errno.EEXIST => false,
                Errno.EINVAL or Errno.ENOSYS or Errno.ENOTSUPMac or Errno.EOPNOTSUPP => null,
                _ => throw Failure(target),
            };
        }
        catch (EntryPointNotFoundException)
        {
            s_renamesExclusively = false; // the C library is too old
            return null;
        }
    }

    private static int TryOpenDirectory(byte[] path) => LinklessPath.Open(path, OpenFlags.Directory, 0);

    private static DirectoryHandle OpenDirectory(byte[] directory, FilePath path) => new(Checked(TryOpenDirectory(directory), path));

    // Terminates a path before its last name, and returns the position of that name. The last separator is found by a loop, because each
    // process compiles the method of .NET (row gc of docs/performance.md).
    private static int Split(byte[] path)
    {
        var separator = Length(path) - 1;
        while (path[separator] != '/') separator--;
        path[separator] = 0;
        return separator + 1;
    }

    private static int Length(byte[] path) => ((ReadOnlySpan<byte>)path).IndexOf((byte)0);

    private static int Checked(int result, FilePath path) => result >= 0 ? result : throw Failure(path);

    private static Exception Failure(FilePath path)
    {
        var error = Marshal.GetLastWin32Error();
        return SystemError.IsLoop(error) ? Errors.LinkRefused(path) : SystemError.Failure(error, path);
    }

    /// <summary>A directory that stays open while consecutive paths are in it (row <c>push-blobs</c> of docs/performance.md).</summary>
    private sealed class SharedDirectory : IDisposable
    {
        private byte[] _path = [];
        private int _number = -1;

        /// <summary>Opens the directory of a path that <see cref="Split"/> has terminated.</summary>
        public int Open(byte[] path, FilePath shown) => Checked(TryOpen(path), shown);

        /// <summary>Opens a directory like <see cref="Open"/>, or returns a negative number and sets the error of the system.</summary>
        public int TryOpen(byte[] path)
        {
            var directory = new ReadOnlySpan<byte>(path, 0, Length(path));
            if (_number >= 0 && directory.SequenceEqual(_path)) return _number;
            Dispose();
            _path = directory.ToArray();
            return _number = TryOpenDirectory(path);
        }

        public void Dispose()
        {
            if (_number >= 0) Libc.Close(_number);
            _number = -1;
        }
    }

    // A struct, because a SafeHandle would be allocated for each of many files.
    private readonly ref struct DirectoryHandle(int number)
    {
        public int Number => number;

        public void Dispose() => Libc.Close(Number);
    }
}
