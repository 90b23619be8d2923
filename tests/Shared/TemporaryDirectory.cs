using System;
using System.IO;

namespace OciLayout.Testing;

/// <summary>A new, empty directory that goes with everything in it when the test is done.</summary>
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

    /// <summary>One in memory where the machine has such a place: for tests that make thousands of stores.</summary>
    public static TemporaryDirectory InMemory() => new(Directory.Exists("/dev/shm") ? "/dev/shm" : null);

    /// <summary>Its full path.</summary>
    public string Path => _directory.FullName;

    /// <summary>The full path of something in it, which may or may not exist.</summary>
    public string this[params string[] names] => System.IO.Path.Combine([Path, .. names]);

    /// <summary>Makes a directory in it and returns its full path.</summary>
    public string NewDirectory(string name) => _directory.CreateSubdirectory(name).FullName;

    /// <summary>Writes a file into it, with its directories, and returns its full path.</summary>
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
            // Tests take rights away from directories, and sealed blobs are read-only on Windows: give all back and try once more.
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
