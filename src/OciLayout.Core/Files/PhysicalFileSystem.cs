using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Common;
using OciLayout.Model;

namespace OciLayout.Files;

/// <summary>Accesses the file system of the operating system. Thread-safe.</summary>
internal sealed class PhysicalFileSystem : IFileSystem
{
    public static readonly PhysicalFileSystem Instance = new();

    private PhysicalFileSystem()
    {
    }

    public FileStatus? Stat(FilePath path) => Statx.TryStat(path, out var status) ? status : StatWithFramework(path);

    public IEnumerable<FileStatus> List(string directory) =>
        List(directory, listing => listing.TryStat(out var status) ? status : Stat(directory, listing.Name), name => Stat(directory, name));

    /// <summary>Lists the names in a directory, and whether they are directories. A link is not a directory.</summary>
    public static IEnumerable<(string Name, bool IsDirectory)> ListNames(string directory)
    {
        return List(directory, listing => listing.IsDirectory is { } known ? (listing.Name.ToString(), known) : Find(listing.Name), Find);

        (string, bool)? Find(FileName name) => Instance.Stat(Path.Combine(directory, name.ToString())) is { } status ? (name.ToString(), status is { Kind: FileKind.Directory, IsLink: false }) : null;
    }

    private static IEnumerable<T> List<T>(string directory, Func<LinuxDirectory, T?> current, Func<FileName, T?> find)
        where T : struct
    {
        LinuxDirectory? listing;
        IEnumerator<string> names;
        try
        {
            listing = LinuxDirectory.TryOpen(directory);
            names = listing is null ? Polyfill.NamesIn(directory).GetEnumerator() : Enumerable.Empty<string>().GetEnumerator();
        }
        catch (IOException e) when (e is DirectoryNotFoundException or FileNotFoundException || IsLoop(e) || File.Exists(directory))
        {
            yield break;
        }

        using (listing)
        using (names)
        {
            while (listing is null ? Next(names) : listing.MoveNext())
            {
                if ((listing is null ? find(names.Current) : current(listing)) is { } entry) yield return entry;
            }
        }
    }

    public Stream OpenRead(FilePath path)
    {
        if (ReadFileStream.IsSupported) return ReadFileStream.Open(path);
        if (Stat(path) is not { Kind: FileKind.File }) throw SystemError.NotRegular(path);
        const FileShare all = FileShare.ReadWrite | FileShare.Delete;
        return Native.IsWindows ? new FileStream(path, FileMode.Open, FileAccess.Read, all, 1, FileOptions.SequentialScan) : Native.OpenRead(path);
    }

    public int ReadShort(FilePath path, byte[] buffer) => ReadFileStream.IsSupported ? ReadFileStream.ReadShort(path, buffer) : 0;

    public Stream Create(string path, FilePurpose purpose)
    {
        CreationPolicy? policy = null;
        return CreateNext(path, purpose, ref policy);
    }

    public Stream CreateNext(string path, FilePurpose purpose, ref CreationPolicy? policy)
    {
        if (Native.IsWindows) return new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, 1);
        if (purpose == FilePurpose.Output) return NewFileStream.Over(UnixFiles.Create(path, CreationPolicy.ModeOf(purpose)), path); // outside of the store
        return NewFileStream.Over(CreateOnUnix(path, purpose, policy ??= CreationPolicy.For(path)), path);
    }

    public Stream CreateLike(string path, string model)
    {
        if (Native.IsWindows)
        {
            var stream = Create(path, FilePurpose.Plain);
            Kernel32.CopyAccess(model, path);
            return stream;
        }

        var policy = CreationPolicy.For(path);
        var file = CreateOnUnix(path, FilePurpose.Plain, policy);
        if (UnixStatus.TryGet(model, out var status) && status.IsRegular) policy.ApplyLike(file, status);
        return NewFileStream.Over(file, path);
    }

    public bool TryShare(string source, string target, FileSharing sharing)
    {
        if (sharing == FileSharing.HardLink) return Native.IsWindows ? Kernel32.TryLink(source, target) : UnixFiles.TryLink(source, target);
        if (!Native.CanClone) return false;
        using var from = PosixFile.Open(source);
        using var to = CreateOnUnix(target, FilePurpose.ReadOnly, CreationPolicy.For(target));
        if (Libc.Ficlone(to.Number, from.Number) == 0) return true;
        Delete(target);
        return false;
    }

    public IDisposable? TryLock(string path, bool exclusive) =>
        Native.IsWindows ? WindowsLockFile.TryTake(path, exclusive) : UnixLockFile.TryTake(path, exclusive);

    public bool PinsOpenFiles => Native.IsWindows;

    public void Pause(int milliseconds, CancellationToken cancellationToken) => cancellationToken.WaitHandle.WaitOne(milliseconds);

    public void Replace(string source, string target)
    {
        if (Native.IsWindows) WindowsFiles.Instance.Replace(source, target);
        else UnixFiles.Rename(source, target);
    }

    public bool TryMove(string source, FilePath target) =>
        Native.IsWindows ? WindowsFiles.Instance.TryRename(source, target) : UnixFiles.TryRename(source, target);

    public int MoveWhileFree(ReadOnlySpan<FileMove> moves, Action<int> moved) =>
        Native.IsWindows ? FileMove.OneByOne(this, moves, moved) : UnixFiles.RenameWhileFree(moves, moved);

    public void Delete(FilePath path)
    {
        if (Native.IsWindows) WindowsFiles.Instance.Delete(path);
        else UnixFiles.Delete(path);
    }

    public void DeleteAll(FilePath[] paths, Action<int> deleted)
    {
        if (!Native.IsWindows)
        {
            UnixFiles.DeleteAll(paths, deleted);
            return;
        }

        for (var i = 0; i < paths.Length; i++)
        {
            Delete(paths[i]);
            deleted(i);
        }
    }

    public void CreateDirectory(string path)
    {
        if (!Native.IsWindows)
        {
            if (!UnixFiles.TryCreateDirectory(path)) return;
            using var created = UnixFiles.TryOpen(path, 0);
            if (created is not null) CreationPolicy.For(path).ApplyToDirectory(created);
        }
        else if (!Directory.Exists(path))
        {
            if (!Directory.Exists(Path.GetDirectoryName(path))) throw new DirectoryNotFoundException($"'{Path.GetDirectoryName(path)}' does not exist.");
            Directory.CreateDirectory(path);
        }
    }

    public void CreateRoot(string path) => Directory.CreateDirectory(path);

    public void Flush(string path) => Native.Flush(path);

    // In parallel, because the journal can then commit several files with one write.
    public void FlushAll(IReadOnlyList<string> paths, CancellationToken cancellationToken) => ParallelLoop.ForWaiting(paths.Count, i => Flush(paths[i]), cancellationToken);

    public void Touch(string path)
    {
        if (Native.IsWindows) File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        else UnixFiles.Touch(path);
    }

    public void SetPurpose(string path, FilePurpose purpose)
    {
        if (Native.IsWindows || !UnixStatus.TryGet(path, out var status)) return;
        var mode = CreationPolicy.For(path).ModeOf(purpose, status.Mode);
        if (mode != (status.Mode & 0xFFF)) UnixFiles.SetMode(path, mode);
    }

    public bool IsWritable(string directory) => Native.MayWrite(directory);

    private static PosixFile CreateOnUnix(string path, FilePurpose purpose, CreationPolicy policy)
    {
        var file = UnixFiles.Create(path, CreationPolicy.ModeOf(purpose));
        policy.Apply(file, purpose);
        return file;
    }

    private static FileStatus? Stat(string directory, FileName name) =>
        StatWithFramework(Path.Combine(directory, name.ToString())) is { } status ? status with { Listed = name } : null;

    private static FileStatus? StatWithFramework(string path)
    {
        var info = new FileInfo(path);
        try
        {
            var status = StatusOf(info, info.Attributes, path);
            if (status is null && Native.IsWindows) WindowsFiles.RequireAbsent(Kernel32.ErrorOf(path), path);
            return status;
        }
        catch (IOException e) when (IsLoop(e))
        {
            return null;
        }
    }

    private static bool IsLoop(IOException e) => SystemError.IsLoop(e.HResult);

    // A directory that is deleted while it is listed has no more entries.
    private static bool Next(IEnumerator<string> names)
    {
        try
        {
            return names.MoveNext();
        }
        catch (DirectoryNotFoundException)
        {
            return false;
        }
    }

    private static FileStatus? StatusOf(FileSystemInfo info, FileAttributes attributes, string path)
    {
        if ((int)attributes == -1) return null;
        var link = Native.IsLink(path, attributes);
        if (link)
        {
            // Use the properties of the link's target. A dangling link exists, too.
            var dangling = new FileStatus(default, FileKind.Other, 0, info.LastWriteTimeUtc, true);
            var target = Native.RealPath(path);
            if (target is null) return dangling;
            info = Directory.Exists(target) ? new DirectoryInfo(target) : new FileInfo(target);
            attributes = info.Attributes;
            if ((int)attributes == -1) return dangling;
        }

        try
        {
            if ((attributes & FileAttributes.Directory) != 0) return new FileStatus(default, FileKind.Directory, 0, info.LastWriteTimeUtc, link);
            var kind = (attributes & FileAttributes.Device) != 0 ? FileKind.Other : FileKind.File;
            return new FileStatus(default, kind, (info as FileInfo ?? new FileInfo(path)).Length, info.LastWriteTimeUtc, link);
        }
        catch (FileNotFoundException)
        {
            return null; // deleted between the two calls
        }
    }
}
