using System;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Tests.Blobs;
using OciLayout.Tests.Store;
using Xunit;

namespace OciLayout.Tests.Index;

/// <summary>Tests when changes are saved: at once, by SaveIndex, or by a batch (section 2 SaveIndex, section 3 "Acknowledged").</summary>
public class SavingTests
{
    [Fact]
    public void Without_auto_save_changes_are_written_only_by_SaveIndex()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create(new OciStoreOptions { AutoSaveIndex = false });
        var image = store.PushImage("a");
        store.Tag(image, "v1");
        store.Tag(image, "v2");
        store.Untag("v1");
        Assert.Equal(Sample.Index(), sandbox.IndexText);
        Assert.Equal(["v2"], store.TagNames());
        Assert.Equal(image.Digest, store.Resolve("v2").Digest);

        store.SaveIndex();

        Assert.Equal(["v2=" + image.Digest], sandbox.Isolated().EntryNames());
    }

    [Fact]
    public void Delete_and_collect_save_pending_changes_first()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create(new OciStoreOptions { AutoSaveIndex = false });
        store.Tag(store.PushImage("a"), "a");
        store.Collect();
        Assert.Equal(["a"], sandbox.Isolated().TagNames());

        store.Tag(store.PushImage("b"), "b");
        store.Delete(store.PlanDeletion("a"));
        Assert.Equal(["b"], sandbox.Isolated().TagNames());
    }

    [Fact]
    public void Save_writes_the_file_once_and_only_if_something_changed()
    {
        using var sandbox = new Sandbox();
        sandbox.Create();
        var files = new HookedFileSystem();
        var writes = 0;
        files.Before = (operation, path) => writes += operation == FileOperation.Replace && path == sandbox.IndexPath ? 1 : 0;
        var store = sandbox.Isolated(files, new OciStoreOptions { AutoSaveIndex = false });
        for (var i = 0; i < 20; i++) store.Tag(store.PushImage("image " + i), "v" + i);
        store.SaveIndex();
        Assert.Equal(1, writes);

        store.SaveIndex();
        store.Tag(store.Resolve("v1"), "v1");
        store.SaveIndex();
        Assert.Equal(1, writes);
    }

    [Fact]
    public void Batch_publishes_in_the_order_of_staging_and_saves_once()
    {
        using var sandbox = new Sandbox();
        sandbox.Create();
        var files = new HookedFileSystem();
        var writes = 0;
        files.Before = (operation, path) => writes += operation == FileOperation.Replace && path == sandbox.IndexPath ? 1 : 0;
        var store = sandbox.Isolated(files);
        var known = store.PushBlob("known");
        using (var batch = store.BeginBatch())
        {
            for (var i = 0; i < 5; i++) batch.Stage(new PushRequest(), new MemoryStream(Sample.Bytes("blob " + i)), i);
            Assert.False(store.Exists(Digest.Compute("blob 1"u8)));
            batch.Stage(new PushRequest { Digest = known.Digest, Size = known.Size }, new UnreadableStream(), 5);
            batch.Stage(new PushRequest { AsManifest = true }, new MemoryStream("{\"schemaVersion\":2,\"manifests\":[]}"u8.ToArray()), 6);

            var results = batch.Publish();

            Assert.Equal([0, 1, 2, 3, 4, 5, 6], results.Select(r => (int)r.UserState!));
            Assert.Equal([false, false, false, false, false, true, false], results.Select(r => r.AlreadyExisted));
            Assert.Empty(batch.Publish());
            batch.Store.Tag(results[6].Descriptor, "v1");
            batch.Store.Tag(results[0].Descriptor, "v2");
            Assert.Equal(0, writes);
            Assert.Equal(["v1", "v2"], store.TagNames()); // unsaved changes of a batch are visible in the whole process
            batch.Commit();
            Assert.Equal(1, writes);
        }

        Assert.Equal(1, writes);
        Assert.Equal(["v1", "v2"], sandbox.Isolated().TagNames());
        Assert.Empty(sandbox.Litter());
    }

    [Fact]
    public void Failed_item_of_a_batch_does_not_affect_the_others()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        using var batch = store.BeginBatch();
        batch.Stage(new PushRequest(), new MemoryStream("one"u8.ToArray()));
        Sandbox.Refused(
            OciErrorKind.DigestMismatch,
            () => batch.Stage(new PushRequest { Digest = Digest.Compute("other"u8) }, new MemoryStream("two"u8.ToArray())));
        Sandbox.Refused(
            OciErrorKind.InvalidManifest,
            () => batch.Stage(new PushRequest { AsManifest = true }, new MemoryStream("three"u8.ToArray())));
        batch.Stage(new PushRequest(), new MemoryStream("four"u8.ToArray()));

        Assert.Equal([Digest.Compute("one"u8), Digest.Compute("four"u8)], batch.Publish().Select(r => r.Descriptor.Digest));
        Assert.Empty(sandbox.Litter());
    }

    [Fact]
    public void Disposed_batch_saves_its_changes_or_undoes_them()
    {
        using var sandbox = new Sandbox();
        sandbox.Create();
        var files = new HookedFileSystem();
        var store = sandbox.Isolated(files);
        using (var batch = store.BeginBatch())
        {
            batch.Stage(new PushRequest { AsManifest = true }, new MemoryStream("{\"schemaVersion\":2,\"manifests\":[]}"u8.ToArray()));
        }

        Assert.Single(sandbox.Isolated().GetEntries());

        var failing = store.BeginBatch();
        failing.Store.Tag(store.GetEntries()[0].Descriptor!, "v1");
        files.Before = (operation, path) =>
        {
            if (operation == FileOperation.Replace) throw new IOException("the medium is full");
        };
        failing.Dispose();
        failing.Dispose();

        Assert.IsType<IOException>(Assert.Single(failing.TakeErrors()));
        Assert.Empty(failing.TakeErrors());
        files.Before = (_, _) => { };
        Assert.Empty(store.GetTags());
        store.SaveIndex();
        Assert.Empty(sandbox.Isolated().GetTags());
    }

    // The cancellation occurs while Dispose flushes the content that was staged last.
    [Fact]
    public void Cancellation_during_disposal_of_a_batch_loses_no_change()
    {
        using var sandbox = new Sandbox();
        sandbox.Create();
        var files = new HookedFileSystem();
        var store = sandbox.Isolated(files);
        using var stop = new CancellationTokenSource();
        var batch = store.BeginBatch(stop: stop.Token);
        batch.Stage(new PushRequest { AsManifest = true }, new MemoryStream("{\"schemaVersion\":2,\"manifests\":[]}"u8.ToArray()));
        var done = Assert.Single(batch.Publish()).Descriptor;
        batch.Tag(done, "v1");
        batch.Stage(new PushRequest(), new MemoryStream("given up"u8.ToArray()));
        batch.Stage(new PushRequest(), new MemoryStream("given up, too"u8.ToArray()));
        files.Before = (operation, path) =>
        {
            if (operation == FileOperation.Flush && path.EndsWith(".upload", StringComparison.Ordinal)) stop.Cancel();
        };

        batch.Dispose();

        Assert.True(stop.IsCancellationRequested);
        Assert.Empty(batch.TakeErrors());
        Assert.Equal(["v1"], sandbox.Isolated().TagNames());
        Assert.Empty(sandbox.Litter());
    }

    [Fact]
    public void Batch_saves_after_its_interval_without_a_call()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        using var batch = store.BeginBatch(TimeSpan.FromMilliseconds(10));
        batch.Stage(new PushRequest { AsManifest = true }, new MemoryStream("{\"schemaVersion\":2,\"manifests\":[]}"u8.ToArray()));

        Assert.True(SpinWait.SpinUntil(() => sandbox.Isolated().GetEntries().Count == 1, TimeSpan.FromMinutes(5)));
        Assert.Single(batch.Publish()); // still reports the content that the timer published
    }

    [Fact]
    public void Batch_of_a_store_with_manual_save_does_not_save()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create(new OciStoreOptions { AutoSaveIndex = false });
        using (var batch = store.BeginBatch())
        {
            batch.Stage(new PushRequest { AsManifest = true }, new MemoryStream("{\"schemaVersion\":2,\"manifests\":[]}"u8.ToArray()));
            batch.Commit();
        }

        Assert.Equal(Sample.Index(), sandbox.IndexText);
        store.SaveIndex();
        Assert.Single(sandbox.Isolated().GetEntries());
    }
}
