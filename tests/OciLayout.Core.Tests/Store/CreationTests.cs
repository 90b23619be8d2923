using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Layout;
using OciLayout.Store;
using Xunit;

namespace OciLayout.Tests.Store;

/// <summary>Tests the creation of layouts (section 1).</summary>
public class CreationTests
{
    [Fact]
    public async Task New_store_has_only_the_files_of_the_specification()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();

        Assert.Equal(
            ["blobs", "index.json", "ingest", "oci-layout"],
            Directory.EnumerateFileSystemEntries(sandbox.Root).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("""{"imageLayoutVersion":"1.0.0"}""", File.ReadAllText(sandbox.LayoutPath));
        Assert.Equal("""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}""", sandbox.IndexText);
        Assert.Empty(store.GetEntries());
        Assert.Empty(sandbox.Litter());
        await sandbox.AssertSoundAsync();
    }

    [Fact]
    public void Creating_an_existing_store_opens_it_unchanged()
    {
        using var sandbox = new Sandbox();
        var image = sandbox.Create().PushImage("a");
        sandbox.Open().Tag(image, "v1");
        var before = sandbox.Snapshot(ingest: true);

        Assert.Equal(image.Digest, sandbox.Create().Resolve("v1").Digest);
        Assert.Equal(before, sandbox.Snapshot(ingest: true));
    }

    [Fact]
    public void Directory_with_other_files_becomes_a_layout_only_by_request()
    {
        using var sandbox = new Sandbox();
        Directory.CreateDirectory(sandbox.Root);
        File.WriteAllText(Path.Combine(sandbox.Root, "notes.txt"), "mine");

        Sandbox.Refused(OciErrorKind.InvalidLayout, () => sandbox.Create(), sandbox.Root, "notes.txt");
        Assert.Equal(["notes.txt"], Directory.EnumerateFileSystemEntries(sandbox.Root).Select(Path.GetFileName));

        OciStore.Create(sandbox.Root, allowNonEmpty: true);
        Assert.Equal("mine", File.ReadAllText(Path.Combine(sandbox.Root, "notes.txt")));
        Assert.Empty(sandbox.Open().GetEntries());
    }

    [Fact]
    public void File_at_the_path_of_the_store_is_refused_and_kept()
    {
        using var sandbox = new Sandbox();
        File.WriteAllText(sandbox.Root, "a file");

        Sandbox.Refused(OciErrorKind.InvalidLayout, () => sandbox.Create(), sandbox.Root);
        Assert.Equal("a file", File.ReadAllText(sandbox.Root));
    }

    [Fact]
    public void Missing_index_with_content_is_refused_with_advice()
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        sandbox.PutImage("a");
        File.Delete(sandbox.IndexPath);
        var before = sandbox.Snapshot();

        Sandbox.Refused(OciErrorKind.InvalidLayout, () => sandbox.Create(), sandbox.Root, "index.json");
        Sandbox.Refused(OciErrorKind.InvalidLayout, () => sandbox.Open(), sandbox.Root, "index.json");
        Assert.Equal(before, sandbox.Snapshot());
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Interrupted_creation_is_completed(bool withLayout, bool withIndex)
    {
        using var sandbox = new Sandbox().WithIndex("""{"manifests":[],"kept":true}""");
        if (!withLayout) File.Delete(sandbox.LayoutPath);
        if (!withIndex) File.Delete(sandbox.IndexPath);

        var store = sandbox.Create();

        Assert.Equal("""{"imageLayoutVersion":"1.0.0"}""", File.ReadAllText(sandbox.LayoutPath));
        if (withIndex) Assert.Equal("""{"manifests":[],"kept":true}""", sandbox.IndexText);
        Assert.Empty(store.GetEntries());
    }

    [Fact]
    public void Index_written_by_another_process_during_creation_is_kept()
    {
        using var sandbox = new Sandbox();
        const string theirs = """{"schemaVersion":2,"manifests":[],"annotations":{"of":"another tool"}}""";
        var files = new HookedFileSystem
        {
            Before = (operation, path) =>
            {
                if (operation == FileOperation.Replace && path == sandbox.LayoutPath) sandbox.IndexText = theirs;
            },
        };

        LayoutCreator.Create(new DirectoryLayout(sandbox.Root, files), files, false, true, TimeSpan.FromSeconds(30), CancellationToken.None);

        Assert.Equal(theirs, sandbox.IndexText);
    }

    [Fact]
    public void Files_are_created_in_an_order_that_makes_an_interrupted_creation_recognizable()
    {
        using var sandbox = new Sandbox();
        var made = new System.Collections.Generic.List<string>();
        var files = new HookedFileSystem
        {
            Before = (operation, path) =>
            {
                if (operation is FileOperation.Replace or FileOperation.CreateDirectory) made.Add(Path.GetRelativePath(sandbox.Root, path));
            },
        };

        LayoutCreator.Create(new DirectoryLayout(sandbox.Root, files), files, false, true, TimeSpan.FromSeconds(30), CancellationToken.None);

        Assert.Equal([".", "blobs", "oci-layout", "index.json"], made.Where(m => !m.StartsWith("ingest", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Concurrent_creations_yield_one_store()
    {
        using var sandbox = new Sandbox();
        using var start = new Barrier(8);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                OciStore.Create(sandbox.Root);
                var store = sandbox.Isolated();
                store.Tag(store.PushBlob("blob " + i), "tag" + i);
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        Assert.Equal(8, sandbox.Isolated().GetTags().Count);
        await sandbox.AssertSoundAsync();
    }

    [Fact]
    public void File_modes_are_compatible_with_other_tools()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes.");
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var image = store.PushImage("a");
        var blob = store.PushBlob("layer of a");
        store.Tag(image, "v1");

        const UnixFileMode manifest = (UnixFileMode)0x1A4 /* 0644 */;
        const UnixFileMode sealed_ = (UnixFileMode)0x124 /* 0444 */;
        var umask = sandbox.Umask();
        Assert.Equal(manifest & ~umask, Sandbox.ModeOf(sandbox.BlobPath(image.Digest)));
        Assert.Equal(sealed_ & ~umask, Sandbox.ModeOf(sandbox.BlobPath(blob.Digest)));
        Assert.Equal(manifest & ~umask, Sandbox.ModeOf(sandbox.IndexPath));
        Assert.Equal(manifest & ~umask, Sandbox.ModeOf(sandbox.LayoutPath));
    }

    [Fact]
    public void Blob_pushed_again_as_a_manifest_becomes_writable()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes.");
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var config = store.PushBlob("{}", MediaTypes.Empty);
        var manifest = Sample.Manifest("a", config);
        var blob = store.Push(new PushRequest(), new MemoryStream(manifest)).Descriptor;
        Assert.Equal(UnixFileMode.None, Sandbox.ModeOf(sandbox.BlobPath(blob.Digest)) & UnixFileMode.UserWrite);

        store.Push(new Descriptor(MediaTypes.ImageManifest, blob.Digest, blob.Size), new MemoryStream(manifest));

        Assert.Equal(UnixFileMode.UserWrite, Sandbox.ModeOf(sandbox.BlobPath(blob.Digest)) & UnixFileMode.UserWrite);
    }

    [Fact]
    public void Index_keeps_its_file_mode()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes.");
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        const UnixFileMode odd = (UnixFileMode)0x1B6 /* 0666: more than any umask leaves */;
        Sandbox.SetMode(sandbox.IndexPath, odd);

        store.Tag(store.PushImage("a"), "v1");

        Assert.Equal(odd, Sandbox.ModeOf(sandbox.IndexPath));
    }
}
