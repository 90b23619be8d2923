using System;
using System.IO;
using System.Threading.Tasks;
using Xunit;

namespace OciLayout.Testing;

/// <summary>A real file system of a few megabytes, in memory, where a test may mount one; else the test is skipped by name.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public string Path => _directory.Path;

    /// <summary>Mounts one.</summary>
    /// <param name="megabytes">Its size.</param>
    /// <param name="inodes">How many files and directories it has room for; 0 for any number.</param>
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

    /// <summary>Takes all the room that is left, to the last byte.</summary>
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

    /// <summary>Makes empty files until there is no inode left.</summary>
    public void FillInodes()
    {
        string directory = Directory.CreateDirectory(System.IO.Path.Combine(Path, "files")).FullName;
        try
        {
            for (var i = 0; ; i++) File.Create(System.IO.Path.Combine(directory, i.ToString(System.Globalization.CultureInfo.InvariantCulture))).Dispose();
        }
        catch (IOException)
        {
            // That was the last one.
        }
    }

    public async ValueTask DisposeAsync()
    {
        // The session of a store that was opened there is still open in this process.
        await ExternalProcess.RunAsync("umount", ["-l", Path]);
        _directory.Dispose();
    }
}
