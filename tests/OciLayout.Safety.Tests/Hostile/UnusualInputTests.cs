using System;
using System.IO;
using System.Threading.Tasks;
using OciLayout.Files;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Safety.Hostile;

/// <summary>Tests files with times that the framework cannot represent, and unusual arguments of callers.</summary>
public sealed class UnusualInputTests : IDisposable
{
    private readonly TemporaryDirectory _directory = TemporaryDirectory.InMemory();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("300000000000000")]
    [InlineData("-300000000000000")]
    public async Task Time_that_DateTime_cannot_represent_does_not_matter(string seconds)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The program touch of other systems has other arguments.");
        string root = _directory["layout"];
        OciStore.Create(root);
        (await ExternalProcess.RunAsync("touch", ["-d", "@" + seconds, Path.Combine(root, "index.json"), Path.Combine(root, "oci-layout")])).AssertSuccess();

        OciStore store = OciStore.OpenIsolated(root, PhysicalFileSystem.Instance);
        Assert.Empty(store.GetTags());
        DateTime modified = PhysicalFileSystem.Instance.Stat(Path.Combine(root, "index.json"))!.Value.Modified;
        Assert.Equal(DateTimeKind.Utc, modified.Kind);
        store.Push(new PushRequest(), new MemoryStream([1]));
        store.State.Dispose();
    }

    [Theory]
    [InlineData(0, 600)]
    [InlineData(4, 1)]
    [InlineData(-1, 2)]
    [InlineData(0, -1)]
    public void Range_outside_of_the_buffer_is_refused(int offset, int count)
    {
        string path = _directory["file"];
        using (Stream file = PhysicalFileSystem.Instance.Create(path, FilePurpose.Output))
        {
            file.Write([1, 2, 3, 4], 0, 4);
            Assert.ThrowsAny<ArgumentException>(() => file.Write(new byte[4], offset, count));
            file.Write([], 0, 0);
        }

        Assert.Equal(4, new FileInfo(path).Length);
        using Stream read = PhysicalFileSystem.Instance.OpenRead(path);
        Assert.ThrowsAny<ArgumentException>(() => read.ReadExactly(new byte[4], offset, count));
    }

    [Theory]
    [InlineData("index.json")]
    [InlineData("oci-layout")]
    [InlineData("INDEX.JSON")]
    [InlineData("blobs/sha256/new")]
    [InlineData("ingest/.lock")]
    [InlineData("quarantine/file")]
    public void Output_file_never_replaces_a_file_of_a_layout(string name)
    {
        string root = _directory["layout"];
        OciStore store = OciStore.Create(root);
        Descriptor blob = store.Push(new PushRequest(), new MemoryStream([1])).Descriptor;
        Directory.CreateDirectory(Path.Combine(root, "quarantine"));
        byte[] index = File.ReadAllBytes(Path.Combine(root, "index.json"));

        OciException error = Assert.Throws<OciException>(() => store.FetchToFile(blob, Path.Combine(root, name), replace: true));

        Assert.Equal(OciErrorKind.InvalidLayout, error.Kind);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Equal(index, File.ReadAllBytes(Path.Combine(root, "index.json")));
        store.FetchToFile(blob, Path.Combine(root, "other"));
        Assert.Equal([1], File.ReadAllBytes(Path.Combine(root, "other")));
    }

    [Fact]
    public void Output_path_may_contain_a_link()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there.");
        OciStore store = OciStore.Create(_directory["layout"]);
        Descriptor blob = store.Push(new PushRequest(), new MemoryStream([1])).Descriptor;
        Directory.CreateSymbolicLink(_directory["link"], _directory.NewDirectory("real"));

        store.FetchToFile(blob, _directory["link", "file"]);

        Assert.Equal([1], File.ReadAllBytes(_directory["real", "file"]));
    }

    [Fact]
    public void Store_is_created_and_used_through_a_link_in_its_path()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there.");
        Directory.CreateSymbolicLink(_directory["link"], _directory.NewDirectory("real"));
        OciStore store = OciStore.Create(_directory["link", "new", "layout"]);
        Descriptor blob = store.Push(new PushRequest(), new MemoryStream([1])).Descriptor;
        Assert.True(OciStore.Open(_directory["real", "new", "layout"]).Exists(blob.Digest));
    }

    [Fact]
    public void Store_that_was_renamed_is_not_created_again_at_its_old_path()
    {
        string root = _directory["layout"];
        OciStore.Create(root).State.Dispose();
        OciStore store = OciStore.OpenIsolated(root, PhysicalFileSystem.Instance);
        store.Push(new PushRequest(), new MemoryStream([1]));
        Directory.Move(root, _directory["moved"]);

        OciException error = Assert.Throws<OciException>(() => store.Push(new PushRequest(), new MemoryStream([2])));

        Assert.Equal((OciErrorKind.NotFound, root), (error.Kind, error.Subject));
        Assert.Throws<OciException>(() => store.State.Locks.EnsureIngest());
        Assert.False(Directory.Exists(root));
        store.State.Dispose();
    }
}
