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

    public static async Task<SmallDisk> Mount(int megabytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has a tmpfs.");
        var disk = new SmallDisk();
        ProcessResult mounted = await ExternalProcess.RunAsync("mount", ["-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", disk.Path]);
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

    public async ValueTask DisposeAsync()
    {
        // The session of a store that was opened there is still open in this process.
        await ExternalProcess.RunAsync("umount", ["-l", Path]);
        _directory.Dispose();
    }
}
