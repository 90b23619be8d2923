using System;
using System.Formats.Tar;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading;
using OciLayout.Testing;
using OciLayout.Tests.Store;
using Xunit;

namespace OciLayout.Tests.Transfer;

/// <summary>Tests the content of exported archives, and that an export writes the complete archive or none.</summary>
public class ExportTests
{
    [Fact]
    public void Archive_has_sorted_entries_and_no_data_of_this_machine()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        store.Tag(store.PushImage("a"), "v1");
        store.Push(new PushRequest { Algorithm = DigestAlgorithm.Sha512 }, new MemoryStream([1, 2, 3]));

        store.Export(store.PlanExport(), sandbox.Beside("a.tar"));

        using var tar = new TarReader(File.OpenRead(sandbox.Beside("a.tar")));
        var entries = Enumerable.Repeat(0, 100).Select(_ => tar.GetNextEntry()).TakeWhile(e => e is not null).ToList();
        var names = entries.Select(e => e!.Name).ToList();
        Assert.Equal(["oci-layout", "index.json", "blobs/", "blobs/sha256/", "blobs/sha512/"], names.Take(5));
        Assert.Equal(names.Skip(5).Order(StringComparer.Ordinal), names.Skip(5));
        Assert.Equal(9, names.Count);
        Assert.All(entries, e => Assert.Equal((0, 0, DateTimeOffset.UnixEpoch), (e!.Uid, e.Gid, e.ModificationTime)));
        Assert.All(entries, e => Assert.Equal(e!.EntryType == TarEntryType.Directory ? 0x1ED : 0x1A4, (int)e.Mode));
    }

    [Fact]
    public void Compressed_archive_has_a_gzip_header_without_time_and_system()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        store.Tag(store.PushImage("a"), "v1");

        store.Export(store.PlanExport(), sandbox.Beside("a.tgz"));
        store.Export(store.PlanExport(), sandbox.Beside("a.tar"));

        var bytes = File.ReadAllBytes(sandbox.Beside("a.tgz"));
        Assert.Equal([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255], bytes[..10]);
        using var expanded = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress)) gzip.CopyTo(expanded);
        Assert.Equal(File.ReadAllBytes(sandbox.Beside("a.tar")), expanded.ToArray());
    }

    [Fact]
    public void Export_of_references_has_their_entries_and_reachable_content()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var a = store.PushImage("a");
        var b = store.PushImage("b");
        foreach (var tag in new[] { "v1", "latest" }) store.Tag(a, tag);
        store.Tag(b, "v2");
        store.PushBlob("orphan");

        store.Export(store.PlanExport(new ExportOptions { References = ["v1"] }), sandbox.Beside("tag.tar"));
        store.Export(store.PlanExport(new ExportOptions { References = [b.Digest.ToString(), b.Digest.Encoded[..9]] }), sandbox.Beside("digest.tar"));

        var byTag = OciStore.Open(sandbox.Beside("tag.tar"));
        Assert.Equal([$"v1={a.Digest}"], byTag.EntryNames());
        Assert.Equal(3, byTag.State.Blobs.List().Count());
        Assert.Equal([$"={b.Digest}"], OciStore.Open(sandbox.Beside("digest.tar")).EntryNames());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Delta_omits_content_of_the_other_store_and_can_be_imported_only_there(bool asList)
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var old = store.Tag(store.PushImage("old"), "old");
        store.Export(store.PlanExport(), sandbox.Beside("first.tar"));
        var there = OciStore.Create(sandbox.Beside("there"));
        there.Import(sandbox.Beside("first.tar"));
        var added = store.Tag(store.PushImage("new"), "new");

        var plan = store.PlanExport(asList ? new ExportOptions { ExcludeBelow = [old.Digest] } : new ExportOptions { Exclude = there.Exists });
        store.Export(plan, sandbox.Beside("delta.tar"));

        Assert.Equal((2, 3), (plan.Items.Count, plan.ExcludedCount)); // the images share the config
        Sandbox.Refused(OciErrorKind.NotFound, () => OciStore.Create(sandbox.Beside("elsewhere")).Import(sandbox.Beside("delta.tar")));
        var result = there.Import(sandbox.Beside("delta.tar"));
        Assert.Equal(2, result.AddedCount);
        Assert.Equal(store.TagNames(), there.TagNames());
        Assert.DoesNotContain(there.Walk(added), v => v.IsMissing);
    }

    [Fact]
    public void Export_of_corrupt_or_missing_content_fails_and_leaves_no_file()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        store.Tag(store.PushImage("a"), "v1");
        var layer = sandbox.BlobPath(Digest.Compute(Sample.Bytes("layer of a")));
        File.Delete(layer);
        Sandbox.Refused(OciErrorKind.NotFound, () => store.PlanExport(), Path.GetFileName(layer));
        File.WriteAllText(layer, "LAYER OF A");
        Sandbox.Refused(OciErrorKind.DigestMismatch, () => store.Export(store.PlanExport(), sandbox.Beside("a.tar")), Path.GetFileName(layer));
        File.WriteAllText(layer, "layer of a");
        var plan = store.PlanExport();
        File.AppendAllText(layer, " and more");
        Sandbox.Refused(OciErrorKind.SizeMismatch, () => store.Export(plan, sandbox.Beside("a.tar")));
        Assert.Equal([sandbox.Root], Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(sandbox.Root)!));
    }

    [Fact]
    public void Existing_file_is_kept_without_the_replace_option()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        File.WriteAllText(sandbox.Beside("a.tar"), "mine");

        Sandbox.Refused(OciErrorKind.AlreadyExists, () => store.Export(store.PlanExport(), sandbox.Beside("a.tar")));
        Assert.Equal("mine", File.ReadAllText(sandbox.Beside("a.tar")));
        store.Export(store.PlanExport(), sandbox.Beside("a.tar"), replace: true);
        Assert.Empty(OciStore.Open(sandbox.Beside("a.tar")).GetEntries());
        Assert.Throws<IOException>(() => store.Export(store.PlanExport(), sandbox.Root, replace: true));
    }

    [Fact]
    public void Cancellation_leaves_no_file()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        for (var i = 0; i < 5; i++) store.PushBlob(new string((char)('a' + i), 300_000));
        using var stop = new CancellationTokenSource();

        Assert.Throws<OperationCanceledException>(() => store.Export(store.PlanExport(), sandbox.Beside("a.tar"), false, done =>
        {
            if (done > 700_000) stop.Cancel();
        }, stop.Token));

        Assert.Equal([sandbox.Root], Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(sandbox.Root)!));
    }

    [Theory]
    [InlineData(FileOperation.Create)]
    [InlineData(FileOperation.Write)]
    [InlineData(FileOperation.Flush)]
    [InlineData(FileOperation.Replace)]
    [InlineData(FileOperation.OpenRead)]
    public void Failure_at_any_step_keeps_the_old_file_and_leaves_no_temporary_file(FileOperation failing)
    {
        using var sandbox = new Sandbox();
        var made = sandbox.Create();
        made.Tag(made.PushImage("a"), "v1");
        for (var step = 1; ; step++)
        {
            File.WriteAllText(sandbox.Beside("a.tar"), "old");
            var files = new HookedFileSystem();
            var store = sandbox.Isolated(files);
            var plan = store.PlanExport();
            var left = step;
            files.Before = (operation, path) =>
            {
                if (operation == failing && --left == 0) throw new IOException("step " + path);
            };

            var error = Record.Exception(() => store.Export(plan, sandbox.Beside("a.tar"), replace: true));

            if (left > 0)
            {
                Assert.Null(error);
                Assert.True(step > 1, "the operation is not used at all, so this tests nothing");
                return;
            }

            Assert.IsType<IOException>(error);
            // The second flush is that of the directory. Its failure is reported, but the file has already replaced the old one.
            if (failing != FileOperation.Flush || step == 1) Assert.Equal("old", File.ReadAllText(sandbox.Beside("a.tar")));
            Assert.Equal(2, Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(sandbox.Root)!).Count());
        }
    }

    [Fact]
    public void Sparse_copy_is_exported_without_its_missing_content()
    {
        using var layout = new TestLayout();
        var here = layout.PushImage("amd64");
        var elsewhere = TestDocument.Describe([1], MediaTypes.ImageManifest);
        var foreign = TestDocument.Foreign(new Descriptor("application/vnd.oci.image.layer.nondistributable.v1.tar", Digest.Compute("f"u8), 1));
        var attached = TestDocument.Image(layout.PushBlob("{}"), [foreign], elsewhere);
        layout.WriteIndex(
            (layout.WriteBlob(TestDocument.Index([here, elsewhere]), MediaTypes.ImageIndex), "multi"),
            (layout.WriteBlob(attached, MediaTypes.ImageManifest), "attached"));
        using var temporary = new TemporaryDirectory();
        var store = layout.Reopen().Store;

        var plan = store.PlanExport();
        store.Export(plan, temporary["a.tar"]);
        var copy = OciStore.Create(temporary["copy"]);
        var result = copy.Import(temporary["a.tar"]);

        Assert.Equal([.. new[] { elsewhere.Digest, foreign.Digest }.Order()], plan.Absent);
        Assert.Equal(plan.Absent, result.Absent);
        Assert.Equal(store.TagNames(), copy.TagNames());

        // An index without any stored platform cannot be exported.
        store.Delete(store.PlanDeletion(here.Digest.ToString(), new DeletionOptions { Force = true, Cascade = false }));
        Sandbox.Refused(OciErrorKind.NotFound, () => store.PlanExport());
    }

    [Fact]
    public void Docker_manifest_lists_the_tagged_images_under_valid_names()
    {
        using var layout = new TestLayout();
        var one = layout.PushImage("one", "v1");
        layout.Store.Tag(one, "example.com/app:2");
        var two = layout.PushImage("two");
        layout.PushIndex("multi", two, layout.PushImage("three"));
        layout.PushManifest(TestDocument.Image(layout.PushBlob("{}", MediaTypes.Empty), [], null, "application/x-artifact"), "artifact");
        using var temporary = new TemporaryDirectory();

        var plan = layout.Store.PlanExport(new ExportOptions { DockerCompatible = true });
        layout.Store.Export(plan, temporary["a.tar"]);

        Assert.Equal(["localhost/layout:v1", "example.com/app:2", "localhost/layout:multi"], plan.DockerNames);
        using var tar = new TarReader(File.OpenRead(temporary["a.tar"]));
        var entries = Enumerable.Repeat(0, 100).Select(_ => tar.GetNextEntry(copyData: true)).TakeWhile(e => e is not null).ToDictionary(e => e!.Name, e => e!);
        var images = JsonNode.Parse(entries["manifest.json"].DataStream!)!.AsArray();
        Assert.Equal(2, images.Count);
        foreach (var image in images)
        {
            Assert.Contains((string)image!["Config"]!, entries.Keys);
            Assert.All(image["Layers"]!.AsArray(), l => Assert.Contains((string)l!, entries.Keys));
        }

        // The archive is also a layout, which includes the content that is not an image for Docker.
        Assert.Equal(layout.Store.TagNames(), OciStore.Open(temporary["a.tar"]).TagNames());
        Sandbox.Refused(OciErrorKind.UnsupportedMediaType, () => layout.Store.PlanExport(new ExportOptions { DockerCompatible = true, References = ["artifact"] }));
    }
}
