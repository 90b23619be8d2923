using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using OciLayout.Model;
using Xunit;

namespace OciLayout.Tests.Graph;

/// <summary>
/// Tests graphs that are made to hang a walk or to exhaust its memory. A walk that visits nodes more than once would not end here.
/// </summary>
public class HostileGraphTests
{
    private const int Deep = 10_000;

    [Fact]
    public void Index_that_contains_its_own_forged_digest_is_corrupt()
    {
        using var layout = new TestLayout();
        layout.PushImage("good", "good");
        var itself = new Descriptor(MediaTypes.ImageIndex, Digest.Compute("forged"u8), 300);
        layout.WriteFile(itself.Digest, TestDocument.Index([itself, itself]));
        layout.AddEntries(TestLayout.Entry(itself, "loop"));

        Assert.Equal(OciErrorKind.DigestMismatch, Assert.Single(layout.Store.Walk(layout.Store.Resolve("loop"))).Problem?.Kind);
        Assert.Empty(layout.Store.GetPredecessors(itself.Digest));
        Assert.Empty(layout.Store.GetReferrers(itself.Digest));
        Assert.Contains(itself.Digest.ToString(), layout.AssertRefused(OciErrorKind.IncompleteGraph, () => layout.Collect()).Message, StringComparison.Ordinal);
        layout.AssertRefused(OciErrorKind.IncompleteGraph, () => layout.Delete("good"));

        Assert.Single(layout.Delete("loop", force: true));
        layout.AssertWalks("good");
    }

    [Fact]
    public void Walk_of_a_cycle_ends()
    {
        using var layout = new TestLayout();
        var good = layout.PushImage("good", "good");
        var a = layout.WriteBlob("a"u8.ToArray(), MediaTypes.ImageIndex);
        var b = layout.WriteBlob("b"u8.ToArray(), MediaTypes.ImageManifest);
        layout.AddEntries(TestLayout.Entry(a), TestLayout.Entry(b));
        layout.Store.State.Graph.Add(NodeKey.Of(a), ManifestNode.Parse(TestDocument.Index([b, a], b), ManifestKind.Index, "a"));
        layout.Store.State.Graph.Add(NodeKey.Of(b), ManifestNode.Parse(TestDocument.Image(a, [b], a), ManifestKind.Image, "b"));

        Assert.Equal(2, layout.Store.GetPredecessors(a.Digest).Count);
        Assert.Equal(2, layout.Store.GetReferrers(a.Digest).Concat(layout.Store.GetReferrers(b.Digest)).Count());
        Assert.Equal([a.Digest, b.Digest], layout.Store.PlanGarbage().Items.Select(i => i.Digest).Order().OrderBy(d => d == b.Digest));
        Assert.Equal(2, layout.Delete(a.Digest.ToString()).Count);
        layout.AssertOnly(good);
    }

    [Fact]
    public void Fallback_tags_that_form_a_cycle_or_list_foreign_images_have_no_effect()
    {
        using var layout = new TestLayout();
        var one = layout.PushImage("one", "one");
        var two = layout.PushImage("two", "two");
        layout.WriteFallback(one.Digest, two, one);
        var ofTwo = layout.WriteFallback(two.Digest, one, two);
        layout.WriteFallback(ofTwo.Digest, ofTwo, one);

        foreach (var image in new[] { one, two, ofTwo }) Assert.Empty(layout.Store.GetReferrers(image.Digest));
        Assert.Empty(layout.Collect());

        layout.Delete("one");
        layout.AssertWalks("two");
        layout.Collect();
        layout.Delete("two");
        layout.Collect(new GarbageOptions { Force = true });
        Assert.Empty(layout.Files);
        Assert.Empty(layout.Listed);
    }

    [Fact]
    public void Ten_thousand_nested_indexes_are_walked_and_planned_parents_before_their_children()
    {
        using var layout = new TestLayout();
        layout.PushImage("good", "good");
        var shared = layout.PushBlob("shared");
        var indexes = new List<Descriptor> { layout.WriteBlob(TestDocument.Image(null, [shared]), MediaTypes.ImageManifest) };
        for (var i = 0; i < Deep; i++) indexes.Add(layout.WriteBlob(TestDocument.Index([indexes[^1]]), MediaTypes.ImageIndex));
        var top = indexes[^1];
        layout.AddEntries(TestLayout.Entry(top, "deep"));

        Assert.Equal(Deep + 2, layout.Store.Walk(top).Count());
        Assert.Equal([indexes[0].Digest], layout.Store.GetPredecessors(shared.Digest).Select(d => d.Digest));
        Assert.Empty(layout.Store.PlanGarbage().Items);
        var plan = layout.Store.PlanDeletion("deep");
        Assert.Equal(indexes.AsEnumerable().Reverse().Append(shared).Select(d => d.Digest), plan.Items.Select(i => i.Digest));

        layout.Store.Untag("deep");
        Assert.Equal(plan.Items.Select(i => i.Digest), layout.Store.PlanGarbage().Items.Select(i => i.Digest));
    }

    [Fact]
    public void Nested_indexes_are_deleted_in_few_batches()
    {
        using var layout = new TestLayout();
        layout.PushImage("good", "good");
        var top = layout.WriteBlob(TestDocument.Image(null, []), MediaTypes.ImageManifest);
        for (var i = 0; i < 200; i++) top = layout.WriteBlob(TestDocument.Index([top]), MediaTypes.ImageIndex);
        layout.AddEntries(TestLayout.Entry(top));
        var store = layout.Store.WithOptions(new OciStoreOptions { Flush = false, SweepTime = TimeSpan.FromSeconds(2) });

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(201, store.Collect().RemovedCount);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 50 << 20); // rounds without a file would fill the time of each batch
    }

    [Fact]
    public void Chain_of_ten_thousand_referrers_is_kept_and_deleted_with_its_image()
    {
        using var layout = new TestLayout();
        layout.PushImage("good", "good");
        var chain = new List<Descriptor> { layout.PushImage("image", "image") };
        for (var i = 0; i < Deep; i++) chain.Add(layout.WriteBlob(TestDocument.Image(null, [], chain[^1]), MediaTypes.ImageManifest));
        layout.AddEntries([.. chain.Skip(1).Select(d => (JsonNode)TestLayout.Entry(d))]);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Empty(layout.Store.PlanGarbage().Items);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 300 << 20); // 16 bytes for each pair of links would be 800 MB
        Assert.Equal([chain[^1].Digest], layout.Store.GetReferrers(chain[^2].Digest).Select(d => d.Digest));
        Assert.Equal(Deep + 3, layout.Store.PlanDeletion("image").Items.Count);

        layout.Store.Untag("image");
        Assert.Equal(Deep + 3, layout.Store.PlanGarbage().Items.Count);
    }

    [Fact]
    public void Graph_with_2_to_the_30_paths_is_walked_once_per_node()
    {
        using var layout = new TestLayout();
        var good = layout.PushImage("good", "good");
        var level = layout.WriteBlob(TestDocument.Image(null, []), MediaTypes.ImageManifest);
        for (var i = 0; i < 30; i++)
        {
            var annotated = new Descriptor(level.MediaType, level.Digest, level.Size) { Annotations = new Dictionary<string, string> { ["level"] = $"{i}" } };
            level = layout.WriteBlob(TestDocument.Index([level, annotated]), MediaTypes.ImageIndex);
        }

        layout.AddEntries(TestLayout.Entry(level, "wide"));

        Assert.Equal(31, layout.Store.Walk(level).Count());
        Assert.Empty(layout.Store.PlanGarbage().Items);
        Assert.Equal(31, layout.Store.PlanDeletion("wide").Items.Count);
        Assert.Equal(31, layout.Delete("wide").Count);
        layout.AssertOnly(good);
    }

    [Fact]
    public void Index_that_names_one_image_ten_thousand_times_is_walked_once()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image");
        var many = layout.PushIndex("many", [.. Enumerable.Repeat(image, Deep)]);

        Assert.Equal(4, layout.Store.Walk(many).Count());
        Assert.Equal([many.Digest], layout.Store.GetPredecessors(image.Digest).Select(d => d.Digest));
        Assert.Equal(4, layout.Delete("many").Count);
    }
}
