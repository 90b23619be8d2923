using System;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Tests the errors of a full or write-protected disk: file, cause and next step. Nothing half-written stays.</summary>
public class DiskErrorTests
{
    [Fact]
    public async Task A_full_disk_is_reported_and_garbage_collection_frees_space()
    {
        await using SmallDisk disk = await SmallDisk.Mount(2);
        using var session = new ModuleSession();
        session.Set("root", Path.Combine(disk.Path, "store"));
        session.RunCleanly("$s = New-OciStore $root; Push-OciBlob $s -Value ('x' * 100000)");
        disk.Fill();

        ErrorRecord push = Assert.Single(session.Run("Push-OciBlob $s -Value ('y' * 200000)").AllErrors);
        Assert.StartsWith("IOError,", push.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.StartsWith($"No space left on device : '{disk.Path}/store/ingest/", push.ToString(), StringComparison.Ordinal);
        Assert.Contains("space", push.ErrorDetails.RecommendedAction, StringComparison.Ordinal);

        // Writing a blob to a file on the full disk fails with the same error, and leaves no file.
        string file = session.Directory.NewFile("big", new byte[1 << 20]);
        session.RunCleanly("New-OciStore ./other | Out-Null; $b = Push-OciBlob ./other ./big");
        session.Set("out", Path.Combine(disk.Path, "out"));
        SessionResult read = session.Run("$b | Get-OciBlob -OutFile $out");
        Assert.Equal("IOError", read.ErrorId);
        Assert.Contains("No space left on device", read.AllErrors.Single().ToString(), StringComparison.Ordinal);
        Assert.Equal(["ballast", "store"], Directory.EnumerateFileSystemEntries(disk.Path).Select(Path.GetFileName).Order());
        Assert.True(File.Exists(file));

        session.RunCleanly("Invoke-OciGC $s -Force -Confirm:$false; Push-OciBlob $s -Value ('z' * 50000)");
    }
}
