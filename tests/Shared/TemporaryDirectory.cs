using System;
using System.IO;

namespace OciLayout.Testing;

/// <summary>A new, empty directory that is deleted with its content on disposal.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    private readonly DirectoryInfo _directory;

    public TemporaryDirectory()
        : this(null)
    {
    }

    private TemporaryDirectory(string? parent) => _directory = parent is null
        ? Directory.CreateTempSubdirectory("ocilayout-test-")
        : Directory.CreateDirectory(System.IO.Path.Combine(parent, "ocilayout-test-" + Guid.NewGuid().ToString("N")));

    /// <summary>Creates a directory in memory if the machine has <c>/dev/shm</c>. For tests that create thousands of stores.</summary>
    public static TemporaryDirectory InMemory() => new(Directory.Exists("/dev/shm") ? "/dev/shm" : null);

    /// <summary>The full path of the directory.</summary>
    public string Path => _directory.FullName;

    /// <summary>The full path of a file or directory in this directory, which may not exist.</summary>
    public string this[params string[] names] => System.IO.Path.Combine([Path, .. names]);

    /// <summary>Creates a directory in this directory and returns its full path.</summary>
    public string NewDirectory(string name) => _directory.CreateSubdirectory(name).FullName;

    /// <summary>Writes a file in this directory, creates its parent directories, and returns its full path.</summary>
    public string NewFile(string name, ReadOnlySpan<byte> content)
    {
        string path = this[name];
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    public void Dispose()
    {
        try
        {
            _directory.Delete(recursive: true);
        }
        catch (UnauthorizedAccessException)
        {
            // Tests remove permissions from directories, and blobs are read-only on Windows. Restore the permissions and try once more.
            Unlock(_directory);
            _directory.Delete(recursive: true);
        }
    }

    private static void Unlock(DirectoryInfo directory)
    {
        if (OperatingSystem.IsWindows())
            directory.Attributes &= ~FileAttributes.ReadOnly;
        else
            directory.UnixFileMode |= UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

        foreach (FileSystemInfo item in directory.EnumerateFileSystemInfos())
        {
            if (item.LinkTarget is not null)
                continue;
            if (item is DirectoryInfo child)
                Unlock(child);
            else if (OperatingSystem.IsWindows())
                item.Attributes &= ~FileAttributes.ReadOnly;
        }
    }
}
