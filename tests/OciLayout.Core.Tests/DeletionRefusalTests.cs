using System;
using System.Linq;
using System.Text.Json.Nodes;
using Xunit;

namespace OciLayout.Tests;

/// <summary>Tests that a deletion is refused when remaining content needs the deleted content, and tests forced deletions.</summary>
public class DeletionRefusalTests
{
    [Fact]
    public void Content_that_an_image_points_at_is_refused_with_the_names_of_what_holds_it()
    {
        using var layout = new TestLayout();
        var shared = layout.PushBlob("shared", TestLayout.LayerType);
        var image = layout.PushImage("image", "image", shared: shared);

        var error = layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete(shared.Digest.ToString()));

        Assert.Equal([image.Digest.ToString()], error.Related);
        Assert.Contains("image", error.Message, StringComparison.Ordinal);
        Assert.Equal(shared.Digest.ToString(), error.Subject);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Name_that_only_containerd_gave_is_not_lost_unasked(bool ofReferrer)
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var named = ofReferrer ? layout.PushImage("referrer", null, image) : image;
        var entry = TestLayout.Entry(named);
        entry["annotations"] = new JsonObject { [AnnotationKeys.ContainerdImageName] = "docker.io/library/x:1" };
        layout.AddEntries(entry);

        var error = layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete("image"));

        Assert.Contains("docker.io/library/x:1", error.Related);
        Assert.Contains("docker.io/library/x:1", error.Message, StringComparison.Ordinal);
        Assert.Contains(layout.Delete("image", force: true), r => r.Digest == image.Digest);
        Assert.Empty(layout.Listed);
    }

    [Theory]
    [InlineData(MediaTypes.ImageManifest)]
    [InlineData(MediaTypes.ImageIndex)]
    [InlineData(MediaTypes.ArtifactManifest)]
    public void Config_manifests_and_blobs_hold_too_even_of_an_untagged_manifest(string holder)
    {
        using var layout = new TestLayout();
        var held = layout.PushImage("held", "held");
        var document = holder switch
        {
            MediaTypes.ImageManifest => TestDocument.Image(held, []),
            MediaTypes.ImageIndex => TestDocument.Index([held]),
            _ => TestDocument.Artifact([held]),
        };
        var by = layout.PushManifest(document, null, holder);

        var error = layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete("held"));

        Assert.Contains(by.Digest.ToString(), error.Related);
    }

    [Fact]
    public void Manifest_that_is_not_listed_but_reachable_holds_too()
    {
        using var layout = new TestLayout();
        var shared = layout.PushBlob("shared", TestLayout.LayerType);
        var inner = layout.WriteBlob(TestDocument.Image(null, [shared]), MediaTypes.ImageManifest);
        layout.PushIndex("multi", inner);

        var error = layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete(shared.Digest.ToString()));

        Assert.Equal([inner.Digest.ToString()], error.Related);
    }

    [Fact]
    public void Referrer_that_an_index_lists_is_held_by_it_so_its_subject_is_refused()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var signature = layout.PushImage("signature", null, image);
        var bundle = layout.PushIndex("bundle", signature);

        var error = layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete("image"));

        Assert.Equal([bundle.Digest.ToString()], error.Related);
    }

    [Fact]
    public void Another_tag_of_the_same_content_is_not_lost_unasked()
    {
        using var layout = new TestLayout();
        layout.Store.Tag(layout.PushImage("image", "v1"), "latest");

        var error = layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete("v1"));

        Assert.Equal(["latest"], error.Related);
    }

    [Fact]
    public void Tag_of_a_referrer_is_not_lost_unasked()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        layout.PushImage("signature", "signed", image);

        Assert.Equal(["signed"], layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete("image")).Related);
        Assert.Equal(["signed"], layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete(image.Digest.ToString())).Related);
    }

    [Fact]
    public void Refusal_without_cascade_is_the_same()
    {
        using var layout = new TestLayout();
        layout.Store.Tag(layout.PushImage("image", "v1"), "latest");
        var shared = layout.Store.Walk(layout.Store.Resolve("v1")).Last().Descriptor;

        layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete("v1", cascade: false));
        layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete(shared.Digest.ToString(), cascade: false));
    }

    [Fact]
    public void Index_entries_subjects_and_fallback_lists_hold_nothing()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image");
        layout.PushImage("signature", null, image);
        var elsewhere = layout.PushImage("elsewhere", "elsewhere");
        var list = layout.WriteFallback(elsewhere.Digest, image);

        layout.Delete(image.Digest.ToString());

        layout.AssertGone(image);
        layout.AssertStored(elsewhere);
        layout.AssertGone(list); // the deleted image was its only member
    }

    [Fact]
    public void Forced_it_takes_all_tags_and_what_others_point_at()
    {
        using var layout = new TestLayout();
        var shared = layout.PushBlob("shared", TestLayout.LayerType);
        var image = layout.PushImage("image", "v1", shared: shared);
        layout.Store.Tag(image, "latest");
        layout.PushImage("signature", "signed", image);
        var staying = layout.PushImage("staying", "staying", shared: shared);

        layout.Delete("v1", force: true);

        Assert.Equal(["staying"], layout.Tags);
        layout.AssertOnly(staying);
        layout.Delete(shared.Digest.ToString(), force: true);
        layout.AssertGone(shared);
        layout.AssertStored(staying);
    }

    [Fact]
    public void Cascade_is_refused_while_a_listed_manifest_cannot_be_read_since_it_may_share_content()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        var broken = layout.PushImage("broken", "broken");
        layout.WriteFile(broken.Digest, "rotten"u8.ToArray());
        layout.Reopen();

        var error = layout.AssertRefused(OciErrorKind.IncompleteGraph, () => layout.Delete("image"));

        Assert.Contains(broken.Digest.ToString(), error.Message, StringComparison.Ordinal);
        Assert.Single(error.Related);
    }

    [Theory]
    [InlineData(false, false, 1)]
    [InlineData(true, true, 3)]
    public void Single_node_and_force_work_beside_a_manifest_that_cannot_be_read(bool force, bool cascade, int gone)
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        var broken = layout.PushImage("broken", "broken");
        layout.WriteFile(broken.Digest, "rotten"u8.ToArray());
        layout.Reopen();

        Assert.Equal(gone, layout.Delete("image", force, cascade).Count);
        Assert.Equal(["broken"], layout.Tags);
    }

    [Fact]
    public void Manifest_over_the_limit_stops_a_cascade_like_a_corrupt_one()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        layout.PushImage("large", "large", shared: [.. Enumerable.Range(0, 20).Select(i => layout.PushBlob($"layer {i}"))]);
        var strict = layout.OtherProcess(layout.Store.Options with { ManifestSizeLimit = 1000 });

        layout.AssertRefused(OciErrorKind.IncompleteGraph, () => strict.PlanDeletion("image"));
    }

    [Fact]
    public void Tag_that_somebody_gave_after_the_plan_was_shown_is_not_lost()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var plan = layout.Store.PlanDeletion("image");
        layout.OtherProcess().Tag(image, "meanwhile");

        layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Store.Delete(plan));

        Assert.Equal(["image", "meanwhile"], layout.Tags);
        layout.AssertWalks("meanwhile");
    }

    [Fact]
    public void Image_that_somebody_made_of_the_same_layers_after_the_plan_was_shown_stays_whole()
    {
        using var layout = new TestLayout();
        var shared = layout.PushBlob("shared", TestLayout.LayerType);
        layout.PushImage("image", "image", shared: shared);
        var plan = layout.Store.PlanDeletion("image");
        Assert.Contains(plan.Items, i => i.Digest == shared.Digest);
        layout.PushImage("newer", "newer", shared: shared);

        layout.Store.Delete(plan);

        Assert.Equal(["newer"], layout.Tags);
        layout.AssertWalks("newer");
    }

    [Fact]
    public void Layer_that_another_process_is_about_to_use_stays()
    {
        using var layout = new TestLayout();
        var shared = layout.PushBlob("shared", TestLayout.LayerType);
        layout.PushImage("image", "image", shared: shared);
        var other = layout.OtherProcess();
        Assert.True(other.Push(PushRequest.For(shared), System.IO.Stream.Null).AlreadyExisted);

        var removed = layout.Delete("image");

        layout.AssertOnly(shared);
        Assert.DoesNotContain(removed, r => r.Digest == shared.Digest);
    }

    [Fact]
    public void Layer_of_an_image_that_a_foreign_tool_lists_while_files_are_going_stays()
    {
        using var layout = new TestLayout();
        var layers = Enumerable.Range(0, 300).Select(i => layout.PushBlob($"layer {i}", TestLayout.LayerType)).ToArray(); // more than one batch
        layout.PushManifest(TestDocument.Image(null, layers), "image");
        Descriptor? saved = null;

        var store = layout.Store.WithOptions(new OciStoreOptions { SweepBatch = 256 });
        store.Delete(store.PlanDeletion("image"), _ =>
        {
            if (saved is not null) return;
            saved = layers.First(l => layout.Store.Exists(l.Digest));
            layout.WriteIndex((layout.WriteBlob(TestDocument.Image(null, [saved]), MediaTypes.ImageManifest), "foreign"));
        });

        layout.AssertWalks("foreign");
        Assert.Equal(2, layout.Files.Count);
    }
}
