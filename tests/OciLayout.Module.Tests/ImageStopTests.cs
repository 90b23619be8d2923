using System;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Threading.Tasks;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Tests that images are unpacked and built with progress, and that Ctrl-C leaves nothing of them.</summary>
public sealed class ImageStopTests : IDisposable
{
    private readonly ModuleSession _session = SampleLayout.Open();

    public ImageStopTests()
    {
        using (var file = new FileStream(_session.Directory["big.bin"], FileMode.CreateNew)) file.SetLength(1L << 30);
        Directory.CreateDirectory(_session.Directory["rootfs"]);
    }

    public void Dispose() => _session.Dispose();

    [Fact]
    public async Task Stopped_build_leaves_nothing()
    {
        await StopAtAsync("*.upload", "New-OciImage ./layout -Path ./big.bin -Platform linux/amd64 -Tag big");
    }

    [Theory]
    [InlineData("Expand-OciImage ./layout big ./rootfs", "*.unpacking")]
    [InlineData("Expand-OciImage ./layout big ./rootfs.tar.gz", "*.partial")]
    [InlineData("Edit-OciImage ./layout big -Path ./big.bin", "*.upload")]
    public async Task Stopped_change_leaves_nothing(string line, string firstFile)
    {
        _session.RunCleanly("New-OciImage ./layout -Path ./big.bin -Platform linux/amd64 -Tag big");
        await StopAtAsync(firstFile, line);
    }

    [Fact]
    public void Building_and_unpacking_show_and_remove_their_progress_bars()
    {
        var progress = _session.Run("$null = New-OciImage ./layout -Path ./big.bin -Platform linux/amd64 -Tag big; Expand-OciImage ./layout big ./rootfs.tar.gz").AssertNoErrors().Progress;

        Assert.Contains(progress, p => p.Activity.StartsWith("Building an image", StringComparison.Ordinal) && p.StatusDescription.StartsWith("packed: ", StringComparison.Ordinal));
        var unpacking = progress.Where(p => p.RecordType == ProgressRecordType.Processing && p.Activity.StartsWith("Unpacking big", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(unpacking);
        Assert.All(unpacking, p => Assert.Matches("^big: .* of ", p.StatusDescription));
        Assert.Equal(unpacking.Select(p => p.PercentComplete).Order(), unpacking.Select(p => p.PercentComplete));
        foreach (var activity in progress.GroupBy(p => p.Activity)) Assert.Equal(ProgressRecordType.Completed, activity.Last().RecordType);
    }

    // Stops the line when the first file of its work appears.
    private async Task StopAtAsync(string firstFile, string line)
    {
        var before = Files();

        Assert.True((await _session.StopAtFileAsync(firstFile, line)).Stopped);

        Assert.Equal(before, Files());
    }

    // Without the files of locks, which stay.
    private string[] Files() => [.. Directory.GetFileSystemEntries(_session.Directory[""], "*", SearchOption.AllDirectories)
        .Where(f => Path.GetExtension(f) is not (".lock" or ".gate" or ".turn" or ".session" or ".claims")).Order(StringComparer.Ordinal)];
}
