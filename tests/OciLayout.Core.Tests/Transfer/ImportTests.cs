using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Testing;
using OciLayout.Tests.Archives;
using OciLayout.Tests.Store;
using Xunit;

namespace OciLayout.Tests.Transfer;

/// <summary>Tests that an import sets only the requested tags, imports everything or nothing, and can be repeated.</summary>
public class ImportTests
{
    [Fact]
    public void Second_import_copies_nothing_and_changes_nothing()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var path = ArchiveBuilder.Layout().Save(sandbox.Beside("a.tar"));
        Assert.Equal((3, 0), Counts(store.Import(path)));
        var before = sandbox.Snapshot();

        Assert.Equal((0, 3), Counts(store.Import(path)));
        Assert.Equal((0, 3), Counts(sandbox.Isolated().Import(path)));

        Assert.Equal(before, sandbox.Snapshot());
        Assert.Empty(sandbox.Litter());
    }

    [Fact]
    public void Existing_tag_is_moved_only_by_request_and_otherwise_nothing_is_imported()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var own = store.Tag(store.PushImage("own"), "v1");
        var before = sandbox.Snapshot();
        var path = ArchiveBuilder.Layout().Save(sandbox.Beside("a.tar"));

        var error = Sandbox.Refused(OciErrorKind.AlreadyExists, () => store.Import(path), "v1");
        Assert.Equal(["v1"], error.Related);
        Assert.Equal(before, sandbox.Snapshot());

        store.Import(path, new ImportOptions { ReplaceTags = true });
        Assert.NotEqual(own.Digest, store.Resolve("v1").Digest);
        Assert.Contains($"={own.Digest}", store.EntryNames());
    }

    [Fact]
    public void Tag_set_by_another_process_during_the_import_is_not_moved()
    {
        using var sandbox = new Sandbox();
        var files = new HookedFileSystem();
        sandbox.Create();
        var store = sandbox.Isolated(files);
        var path = ArchiveBuilder.Layout().Save(sandbox.Beside("a.tar"));
        Descriptor? theirs = null;
        files.Before = (operation, target) =>
        {
            if (operation != FileOperation.Replace || theirs is not null || !target.Contains("blobs", StringComparison.Ordinal)) return;
            var other = sandbox.Isolated();
            theirs = other.PushImage("theirs");
            other.Tag(theirs, "v1");
        };

        Sandbox.Refused(OciErrorKind.AlreadyExists, () => store.Import(path), "v1");

        Assert.Equal([$"v1={theirs!.Digest}"], sandbox.Isolated().EntryNames());
    }

    [Fact]
    public void Entries_keep_their_annotations_and_untagged_ones_are_listed()
    {
        using var sandbox = new Sandbox();
        var index = """{"manifests":[]}"""u8.ToArray();
        var digest = Digest.Compute(index);
        var path = ArchiveBuilder.Layout("v1", n => n == "index.json")
            .File("index.json", Sample.Index(
                $$"""{"mediaType":"{{MediaTypes.ImageIndex}}","digest":"{{digest}}","size":{{index.Length}},"annotations":{"a":"b","org.opencontainers.image.ref.name":"x"},"unknown":[1]}""",
                $$"""{"mediaType":"{{MediaTypes.ImageManifest}}","digest":"{{Digest.Compute(Manifest())}}","size":{{Manifest().Length}}}"""))
            .Blob(index).Save(sandbox.Beside("a.tar"));
        var store = sandbox.Create();

        store.Import(path);

        Assert.Equal([$"x={digest}", $"={Digest.Compute(Manifest())}"], store.EntryNames());
        Assert.Equal("b", store.Resolve("x").Annotations["a"]);
        Assert.Contains("\"unknown\":[1]", sandbox.IndexText, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_that_share_the_tag_latest_get_their_full_names()
    {
        using var sandbox = new Sandbox();
        var one = """{"manifests":[]}"""u8.ToArray();
        var two = """{"manifests":[] }"""u8.ToArray();
        string Entry(byte[] content, string name) =>
            $$"""{"mediaType":"{{MediaTypes.ImageIndex}}","digest":"{{Digest.Compute(content)}}","size":{{content.Length}},"annotations":{"io.containerd.image.name":"{{name}}","org.opencontainers.image.ref.name":"latest"} }""";
        var path = new ArchiveBuilder().Blob(one).Blob(two)
            .File("index.json", Sample.Index(Entry(one, "docker.io/library/alpine:latest"), Entry(two, "example.com/busybox:latest")))
            .File("manifest.json", "[]").File("oci-layout", """{"imageLayoutVersion":"1.0.0"}""").Save(sandbox.Beside("a.tar"));
        var store = sandbox.Create();

        store.Import(path);

        Assert.Equal(["alpine:latest", "example.com/busybox:latest"], store.TagNames());
    }

    [Fact]
    public void Import_replaces_corrupt_content_of_the_store()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var path = ArchiveBuilder.Layout().Save(sandbox.Beside("a.tar"));
        store.Import(path);
        var layer = sandbox.BlobPath(Digest.Compute(Sample.Bytes("layer of v1")));
        File.Delete(layer);
        File.WriteAllText(layer, "short");

        Assert.Equal((1, 2), Counts(sandbox.Isolated().Import(path)));

        sandbox.AssertBlobsMatchTheirNames();
    }

    [Fact]
    public void Import_into_an_archive_is_refused()
    {
        using var sandbox = new Sandbox();
        var path = ArchiveBuilder.Layout().Save(sandbox.Beside("a.tar"));
        Sandbox.Refused(OciErrorKind.ReadOnlyStore, () => OciStore.Open(path).Import(path));
    }

    [Fact]
    public void Import_into_a_store_with_manual_save_is_pending_until_the_save()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create(new OciStoreOptions { AutoSaveIndex = false });
        store.Import(ArchiveBuilder.Layout().Save(sandbox.Beside("a.tar")));

        Assert.Equal(["v1"], store.TagNames());
        Assert.Empty(sandbox.Isolated().TagNames());
        store.SaveIndex();
        Assert.Equal(["v1"], sandbox.Isolated().TagNames());
    }

    [Fact]
    public void Cancelled_import_leaves_the_store_unchanged()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        store.Tag(store.PushImage("own"), "own");
        var before = sandbox.Snapshot();
        var archive = ArchiveBuilder.Layout();
        for (var i = 0; i < 5; i++) archive.Blob(Enumerable.Repeat((byte)i, 300_000).ToArray());
        var path = archive.Save(sandbox.Beside("a.tar"));
        using var stop = new CancellationTokenSource();

        Assert.Throws<OperationCanceledException>(() => store.Import(path, null, done =>
        {
            if (done > 700_000) stop.Cancel();
        }, stop.Token));

        Assert.Equal(before, sandbox.Snapshot());
        Assert.Empty(sandbox.Litter());
        store.Import(path);
        Assert.Equal(["own", "v1"], store.TagNames());
    }

    [Fact]
    public async Task Import_on_a_full_disk_leaves_the_store_unchanged()
    {
        await using var disk = await SmallDisk.Mount(2);
        using var temporary = new TemporaryDirectory();
        var store = OciStore.Create(Path.Combine(disk.Path, "store"));
        store.Tag(store.PushImage("own"), "own");
        var before = Sandbox.Snapshot(store.Path, ingest: false);
        var archive = ArchiveBuilder.Layout();
        for (var i = 0; i < 8; i++) archive.Blob(Enumerable.Repeat((byte)i, 400_000 + i).ToArray());
        var path = archive.Save(temporary["a.tar"]);

        Assert.Throws<IOException>(() => store.Import(path));

        Assert.Equal(before, Sandbox.Snapshot(store.Path, ingest: false));
        var ballast = disk.Fill();
        Assert.Throws<IOException>(() => store.Export(store.PlanExport(), Path.Combine(disk.Path, "out.tar")));
        Assert.Equal([ballast, store.Path], Directory.EnumerateFileSystemEntries(disk.Path).Order());
        File.Delete(ballast);
        store.Import(ArchiveBuilder.Layout().Save(temporary["b.tar"]));
        Assert.Equal(["own", "v1"], store.TagNames());
    }

    [Fact]
    public void Concurrent_garbage_collection_keeps_the_content_of_an_import()
    {
        using var sandbox = new Sandbox();
        var files = new HookedFileSystem();
        sandbox.Create();
        var path = ArchiveBuilder.Layout().Save(sandbox.Beside("a.tar"));
        var other = sandbox.Isolated();
        var store = sandbox.Isolated(files);
        var collected = 0;
        files.Before = (operation, target) =>
        {
            // Collects after each published blob, before the index lists any of them.
            if (operation != FileOperation.Flush) return;
            other.Collect(new GarbageOptions { Force = true });
            collected++;
        };

        store.Import(path);

        Assert.True(collected > 2);
        Assert.DoesNotContain(sandbox.Isolated().Walk(store.Resolve("v1")), v => v.IsMissing);
    }

    private static byte[] Manifest() => Sample.Manifest("v1", Sample.Describe(MediaTypes.Empty, "{}"u8.ToArray()), Sample.Describe("text/plain", "layer of v1"u8.ToArray()));

    private static (int Added, int Known) Counts(ImportResult result) => (result.AddedCount, result.KnownCount);
}
