using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Xunit;

namespace OciLayout.Tests.Planning;

/// <summary>Tests which content a cascading deletion deletes and which content it keeps (store-behaviour, "Delete").</summary>
public class DeletionTests
{
    [Fact]
    public void Deletion_of_an_image_deletes_unshared_content_and_keeps_shared_content()
    {
        using var layout = new TestLayout();
        var shared = layout.PushBlob("shared", TestLayout.LayerType);
        var going = layout.PushImage("going", "going", shared: shared);
        var staying = layout.PushImage("staying", "staying", shared: shared);

        var removed = layout.Delete("going");

        layout.AssertOnly(staying);
        Assert.Equal(["staying"], layout.Tags);
        Assert.DoesNotContain(going.Digest, layout.Listed);
        Assert.Equal([RemovalReason.Target, RemovalReason.Dangling, RemovalReason.Dangling], removed.Select(r => r.Reason));
        Assert.Equal(going.Digest, removed[0].Digest);
    }

    [Fact]
    public void Deletion_deletes_referrers_of_all_levels_with_their_unshared_content()
    {
        using var layout = new TestLayout();
        var staying = layout.PushImage("staying", "staying");
        var image = layout.PushImage("image", "image");
        var sbom = layout.PushImage("sbom", null, image);
        var signature = layout.PushImage("signature", null, sbom);

        var removed = layout.Delete("image");

        layout.AssertOnly(staying);
        Assert.Equal([staying.Digest], layout.Listed);
        Assert.Equal([RemovalReason.Referrer, RemovalReason.Referrer], removed.Where(r => r.Digest == sbom.Digest || r.Digest == signature.Digest).Select(r => r.Reason));
    }

    [Fact]
    public void Deletion_of_an_index_deletes_untagged_members_and_keeps_tagged_ones()
    {
        using var layout = new TestLayout();
        var amd64 = layout.PushImage("amd64");
        var arm64 = layout.PushImage("arm64", "arm64");
        var nested = layout.PushIndex(null, amd64);
        layout.PushIndex("multi", nested, arm64);

        layout.Delete("multi");

        layout.AssertOnly(arm64);
        Assert.Equal([arm64.Digest], layout.Listed);
    }

    [Fact]
    public void Shared_layer_is_deleted_with_the_last_manifest_that_references_it()
    {
        using var layout = new TestLayout();
        var staying = layout.PushImage("staying", "staying");
        var shared = layout.PushBlob("shared", TestLayout.LayerType);
        var deep = layout.PushIndex(null, layout.PushIndex(null, layout.PushImage("deep", shared: shared)));
        layout.PushIndex("multi", layout.PushImage("shallow", shared: shared), deep);

        layout.Delete("multi");

        layout.AssertOnly(staying);
    }

    [Fact]
    public void Entry_with_only_a_containerd_name_keeps_its_image()
    {
        using var layout = new TestLayout();
        var platform = layout.PushImage("platform");
        var multi = layout.PushIndex("multi", platform);
        var entry = TestLayout.Entry(platform);
        entry["annotations"] = new JsonObject { [AnnotationKeys.ContainerdImageName] = "docker.io/library/x:1" };
        layout.WriteIndex(new JsonArray(TestLayout.Entry(multi, "multi"), entry));

        layout.Delete("multi");

        layout.AssertOnly(platform);
    }

    [Fact]
    public void Deletion_of_a_signature_keeps_its_image()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image");
        var signature = layout.PushImage("signature", "signature", image);

        layout.Delete("signature");

        layout.AssertGone(signature);
        layout.AssertOnly(image);
        Assert.Equal([image.Digest], layout.Listed);
    }

    [Fact]
    public void Tagged_referrer_keeps_its_subject_below_the_target()
    {
        using var layout = new TestLayout();
        var platform = layout.PushImage("platform");
        var between = layout.PushImage("between", null, platform);
        var signature = layout.PushImage("signature", "signature", between);
        var multi = layout.PushIndex("multi", platform);

        layout.Delete("multi");

        layout.AssertGone(multi);
        layout.AssertOnly(signature, between, platform);
    }

    [Fact]
    public void Untagged_referrer_below_the_target_is_deleted_with_its_subject()
    {
        using var layout = new TestLayout();
        var staying = layout.PushImage("staying", "staying");
        var platform = layout.PushImage("platform");
        layout.PushImage("signature", null, platform);
        layout.PushIndex("multi", platform);

        layout.Delete("multi");

        layout.AssertOnly(staying);
        Assert.Equal([staying.Digest], layout.Listed);
    }

    [Fact]
    public void Deletion_without_cascade_deletes_only_the_target()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var signature = layout.PushImage("signature", null, image);
        var below = layout.Store.Walk(image).Skip(1).Select(v => v.Descriptor).ToArray();

        var removed = layout.Delete("image", cascade: false);

        Assert.Equal([image.Digest], removed.Select(r => r.Digest));
        layout.AssertStored([signature, .. below]);
        Assert.Equal([signature.Digest], layout.Listed);
    }

    [Fact]
    public void Option_AutoGC_is_the_default_for_cascade()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var manual = layout.Store.WithOptions(layout.Store.Options with { AutoGC = false });

        Assert.Equal([image.Digest], manual.PlanDeletion("image").Items.Select(i => i.Digest));
        Assert.Equal(3, layout.Store.PlanDeletion("image").Items.Count);
    }

    [Fact]
    public void Unknown_content_is_not_found()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");

        layout.AssertRefused(OciErrorKind.NotFound, () => layout.Delete("nothing"));
        layout.AssertRefused(OciErrorKind.NotFound, () => layout.Delete(Digest.Compute("nothing"u8).ToString()));
    }

    [Fact]
    public void Deletion_of_listed_content_without_a_file_removes_its_entries()
    {
        using var layout = new TestLayout();
        var staying = layout.PushImage("staying", "staying");
        var lost = layout.PushImage("lost", "lost");
        File.Delete(layout.PathOf(lost.Digest));
        layout.Reopen();

        Assert.Empty(layout.Delete("lost"));

        Assert.Equal([staying.Digest], layout.Listed);
    }

    [Fact]
    public void Plain_blob_can_be_deleted_by_its_digest()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var blob = layout.PushBlob("loose");

        layout.Delete(blob.Digest.ToString());

        layout.AssertOnly(image);
    }

    [Fact]
    public void Digest_prefix_deletes_only_with_its_algorithm()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image");

        layout.AssertRefused(OciErrorKind.NotFound, () => layout.Delete(image.Digest.Encoded[..12]));
        layout.Delete(image.Digest.ToString()[..19]);

        Assert.Empty(layout.Files);
    }

    [Fact]
    public void Deletion_by_digest_deletes_all_tags_of_the_content()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "one");
        layout.Store.Tag(image, "two");

        var plan = layout.Store.PlanDeletion(image.Digest.ToString());
        Assert.Equal(["one", "two"], plan.Tags);
        layout.Store.Delete(plan);

        Assert.Empty(layout.Listed);
        Assert.Empty(layout.Files);
    }

    [Fact]
    public void Content_that_was_never_stored_is_skipped()
    {
        using var layout = new TestLayout();
        var foreign = TestDocument.Describe("foreign"u8.ToArray(), "application/vnd.oci.image.layer.nondistributable.v1.tar");
        var blake3 = new Descriptor(TestLayout.LayerType, Digest.Parse("blake3:abcdef"), 3);
        var image = layout.PushManifest(TestDocument.Image(null, [foreign, blake3]), "it");

        Assert.Equal([image.Digest], layout.Delete("it").Select(r => r.Digest));
    }
}
