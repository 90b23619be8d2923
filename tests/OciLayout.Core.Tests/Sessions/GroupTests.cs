using System;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Files;
using OciLayout.Model;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.Sessions;

/// <summary>Tests what a batch checks once for each group of content, and not for each content.</summary>
public class GroupTests
{
    [Fact]
    public void Permissions_of_a_shared_directory_are_read_once_for_each_group()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes.");
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        using var batch = store.BeginBatch();
        UnixFileMode Push(string text)
        {
            Stage(batch, text);
            return ModeOf(sandbox, batch.Publish()[^1].Descriptor);
        }

        var alone = Push("before");
        Stage(batch, "first");
        const UnixFileMode group = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute;
        SetMode(sandbox.IngestPath, group);

        Assert.Equal(alone, Push("second")); // in the group of the first one
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.GroupRead, Push("next group"));
    }

    [Fact]
    public void Tags_of_a_group_do_not_check_the_index_file()
    {
        using var sandbox = new Sandbox();
        sandbox.Create();
        var files = new CountingFileSystem();
        var store = sandbox.Isolated(files);
        using var batch = store.BeginBatch();
        for (var i = 0; i < 5; i++)
        {
            Stage(batch, "config " + i);
            var manifest = Sample.Manifest("image " + i, Sample.Describe(MediaTypes.OctetStream, Sample.Bytes("config " + i)));
            batch.Stage(new PushRequest { MediaType = MediaTypes.ImageManifest }, new MemoryStream(manifest), "v" + i);
        }

        var images = batch.Publish().Where(r => r.UserState is string).ToList();
        var before = files.IndexChecks;
        foreach (var image in images) batch.Tag(image.Descriptor, (string)image.UserState!);

        Assert.Equal(before, files.IndexChecks);
        batch.Commit();
        Assert.Equal(5, sandbox.Isolated().TagNames().Length);
    }

    private static void Stage(OciBatch batch, string text) => batch.Stage(new PushRequest(), new MemoryStream(Sample.Bytes(text)));

    private static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, mode);
    }

    private static UnixFileMode ModeOf(Sandbox sandbox, Descriptor blob) =>
        OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(sandbox.BlobPath(blob.Digest));

    private sealed class CountingFileSystem() : DelegatingFileSystem(PhysicalFileSystem.Instance)
    {
        private int _indexChecks;

        public int IndexChecks => _indexChecks;

        public override FileStatus? Stat(FilePath path)
        {
            if (path.ToString().EndsWith("index.json", StringComparison.Ordinal)) Interlocked.Increment(ref _indexChecks);
            return base.Stat(path);
        }
    }
}
