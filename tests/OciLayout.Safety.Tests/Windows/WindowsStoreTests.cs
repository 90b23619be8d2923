using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using OciLayout.Files;
using OciLayout.Layout;
using OciLayout.Model;
using OciLayout.Sessions;
using OciLayout.Store;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Safety.Windows;

/// <summary>
/// Tests the whole store under the rules of Windows: its own open handles never block it, and handles of other programs cause no loss.
/// </summary>
public sealed class WindowsStoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = TemporaryDirectory.InMemory();
    private readonly SimulatedWindowsFileSystem _files = new();
    private readonly string _root;

    public WindowsStoreTests()
    {
        _root = _directory["layout"];
        Create(_files);
    }

    private string IndexPath => Path.Combine(_root, "index.json");

    private void Create(IFileSystem files) =>
        LayoutCreator.Create(new DirectoryLayout(_root, files), files, false, true, TimeSpan.FromSeconds(10), CancellationToken.None);

    private OciStore Open(IFileSystem? files = null, TimeSpan? timeout = null) =>
        OciStore.OpenIsolated(_root, files ?? _files, new OciStoreOptions { LockTimeout = timeout ?? TimeSpan.FromSeconds(60) });

    [Fact]
    public void Two_processes_push_tag_move_delete_and_collect()
    {
        OciStore one = Open(), other = Open();
        Descriptor a = PushImage(one, "a"), b = PushImage(other, "b");
        one.Tag(a, "a");
        other.Tag(b, "b");
        one.Tag(b, "a");
        other.Tag(a, "old");
        using (OciBatch batch = one.BeginBatch())
        {
            for (int i = 0; i < 20; i++) batch.Stage(new PushRequest(), new MemoryStream(Encoding.UTF8.GetBytes("garbage " + i)));
        }

        PushImage(other, "a"); // exists already
        one.Delete(one.PlanDeletion("old"));
        other.Collect();
        other.State.Dispose();
        one.Collect();
        Assert.Equal(["a", "b"], Open().GetTags().Select(t => t.Tag));
        Assert.Equal(2, Directory.EnumerateFiles(Path.Combine(_root, "blobs", "sha256")).Count());
        Invariant.Check(_root);

        one.State.Dispose();
        Assert.Empty(_files.Open);
        Assert.Equal(0, _files.Waits); // no handle blocked an operation
        // Only lock files remain.
        Assert.DoesNotContain(Directory.EnumerateFiles(Path.Combine(_root, "ingest")), f => Path.GetFileName(f)[0] != '.');
    }

    [Fact]
    public void Running_session_and_its_claims_are_kept_and_an_ended_one_is_deleted()
    {
        OciStore writer = Open(), collector = Open();
        Descriptor image = PushImage(collector, "kept");
        collector.Tag(image, "kept");
        Descriptor claimed = writer.Push(new PushRequest(), new MemoryStream("claimed"u8.ToArray())).Descriptor;
        string dead = new('a', Session.IdLength);
        File.WriteAllText(Path.Combine(_root, "ingest", dead + Session.LockSuffix), "");
        File.WriteAllText(Path.Combine(_root, "ingest", dead + Session.ClaimsSuffix), $"+{claimed.Digest} x\n");

        collector.Collect();
        Assert.True(collector.Exists(claimed.Digest));
        Assert.DoesNotContain(Directory.EnumerateFiles(Path.Combine(_root, "ingest")), f => f.Contains(dead, StringComparison.Ordinal));

        writer.State.Dispose();
        collector.Collect();
        Assert.False(collector.Exists(claimed.Digest));
        collector.State.Dispose();
        Assert.Empty(_files.Open);
    }

    [Theory]
    [InlineData(FileShare.ReadWrite | FileShare.Delete)]
    [InlineData(FileShare.Read)]
    public void Index_is_replaced_when_its_reader_closes_it(FileShare share)
    {
        OciStore store = Open();
        Descriptor image = PushImage(store, "a");
        using IDisposable reader = _files.OpenElsewhere(IndexPath, share);
        _files.Waiting = attempt =>
        {
            if (attempt == 5) reader.Dispose();
        };

        store.Tag(image, "a");

        Assert.Equal(6, _files.Waits);
        Assert.Equal(["a"], Open().GetTags().Select(t => t.Tag));
        store.State.Dispose();
    }

    [Fact]
    public void Index_replacement_waits_for_a_reader_until_the_lock_timeout()
    {
        OciStore store = Open();
        Descriptor image = PushImage(store, "a");
        using IDisposable reader = _files.OpenElsewhere(IndexPath, FileShare.Read);
        _files.Waiting = _ =>
        {
            if (_files.Waits == 3 * WindowsFiles.Tries) reader.Dispose();
        };

        store.Tag(image, "a");

        Assert.Equal(["a"], Open().GetTags().Select(t => t.Tag));
        store.State.Dispose();
    }

    [Fact]
    public void Permanent_reader_of_the_index_fails_only_the_change()
    {
        OciStore store = Open(timeout: TimeSpan.Zero);
        Descriptor image = PushImage(store, "a");
        store.Tag(image, "first");
        byte[] before = File.ReadAllBytes(IndexPath);
        using (_files.OpenElsewhere(IndexPath, FileShare.Read))
        {
            IOException error = Assert.Throws<IOException>(() => store.Tag(image, "second"));
            Assert.Contains(IndexPath, error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, File.ReadAllBytes(IndexPath));
        Assert.DoesNotContain(Directory.EnumerateFiles(Path.Combine(_root, "ingest")), f => f.EndsWith(".tmp", StringComparison.Ordinal));
        Assert.Equal(["first"], store.GetTags().Select(t => t.Tag));
        store.Tag(image, "third");
        Assert.Equal(["first", "third"], Open().GetTags().Select(t => t.Tag));
        store.State.Dispose();
    }

    [Fact]
    public void Blob_open_in_another_program_stops_the_collection_until_it_is_closed()
    {
        OciStore store = Open();
        store.Tag(PushImage(store, "kept"), "kept");
        Descriptor garbage = store.Push(new PushRequest(), new MemoryStream("garbage"u8.ToArray())).Descriptor;
        using (Stream ours = store.Fetch(garbage))
        using (_files.OpenElsewhere(Invariant.BlobPath(_root, garbage.Digest.ToString()), FileShare.Read))
        {
            Assert.Throws<IOException>(() => store.Collect());
            Invariant.Check(_root);
        }

        using (Stream ours = store.Fetch(garbage)) Assert.Equal(1, store.Collect().RemovedCount); // our readers share deletion
        store.State.Dispose();
        Assert.Empty(_files.Open);
    }

    [Fact]
    public void Read_only_files_are_replaced_and_deleted()
    {
        OciStore store = Open();
        Descriptor image = PushImage(store, "a");
        _files.MakeReadOnly(IndexPath);
        store.Tag(image, "a");
        Descriptor garbage = store.Push(new PushRequest(), new MemoryStream("garbage"u8.ToArray())).Descriptor;
        _files.MakeReadOnly(Invariant.BlobPath(_root, garbage.Digest.ToString()));

        Assert.Equal([garbage.Digest], Removed(store));
        Assert.Equal(0, _files.Waits);
        store.State.Dispose();
    }

    [Fact]
    public void Stored_manifest_can_be_pushed_again_while_another_program_reads_it()
    {
        OciStore store = Open();
        Descriptor image = PushImage(store, "a");
        using IDisposable reader = _files.OpenElsewhere(Invariant.BlobPath(_root, image.Digest.ToString()), FileShare.ReadWrite | FileShare.Delete);

        Assert.Equal(image.Digest, PushImage(Open(), "a").Digest);

        Assert.Equal(0, _files.Waits);
        store.State.Dispose();
    }

    [Fact]
    public void Layout_can_be_deleted_while_a_process_has_it_open()
    {
        var files = new SimulatedWindowsFileSystem { DeletesAtOnce = true };
        OciStore store = Open(files);
        store.Tag(PushImage(store, "a"), "a");

        files.DeleteTree(_root);

        Assert.False(Directory.Exists(_root));
        store.State.Dispose();
        Assert.Empty(files.Open);
    }

    [Fact]
    public void Content_that_was_deleted_while_it_was_read_can_be_pushed_again_at_once()
    {
        OciStore store = Open();
        store.Tag(PushImage(store, "kept"), "kept");
        Descriptor image = PushImage(store, "deleted");
        Descriptor layer = store.Push(new PushRequest(), new MemoryStream("layer"u8.ToArray())).Descriptor;
        using (Stream reader = store.Fetch(layer), other = store.Fetch(image))
        {
            Assert.Contains(layer.Digest, Removed(store));
            Assert.False(store.Exists(layer.Digest));
            Assert.False(store.Push(new PushRequest(), new MemoryStream("layer"u8.ToArray())).AlreadyExisted);
            store.Tag(PushImage(store, "deleted"), "again");
        }

        Assert.True(store.Exists(layer.Digest));
        Invariant.Check(_root);
        Assert.Equal(["again", "kept"], Open().GetTags().Select(t => t.Tag));
        Assert.Equal(0, _files.Waits);
        store.State.Dispose();
        Assert.DoesNotContain(Directory.EnumerateFiles(Path.Combine(_root, "ingest")), f => Path.GetFileName(f)[0] != '.');
    }

    private static List<Digest> Removed(OciStore store)
    {
        var removed = new List<Digest>();
        store.Collect(null, r => removed.Add(r.Digest));
        return removed;
    }

    private static Descriptor PushImage(OciStore store, string name)
    {
        Descriptor config = store.Push(new PushRequest(), new MemoryStream("{}"u8.ToArray())).Descriptor;
        string json = $$"""
            {"schemaVersion":2,"mediaType":"{{MediaTypes.ImageManifest}}",
            "config":{{Encoding.UTF8.GetString(DescriptorJson.Write(config))}},"layers":[],"annotations":{"name":"{{name}}"} }
            """;
        return store.Push(new PushRequest { AsManifest = true }, new MemoryStream(Encoding.UTF8.GetBytes(json))).Descriptor;
    }

    public void Dispose() => _directory.Dispose();
}
