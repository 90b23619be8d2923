using System;
using System.Linq;
using System.Text.Json.Nodes;
using Xunit;

namespace OciLayout.Tests.Planning;

/// <summary>Tests that a deletion is refused when remaining content needs the deleted content, and tests forced deletions.</summary>
public class DeletionRefusalTests
{
    [Fact]
    public void Deletion_of_referenced_content_is_refused_and_names_the_referencing_manifests()
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
    public void Containerd_image_name_is_not_deleted_without_request(bool ofReferrer)
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
    public void Config_and_layers_of_an_untagged_manifest_are_not_deleted(string holder)
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
    public void Unlisted_reachable_manifest_protects_its_content()
    {
        using var layout = new TestLayout();
        var shared = layout.PushBlob("shared", TestLayout.LayerType);
        var inner = layout.WriteBlob(TestDocument.Image(null, [shared]), MediaTypes.ImageManifest);
        layout.PushIndex("multi", inner);

        var error = layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete(shared.Digest.ToString()));

        Assert.Equal([inner.Digest.ToString()], error.Related);
    }

    [Fact]
    public void Deletion_of_a_subject_is_refused_if_an_index_contains_its_referrer()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var signature = layout.PushImage("signature", null, image);
        var bundle = layout.PushIndex("bundle", signature);

        var error = layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete("image"));

        Assert.Equal([bundle.Digest.ToString()], error.Related);
    }

    [Fact]
    public void Deletion_by_tag_is_refused_if_the_content_has_another_tag()
    {
        using var layout = new TestLayout();
        layout.Store.Tag(layout.PushImage("image", "v1"), "latest");

        var error = layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete("v1"));

        Assert.Equal(["latest"], error.Related);
    }

    [Fact]
    public void Deletion_is_refused_if_a_referrer_is_tagged()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        layout.PushImage("signature", "signed", image);

        Assert.Equal(["signed"], layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete("image")).Related);
        Assert.Equal(["signed"], layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete(image.Digest.ToString())).Related);
    }

    [Fact]
    public void Deletion_without_cascade_has_the_same_refusals()
    {
        using var layout = new TestLayout();
        layout.Store.Tag(layout.PushImage("image", "v1"), "latest");
        var shared = layout.Store.Walk(layout.Store.Resolve("v1")).Last().Descriptor;

        layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete("v1", cascade: false));
        layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete(shared.Digest.ToString(), cascade: false));
    }

    [Fact]
    public void Index_entries_subjects_and_fallback_lists_do_not_prevent_a_deletion()
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
    public void Forced_deletion_deletes_all_tags_and_referenced_content()
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
    public void Cascade_is_refused_if_a_listed_manifest_is_unreadable()
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
    public void Deletion_without_cascade_or_with_force_ignores_an_unreadable_manifest(bool force, bool cascade, int gone)
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
    public void Cascade_is_refused_if_a_manifest_exceeds_the_size_limit()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        layout.PushImage("large", "large", shared: [.. Enumerable.Range(0, 20).Select(i => layout.PushBlob($"layer {i}"))]);
        var strict = layout.OtherProcess(layout.Store.Options with { ManifestSizeLimit = 1000 });

        layout.AssertRefused(OciErrorKind.IncompleteGraph, () => strict.PlanDeletion("image"));
    }

    [Fact]
    public void Tag_set_after_the_plan_prevents_the_deletion()
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
    public void Image_pushed_after_the_plan_keeps_its_shared_layers()
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
    public void Layer_claimed_by_another_process_is_not_deleted()
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
    public void Layer_of_an_image_that_another_tool_lists_during_the_deletion_is_kept()
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
