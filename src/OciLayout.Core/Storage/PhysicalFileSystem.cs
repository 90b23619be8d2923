using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;

namespace OciLayout.Storage;

/// <summary>The file system itself.</summary>
internal sealed class PhysicalFileSystem : IFileSystem
{
    public static readonly PhysicalFileSystem Instance = new();

    private PhysicalFileSystem()
    {
    }

    public FileFact? Stat(FilePath path) => Statx.TryLook(path, out var fact) ? fact : Look(path);

    public IEnumerable<FileFact> List(string directory)
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
                FileFact? fact;
                if (listing is null) fact = Stat(directory, names.Current);
                else if (!listing.TryLook(out fact)) fact = Stat(directory, listing.Name);
                if (fact is not null) yield return fact.Value;
            }
        }
    }

    public Stream OpenRead(FilePath path)
    {
        if (ReadFileStream.IsSupported) return ReadFileStream.Open(path);
        if (Stat(path) is not { Kind: FileKind.File }) throw Native.NotRegular(path);
        const FileShare all = FileShare.ReadWrite | FileShare.Delete;
        return Native.IsWindows ? new FileStream(path, FileMode.Open, FileAccess.Read, all, 1, FileOptions.SequentialScan) : Native.OpenRead(path);
    }

    public int ReadShort(FilePath path, byte[] buffer) => ReadFileStream.IsSupported ? ReadFileStream.ReadShort(path, buffer) : 0;

    public Stream Create(string path, FilePurpose purpose) =>
        NewFileStream.IsSupported ? NewFileStream.Create(path, ModeOf(purpose)) : Polyfill.CreateNew(path, ModeOf(purpose));

    public Stream CreateLike(string path, string model) =>
        Native.IsWindows || !File.Exists(model) ? Create(path, FilePurpose.Plain) : Polyfill.CreateLike(path, model);

    public bool TryShare(string source, string target, FileSharing sharing)
    {
        if (sharing == FileSharing.HardLink) return Native.TryLink(source, target);
        if (!Native.CanClone) return false;
        using var from = Native.OpenRead(source);
        using var to = Polyfill.CreateNew(target, ModeOf(FilePurpose.Sealed));
        if (Native.TryClone(from, to)) return true;
        File.Delete(target);
        return false;
    }

    public IDisposable? TryLock(string path, bool exclusive) => FileLock.TryTake(path, exclusive);

    public bool PinsOpenFiles => Native.IsWindows;

    public void Pause(int milliseconds, CancellationToken cancellation) => cancellation.WaitHandle.WaitOne(milliseconds);

    public void Replace(string source, string target)
    {
        if (Native.IsWindows) Native.Windows.Replace(source, target);
        else Native.MoveOver(source, target);
    }

    public bool TryMove(string source, FilePath target)
    {
        if (Native.TryMove(source, target) is { } moved) return moved;
        if (Stat(target) is not null) return false;
        Replace(source, target);
        return true;
    }

    public void Delete(FilePath path)
    {
        if (Native.IsWindows) Native.Windows.Delete(path);
        else Native.Unlink(path);
    }

    public void CreateDirectory(string path) => Directory.CreateDirectory(path);

    public void Flush(string path) => Native.Flush(path);

    public void Touch(string path) => File.SetLastWriteTimeUtc(path, DateTime.UtcNow);

    public void SetPurpose(string path, FilePurpose purpose) => Polyfill.SetUnixMode(path, Native.LessUmask(ModeOf(purpose)));

    public bool IsWritable(string directory) => Native.MayWrite(directory);

    private static FileFact? Stat(string directory, FileName name) =>
        Look(Path.Combine(directory, name.ToString())) is { } fact ? fact with { Listed = name } : null;

    private static FileFact? Look(string path)
    {
        var info = new FileInfo(path);
        try
        {
            return Fact(info, info.Attributes, path);
        }
        catch (IOException e) when (IsLoop(e))
        {
            return null;
        }
    }

    private static bool IsLoop(IOException e) => Native.IsLoop(e.HResult);

    private static int ModeOf(FilePurpose purpose) => purpose switch
    {
        FilePurpose.Sealed => 0x124, // 0444
        FilePurpose.Output => 0x1B6, // 0666
        _ => 0x1A4, // 0644
    };

    // A directory that vanishes while it is listed has no more entries.
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

    private static FileFact? Fact(FileSystemInfo info, FileAttributes attributes, string path)
    {
        if ((int)attributes == -1) return null;
        var link = Native.IsLink(path, attributes);
        if (link)
        {
            // The length of a link is that of its text; what counts is where it leads. One that leads nowhere is there all the same.
            var dangling = new FileFact(default, FileKind.Other, 0, info.LastWriteTimeUtc, true);
            var target = Native.RealPath(path);
            if (target is null) return dangling;
            info = Directory.Exists(target) ? new DirectoryInfo(target) : new FileInfo(target);
            attributes = info.Attributes;
            if ((int)attributes == -1) return dangling;
        }

        try
        {
            if ((attributes & FileAttributes.Directory) != 0) return new FileFact(default, FileKind.Directory, 0, info.LastWriteTimeUtc, link);
            var kind = (attributes & FileAttributes.Device) != 0 ? FileKind.Other : FileKind.File;
            return new FileFact(default, kind, (info as FileInfo ?? new FileInfo(path)).Length, info.LastWriteTimeUtc, link);
        }
        catch (FileNotFoundException)
        {
            return null; // it vanished between the two looks
        }
    }
}
