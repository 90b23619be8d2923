using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Files;
using OciLayout.Testing;
using OciLayout.Tests.Store;
using Xunit;

namespace OciLayout.Tests.Planning;

/// <summary>Tests the steps of garbage collection in their order: the plan, the index, the files.</summary>
public class GarbageStepsTests
{
    [Fact]
    public void Plan_lists_the_garbage_and_changes_nothing()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        var untagged = layout.PushImage("untagged");
        var before = LayoutSnapshot.Of(layout.Path, ours: false);

        var plan = layout.Store.PlanGarbage();

        Assert.Equal(before, LayoutSnapshot.Of(layout.Path, ours: false));
        Assert.Equal([untagged.Digest], plan.Entries.Select(e => e.Digest));
        Assert.Equal(3, plan.KeptCount);
        Assert.Equal(plan.Items.Select(i => i.Digest), layout.Collect().Select(i => i.Digest));
    }

    [Fact]
    public void Index_is_saved_before_files_are_deleted_parents_first()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        var platform = layout.PushImage("platform");
        var multi = layout.PushIndex(null, platform);
        string? indexThen = null;
        var files = new HookedFileSystem { Before = (operation, path) => indexThen ??= operation == FileOperation.Delete && path.Contains("blobs", StringComparison.Ordinal) ? File.ReadAllText(layout.IndexPath) : null };
        var store = OciStore.OpenIsolated(layout.Path, files, layout.Store.Options);
        layout.Store.State.Dispose();
        var order = new System.Collections.Generic.List<Digest>();

        store.Collect(null, r => order.Add(r.Digest));
        store.State.Dispose();

        Assert.DoesNotContain(multi.Digest.ToString(), indexThen!, StringComparison.Ordinal);
        Assert.Equal([multi.Digest, platform.Digest], order.Take(2));
        Assert.Equal(4, order.Count(d => !d.IsEmpty));
    }

    [Fact]
    public void Unlisted_garbage_is_deleted_parents_first()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        var parents = Enumerable.Range(0, 20).ToDictionary(
            i => layout.WriteBlob(TestDocument.Image(null, [layout.PushBlob($"layer {i}")], artifactType: $"a/{i}"), MediaTypes.ImageManifest).Digest,
            i => Digest.Compute(System.Text.Encoding.UTF8.GetBytes($"layer {i}")));

        var order = layout.Collect().Select(r => r.Digest).ToList();

        Assert.Equal(40, order.Count);
        Assert.All(parents, p => Assert.True(order.IndexOf(p.Key) < order.IndexOf(p.Value)));
    }

    [Fact]
    public void Concurrent_deletion_between_reading_index_and_blobs_does_not_stop_the_collection()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        layout.PushImage("doomed", "doomed");
        var looks = 0;
        var files = new HookedFileSystem
        {
            Before = (operation, path) =>
            {
                // The collection reads the index first, then the claims, then the blobs. At this point it has read the index.
                if (operation == FileOperation.List && path.EndsWith("sha256", StringComparison.Ordinal) && looks++ == 0) layout.Store.Delete(layout.Store.PlanDeletion("doomed"));
            },
        };
        var store = OciStore.OpenIsolated(layout.Path, files, layout.Store.Options);

        var result = store.Collect();
        store.State.Dispose();

        Assert.Equal(0, result.RemovedEntries);
        Assert.True(looks > 1);
        Assert.Equal(["image"], layout.Store.GetTags().Select(t => t.Tag));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Entry_added_after_the_plan_keeps_its_content_without_a_claim(bool tagged)
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        layout.PushBlob("orphan"); // gives the collection a file to delete
        layout.Store.State.Dispose();
        Descriptor? late = null;
        var files = new HookedFileSystem
        {
            Before = (operation, path) =>
            {
                // The collection has read the index. Another process lists a manifest and ends before the collection reads the claims.
                if (operation != FileOperation.List || late is not null || !path.EndsWith("ingest", StringComparison.Ordinal)) return;
                var other = OciStore.OpenIsolated(layout.Path, PhysicalFileSystem.Instance, layout.Store.Options);
                var layer = other.Push(new PushRequest(), new MemoryStream("late layer"u8.ToArray())).Descriptor;
                late = other.Push(new PushRequest { AsManifest = true }, new MemoryStream(TestDocument.Image(null, [layer]))).Descriptor;
                if (tagged)
                {
                    other.Tag(late, "late");
                    other.Untag("late");
                }

                other.State.Dispose();
            },
        };
        var store = OciStore.OpenIsolated(layout.Path, files, layout.Store.Options);

        store.Collect();
        store.State.Dispose();

        Assert.Contains(layout.Store.GetEntries(), e => e.Descriptor!.Digest == late!.Digest);
        Assert.DoesNotContain(layout.Store.Walk(late!), v => v.IsMissing);
        Assert.NotEmpty(layout.Collect()); // the next collection deletes the manifest and its entry
        Assert.DoesNotContain(layout.Store.GetEntries(), e => e.Descriptor!.Digest == late!.Digest);
    }

    [Theory]
    [InlineData(6, 2)] // sequential deletion
    [InlineData(20, 5)] // parallel deletion
    public void Cancellation_takes_effect_before_each_file(int count, int stopAt)
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        for (var i = 0; i < count; i++) layout.PushBlob($"loose {i}");
        using var stop = new CancellationTokenSource();
        var gone = 0;
        var files = new HookedFileSystem
        {
            AfterDelete = path =>
            {
                if (!path.Contains("blobs", StringComparison.Ordinal)) return;
                lock (stop)
                {
                    if (++gone == stopAt) stop.Cancel();
                }
            },
        };
        layout.Store.State.Dispose();
        var store = OciStore.OpenIsolated(layout.Path, files, layout.Store.Options);

        Assert.ThrowsAny<OperationCanceledException>(() => store.Collect(null, null, stop.Token));
        store.State.Dispose();

        Assert.InRange(layout.Files.Count - 3, count - stopAt - (count < 8 ? 0 : Environment.ProcessorCount - 1), count - stopAt); // each core may be deleting one file
        layout.AssertWalks("image");
        Assert.Equal(layout.Files.Count - 3, layout.Reopen().Collect().Count);
    }

    // Delays the deletion of one file to give other cores the time to delete one of its children too early. They must not, so the wait
    // always times out; it is short.
    [Fact]
    public void Blobs_deleted_in_parallel_are_deleted_after_their_parents()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        var parentOf = new System.Collections.Generic.Dictionary<string, string>();
        for (var i = 0; i < 12; i++)
        {
            var layer = layout.PushBlob($"layer {i}", TestLayout.LayerType);
            var image = layout.WriteBlob(TestDocument.Image(null, [layer], artifactType: $"a/{i}"), MediaTypes.ImageManifest);
            var index = layout.WriteBlob(TestDocument.Index([image]), MediaTypes.ImageIndex);
            parentOf.Add(layout.PathOf(image.Digest), layout.PathOf(index.Digest));
            parentOf.Add(layout.PathOf(layer.Digest), layout.PathOf(image.Digest));
        }

        var (begun, early) = (0, 0);
        var files = new HookedFileSystem
        {
            Before = (operation, path) =>
            {
                if (operation != FileOperation.Delete || !path.Contains("blobs", StringComparison.Ordinal)) return;
                if (parentOf.TryGetValue(path, out var parent) && File.Exists(parent)) Interlocked.Increment(ref early);
                if (Interlocked.Increment(ref begun) == 9) SpinWait.SpinUntil(() => Volatile.Read(ref early) > 0, 200);
            },
        };
        layout.Store.State.Dispose();
        var store = OciStore.OpenIsolated(layout.Path, files, layout.Store.Options);

        store.Collect();
        store.State.Dispose();

        Assert.Equal((36, 0), (begun, early));
    }

    [Fact]
    public void Failed_deletion_of_a_file_stops_the_sweep_and_reports_the_deleted_files()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        for (var i = 0; i < 200; i++) layout.PushBlob($"loose {i}");
        var before = layout.Files;
        var (tried, told) = (0, new System.Collections.Generic.List<string>());
        var files = new HookedFileSystem
        {
            Before = (operation, path) =>
            {
                if (operation == FileOperation.Delete && path.Contains("blobs", StringComparison.Ordinal) && Interlocked.Increment(ref tried) == 100) throw new UnauthorizedAccessException("It stays.");
            },
        };
        layout.Store.State.Dispose();
        var store = OciStore.OpenIsolated(layout.Path, files, layout.Store.Options);

        Assert.Throws<OciException>(() => store.Collect(null, r => told.Add(r.Digest.ToString())));
        store.State.Dispose();

        Assert.InRange(told.Count, 99, 199);
        Assert.Equal(before.Except(layout.Files).Order(), told.Order());
        layout.AssertWalks("image");
        Assert.Equal(200 - told.Count, layout.Reopen().Collect().Count);
    }

    [Fact]
    public void Manifest_without_a_media_type_in_its_entry_is_deleted_before_its_content()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        var layer = layout.PushBlob("layer", TestLayout.LayerType);
        var untagged = layout.WriteBlob(TestDocument.Image(null, [layer]), MediaTypes.ImageManifest);
        var entry = TestLayout.Entry(untagged);
        entry.Remove("mediaType");
        layout.AddEntries(entry);

        Assert.Equal([untagged.Digest, layer.Digest], layout.Collect().Select(r => r.Digest));

        Assert.DoesNotContain(untagged.Digest, layout.Listed);
    }

    [Fact]
    public void Collection_cancelled_before_it_begins_deletes_nothing()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        layout.PushBlob("loose");
        var before = LayoutSnapshot.Of(layout.Path, ours: false);

        Assert.ThrowsAny<OperationCanceledException>(() => layout.Store.Collect(null, null, new CancellationToken(true)));

        Assert.Equal(before, LayoutSnapshot.Of(layout.Path, ours: false));
    }

    [Fact]
    public void Result_counts_deleted_and_kept_content()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        layout.PushBlob("loose");

        var result = layout.Store.Collect();

        Assert.Equal((1, 5L, 3, 0), (result.RemovedCount, result.RemovedSize, result.KeptCount, result.RemovedEntries));
        Assert.Equal(layout.Store.Walk(image).Sum(v => v.Descriptor.Size), result.KeptSize);
    }

    [Fact]
    public async Task Remaining_index_validates_against_the_schema()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        layout.PushImage("untagged");

        layout.Collect();

        await SpecificationSchema.AssertFileValidAsync(SpecificationSchema.Index, layout.IndexPath);
    }
}
