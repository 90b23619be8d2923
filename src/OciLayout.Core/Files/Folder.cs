using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using OciLayout.Model;

namespace OciLayout.Files;

/// <summary>
/// A directory of the file system. On Linux it is held open and accessed through <c>/proc/self/fd</c>, so it stays the same directory if
/// another process renames it or replaces it with a link. On other systems it is accessed by its path.
/// </summary>
internal sealed class Folder : IFolder
{
    private const int PrivateMode = 0x1C0; // 0700
    private const int PrivateFile = 0x180; // 0600
    private const string Descriptors = "/proc/self/fd";

    private static readonly PhysicalFileSystem Files = PhysicalFileSystem.Instance;
    private static readonly bool HasDescriptors = RuntimeInformation.IsOSPlatform(OSPlatform.Linux) && Directory.Exists(Descriptors);

    private readonly SafeFileHandle? _handle;
    private readonly string _base;

    private Folder(string path, string shown, SafeFileHandle? handle)
    {
        Path = shown;
        _handle = handle;
        _base = handle is null ? path : $"{Descriptors}/{handle.DangerousGetHandle()}";
    }

    public string Path { get; }

    /// <summary>Opens an existing directory by its absolute path. Links in the path are followed.</summary>
    public static IFolder Open(string path) => Open(Native.RealPath(path) ?? path, path, 0);

    public FileStatus? Stat(string name) => Run(() => Files.Stat(At(name)));

    public IReadOnlyList<(string Name, bool IsDirectory)> List(string name) => Run(() => PhysicalFileSystem.ListNames(At(name)).ToList());

    IFolder IFolder.Open(string name, string? path) => Run(() =>
    {
        if (_handle is null && Stat(name) is not { Kind: FileKind.Directory, IsLink: false }) throw new FileNotFoundException($"'{Shown(name)}' is not a directory.");
        return Open(At(name), path ?? Shown(name), OpenFlags.NoFollow);
    });

    public IFolder CreatePrivate(string name) => Run(() =>
    {
        Native.CreateDirectory(At(name), PrivateMode);
        var folder = Open(At(name), Shown(name), OpenFlags.NoFollow);
        try
        {
            folder.RequireOwnDirectory();
            return (IFolder)folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    });

    public void CreateDirectory(string name) => Run(() => Native.CreateDirectory(At(name), 0x1FF /* 0777 */));

    public void WriteFile(string name, int mode, Action<Stream> write) => Run(() =>
    {
        using var file = Native.IsWindows
            ? new FileStream(At(name), FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, 1)
            : NewFileStream.Over(UnixFiles.Create(At(name), mode), At(name));
        write(file);
    });

    public bool TryWriteFile(string name, EntryAttributes attributes, Action<Stream> write) => Run(() =>
    {
        if (Native.IsWindows) return TryWriteOnWindows(At(name), attributes, write);
        if (UnixFiles.TryCreate(At(name), PrivateFile) is not { } file) return false;
        using var stream = NewFileStream.Over(file, At(name));
        write(stream);
        UnixFiles.SetAttributes(file, attributes, At(name));
        return true;
    });

    public void CreateLink(string name, string target, bool toDirectory) => Run(() => Native.CreateLink(At(name), target, toDirectory));

    public IDisposable? TryLock(string name) => Run(() => Files.TryLock(At(name), exclusive: true));

    public bool TryLink(string name, IFolder target, string targetName) =>
        Run(() => ((Folder)target).Run(() => Files.TryShare(At(name), ((Folder)target).At(targetName), FileSharing.HardLink)));

    public bool TryMove(string name, IFolder target, string targetName) =>
        Run(() => ((Folder)target).Run(() => Files.TryMove(At(name), ((Folder)target).At(targetName))));

    public void Replace(string name, IFolder target, string targetName) =>
        Run(() => ((Folder)target).Run(() => Files.Replace(At(name), ((Folder)target).At(targetName))));

    public void SetMode(string name, int mode) => Run(() =>
    {
        if (!Native.IsWindows) UnixFiles.SetMode(At(name), mode);
    });

    public void CreateNode(string name, int type, (long Major, long Minor) device) => Run(() => UnixFiles.CreateNode(At(name), type, device));

    public void SetAttributes(string name, EntryAttributes attributes) => Run(() =>
    {
        if (Native.IsWindows) SetTimeOnWindows(At(name), attributes);
        else UnixFiles.SetAttributes(At(name), attributes);
    });

    public void Delete(string name) => Run(() => Files.Delete(At(name)));

    public void DeleteDirectory(string name) => Run(() => Native.DeleteDirectory(At(name)));

    public void Dispose() => _handle?.Dispose();

    // Checks that another user with write access to the parent did not replace the directory between its creation and its opening. The
    // owner of a new file is compared, because some file systems give all files one owner.
    private void RequireOwnDirectory()
    {
        const string probe = ".owner";
        if (_handle is null) return;
        var isEmpty = List("").Count == 0;
        WriteFile(probe, PrivateMode, _ => { });
        var isOurs = Statx.OwnerOf(At("")) == Statx.OwnerOf(At(probe));
        Delete(probe);
        if (!isOurs || !isEmpty) throw ArtifactErrors.DirectoryReplaced(Path);
        try
        {
            SetMode("", PrivateMode);
        }
        catch (UnauthorizedAccessException)
        {
            // The file system does not support owners.
        }
    }

    private static Folder Open(string path, string shown, int flags) =>
        new(path, shown, HasDescriptors ? new SafeFileHandle((IntPtr)Native.Open(path, OpenFlags.Directory | flags), ownsHandle: true) : null);

    private static bool TryWriteOnWindows(string path, EntryAttributes attributes, Action<Stream> write)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, 1);
        }
        catch (IOException e) when ((e.HResult & 0xFFFF) is WindowsFiles.FileExists or WindowsFiles.AlreadyExists)
        {
            return false;
        }

        using (file) write(file);
        SetTimeOnWindows(path, attributes);
        return true;
    }

    private static void SetTimeOnWindows(string path, EntryAttributes attributes)
    {
        if (attributes.Modified is { Year: > 1601 } time) File.SetLastWriteTimeUtc(path, time.UtcDateTime);
    }

    private string At(string name) => _handle is null ? Combine(_base, name) : name.Length == 0 ? _base + "/." : _base + "/" + name;

    private string Shown(string name) => Combine(Path, name);

    private static string Combine(string path, string name) => name.Length == 0 ? path : System.IO.Path.Combine(path, Native.IsWindows ? name.Replace('/', '\\') : name);

    private void Run(Action action) => Run(() =>
    {
        action();
        return true;
    });

    private T Run<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (_handle is not null && e is IOException or UnauthorizedAccessException && e.Message.Contains(_base + "/"))
        {
            throw SystemError.WithMessage(e, e.Message.Replace(_base + "/", Path + "/"));
        }
        catch (OciException e) when (_handle is not null && e.Subject?.StartsWith(_base + "/", StringComparison.Ordinal) == true)
        {
            throw ArtifactErrors.LinkInPath(Shown(e.Subject.Substring(_base.Length + 1)), e);
        }
    }
}
