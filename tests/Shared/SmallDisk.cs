using System;
using System.IO;
using System.Threading.Tasks;
using Xunit;

namespace OciLayout.Testing;

/// <summary>A tmpfs of a few MiB. The test is skipped if it cannot mount one.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public string Path => _directory.Path;

    /// <summary>Mounts the file system.</summary>
    /// <param name="megabytes">The size in MiB.</param>
    /// <param name="inodes">The maximum number of files and directories; 0 for no limit.</param>
    public static async Task<SmallDisk> Mount(int megabytes, int inodes = 0)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has a tmpfs.");
        var disk = new SmallDisk();
        ProcessResult mounted = await ExternalProcess.RunAsync("mount", ["-t", "tmpfs", "-o", $"size={megabytes}m,nr_inodes={inodes}", "tmpfs", disk.Path]);
        if (mounted.ExitCode == 0) return disk;
        disk._directory.Dispose();
        Assert.Skip($"Mounting is not allowed here: {mounted.Error.Trim()}");
        throw new InvalidOperationException("unreachable");
    }

    /// <summary>Fills the file system to the last byte, and returns the path of the file that fills it.</summary>
    public string Fill()
    {
        string path = System.IO.Path.Combine(Path, "ballast");
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.None, 0);
        for (var size = 1 << 20; size > 0; size /= 2)
        {
            try
            {
                while (true) file.Write(new byte[size]);
            }
            catch (IOException)
            {
                // A smaller piece may still fit.
            }
        }

        return path;
    }

    /// <summary>Creates empty files until no inode is left.</summary>
    public void FillInodes()
    {
        string directory = Directory.CreateDirectory(System.IO.Path.Combine(Path, "files")).FullName;
        try
        {
            for (var i = 0; ; i++) File.Create(System.IO.Path.Combine(directory, i.ToString(System.Globalization.CultureInfo.InvariantCulture))).Dispose();
        }
        catch (IOException)
        {
            // No inode is left.
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Unmounts lazily, because this process may still have a session of a store open there.
        await ExternalProcess.RunAsync("umount", ["-l", Path]);
        _directory.Dispose();
    }
}
