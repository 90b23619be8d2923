using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading;
using OciLayout.Testing;
using OciLayout.Tests.Store;
using Xunit;

namespace OciLayout.Tests.Planning;

/// <summary>Tests the steps of a deletion in their order: the plan, the index, the files.</summary>
public class DeletionStepsTests
{
    [Fact]
    public void Plan_changes_nothing_and_lists_parents_before_children()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image");
        var multi = layout.PushIndex("multi", image);
        var signature = layout.PushImage("signature", null, multi);
        var before = LayoutSnapshot.Of(layout.Path, ours: false);

        var plan = layout.Store.PlanDeletion("multi");

        Assert.Equal(before, LayoutSnapshot.Of(layout.Path, ours: false));
        var place = plan.Items.Select((item, i) => (item.Digest, i)).ToDictionary(p => p.Digest, p => p.i);
        Assert.Equal(8 - 1, place.Count);
        foreach (var parent in new[] { multi, image, signature })
        {
            foreach (var visit in layout.Store.Walk(parent).Skip(1)) Assert.True(place[parent.Digest] < place[visit.Descriptor.Digest]);
        }

        Assert.Equal(plan.Items.Sum(i => i.Size), plan.Size);
    }

    [Fact]
    public void Index_is_saved_before_the_first_file_is_deleted()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        string? indexThen = null;
        var files = new HookedFileSystem { Before = (operation, path) => indexThen ??= operation == FileOperation.Delete && path.Contains("blobs", StringComparison.Ordinal) ? File.ReadAllText(layout.IndexPath) : null };
        var store = OciStore.OpenIsolated(layout.Path, files, layout.Store.Options);

        store.Delete(store.PlanDeletion("image"));
        store.State.Dispose();

        Assert.NotNull(indexThen);
        Assert.DoesNotContain(image.Digest.ToString(), indexThen, StringComparison.Ordinal);
        Assert.Empty(layout.Files);
    }

    [Fact]
    public void Cancelled_deletion_stops_between_files_and_leaves_every_tag_complete()
    {
        using var layout = new TestLayout();
        layout.PushImage("staying", "staying");
        var image = layout.PushImage("image", "image");
        using var stop = new CancellationTokenSource();
        var files = new HookedFileSystem { AfterDelete = path => { if (path.Contains("blobs", StringComparison.Ordinal)) stop.Cancel(); } };
        var store = OciStore.OpenIsolated(layout.Path, files, layout.Store.Options);

        Assert.ThrowsAny<OperationCanceledException>(() => store.Delete(store.PlanDeletion("image"), null, stop.Token));
        store.State.Dispose();

        Assert.Equal(["staying"], layout.Tags);
        layout.AssertWalks("staying");
        Assert.Equal(5, layout.Files.Count);
        layout.AssertGone(image);
        Assert.Equal(2, layout.Collect().Count);
    }

    [Fact]
    public async System.Threading.Tasks.Task Index_that_is_left_validates_and_keeps_what_it_does_not_know()
    {
        using var layout = new TestLayout();
        var staying = layout.PushImage("staying", "staying");
        layout.PushImage("image", "image");
        var index = JsonNode.Parse(File.ReadAllBytes(layout.IndexPath))!;
        index["x-mine"] = "kept";
        File.WriteAllBytes(layout.IndexPath, TestDocument.Bytes(index));

        layout.Delete("image");

        Assert.Equal("kept", (string?)JsonNode.Parse(File.ReadAllBytes(layout.IndexPath))!["x-mine"]);
        Assert.Equal([staying.Digest], layout.Listed);
        await SpecificationSchema.AssertFileValidAsync(SpecificationSchema.Index, layout.IndexPath);
        await SpecificationSchema.AssertFileValidAsync(SpecificationSchema.Layout, Path.Combine(layout.Path, "oci-layout"));
    }

    [Fact]
    public void Pending_changes_are_saved_with_the_deletion()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        var manual = layout.Store.WithOptions(layout.Store.Options with { AutoSaveIndex = false });
        manual.Tag(layout.PushImage("other"), "waiting");

        manual.Delete(manual.PlanDeletion("image"));

        Assert.Equal(["waiting"], layout.OtherProcess().GetTags().Select(t => t.Tag));
    }
}
