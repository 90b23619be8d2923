using System;
using System.Linq;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using OciLayout.Testing;
using OciLayout.Tests.Sessions;
using Xunit;

namespace OciLayout.Tests.Graph;

/// <summary>Tests the handling of referrer lists that clients keep under the fallback tag, which is made of the subject's digest.</summary>
public class FallbackListTests
{
    [Fact]
    public void Deletion_of_a_subject_deletes_its_fallback_list_and_the_listed_referrers()
    {
        using var layout = new TestLayout();
        var staying = layout.PushImage("staying", "staying");
        var image = layout.PushImage("image", "image");
        var referrer = layout.WriteBlob(TestDocument.Image(null, [layout.PushBlob("sbom")], image), MediaTypes.ImageManifest);
        var list = layout.WriteFallback(image.Digest, referrer);

        var removed = layout.Delete("image");

        layout.AssertOnly(staying);
        Assert.Equal(["staying"], layout.Tags);
        Assert.Equal(RemovalReason.FallbackIndex, removed.Single(r => r.Digest == list.Digest).Reason);
        Assert.Equal(RemovalReason.Referrer, removed.Single(r => r.Digest == referrer.Digest).Reason);
    }

    [Fact]
    public async Task Deleted_referrer_is_removed_from_its_list_and_the_other_members_are_unchanged()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var going = layout.WriteBlob(TestDocument.Image(null, [], image, "application/x-going"), MediaTypes.ImageManifest);
        var staying = layout.WriteBlob(TestDocument.Image(null, [], image, "application/x-staying"), MediaTypes.ImageManifest);
        var text = Encoding.UTF8.GetString(TestDocument.Index([going, staying])).Replace("\"manifests\"", "\"x-mine\": [1, 2],\n \"manifests\"", StringComparison.Ordinal);
        var list = layout.WriteBlob(Encoding.UTF8.GetBytes(text), MediaTypes.ImageIndex);
        layout.AddEntries(TestLayout.Entry(list, TestLayout.FallbackTag(image.Digest)));

        layout.Delete(going.Digest.ToString());

        layout.AssertGone(going, list);
        var left = layout.Store.Resolve(TestLayout.FallbackTag(image.Digest));
        var bytes = layout.Store.ReadAll(left, 1 << 20);
        Assert.Equal(text.Replace(TestDocument.Node(going).ToJsonString() + ",", "", StringComparison.Ordinal), Encoding.UTF8.GetString(bytes));
        await SpecificationSchema.AssertValidAsync(SpecificationSchema.Index, bytes);
        await SpecificationSchema.AssertFileValidAsync(SpecificationSchema.Index, layout.IndexPath);
        Assert.Equal([staying.Digest], layout.Store.GetReferrers(image.Digest).Select(d => d.Digest));
        layout.AssertWalks("image");
    }

    [Fact]
    public void Young_list_is_a_root_even_without_its_subject()
    {
        using var layout = new TestLayout();
        layout.PushImage("staying", "staying");
        var subject = TestDocument.Describe(TestDocument.Image(null, []), MediaTypes.ImageManifest);
        var referrer = layout.WriteBlob(TestDocument.Image(null, [layout.PushBlob("sbom")], subject), MediaTypes.ImageManifest);
        var list = layout.WriteFallback(subject.Digest, referrer);
        layout.Age(referrer);
        var options = new GarbageOptions { MinimumAge = TimeSpan.FromHours(1) };

        Assert.Empty(layout.Collect(options));
        Assert.Equal(list.Digest, layout.Store.Resolve(TestLayout.FallbackTag(subject.Digest)).Digest);

        layout.Age(list);
        Assert.Equal([list.Digest, referrer.Digest], layout.Collect(options).Select(r => r.Digest).Take(2));
        Assert.Equal(["staying"], layout.Tags);
    }

    [Fact]
    public void List_is_deleted_with_its_last_referrer()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var only = layout.WriteBlob(TestDocument.Image(null, [], image), MediaTypes.ImageManifest);
        layout.WriteFallback(image.Digest, only);

        layout.Delete(only.Digest.ToString());

        layout.AssertOnly(image);
        Assert.Equal(["image"], layout.Tags);
    }

    [Fact]
    public void Referrer_deleted_without_cascade_is_removed_from_its_list()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var going = layout.WriteBlob(TestDocument.Image(null, [], image, "application/x-going"), MediaTypes.ImageManifest);
        var staying = layout.WriteBlob(TestDocument.Image(null, [], image, "application/x-staying"), MediaTypes.ImageManifest);
        layout.WriteFallback(image.Digest, going, staying);

        var removed = layout.Delete(going.Digest.ToString(), cascade: false);

        layout.AssertGone(going);
        Assert.Contains(removed, r => r.Digest == going.Digest);
        Assert.Equal([staying.Digest], layout.Store.GetManifest(layout.Store.Resolve(TestLayout.FallbackTag(image.Digest))).Manifests.Select(m => m.Digest));
    }

    [Fact]
    public void Deletion_of_a_list_keeps_referrers_of_other_subjects()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var other = layout.PushImage("other", "other");
        var foreign = layout.WriteBlob(TestDocument.Image(null, [], other), MediaTypes.ImageManifest);
        var unattached = layout.PushImage("unattached");
        layout.WriteFallback(image.Digest, foreign, unattached);

        layout.Delete("image");

        layout.AssertStored(other, foreign, unattached);
        layout.AssertGone(image);
    }

    [Fact]
    public void Collection_keeps_a_list_and_its_members_while_the_subject_is_kept()
    {
        using var layout = new TestLayout();
        var staying = layout.PushImage("staying", "staying");
        var image = layout.PushImage("image", "image");
        var referrer = layout.WriteBlob(TestDocument.Image(null, [layout.PushBlob("sbom")], image), MediaTypes.ImageManifest);
        var list = layout.WriteFallback(image.Digest, referrer);

        Assert.Empty(layout.Collect());
        layout.AssertStored(list, referrer);

        layout.Store.Untag("image");
        layout.Collect();

        layout.AssertOnly(staying);
        Assert.Equal(["staying"], layout.Tags);
    }

    [Fact]
    public void Collection_keeps_the_list_of_a_referrer_in_another_kept_list()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var sbom = layout.WriteBlob(TestDocument.Image(null, [], image), MediaTypes.ImageManifest);
        var signature = layout.WriteBlob(TestDocument.Image(null, [], sbom), MediaTypes.ImageManifest);
        var second = layout.WriteFallback(sbom.Digest, signature);
        var first = layout.WriteFallback(image.Digest, sbom);

        Assert.Empty(layout.Collect());
        layout.AssertOnly(image, first, second);
    }

    [Fact]
    public void Image_with_a_fallback_tag_is_not_a_list()
    {
        using var layout = new TestLayout();
        var tag = TestLayout.FallbackTag(Digest.Compute("not stored"u8));
        var image = layout.PushImage("image", tag);

        Assert.Empty(layout.Collect());
        layout.AssertOnly(image);
        Assert.Equal([tag], layout.Tags);
    }

    [Fact]
    public void Store_whose_only_tags_are_fallback_tags_is_not_emptied()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image");
        var referrer = layout.WriteBlob(TestDocument.Image(null, [], image), MediaTypes.ImageManifest);
        layout.WriteFallback(image.Digest, referrer);

        layout.AssertRefused(OciErrorKind.IncompleteGraph, () => layout.Collect());
    }

    [Fact]
    public void Index_with_an_ordinary_tag_keeps_its_members_despite_a_fallback_tag()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image");
        layout.PushIndex("product-v1", image);
        var index = layout.PushManifest(TestDocument.Index([image], artifactType: "application/x-second"), "keep", MediaTypes.ImageIndex);
        layout.Store.Tag(index, TestLayout.FallbackTag(Digest.Compute("not stored"u8)));

        layout.Delete("product-v1");

        layout.AssertWalks("keep");
        layout.AssertStored(image);
    }

    [Theory]
    [InlineData(AnnotationKeys.RefName, "mylist")]
    [InlineData(AnnotationKeys.RefName, "sha256-0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData(AnnotationKeys.ContainerdImageName, "docker.io/library/mylist:1")]
    public void List_with_a_second_tag_is_kept_with_its_members_when_the_subject_is_deleted(string key, string name)
    {
        using var layout = new TestLayout();
        layout.PushImage("staying", "staying");
        var image = layout.PushImage("image", "image");
        var referrer = layout.PushImage("signature", null, image);
        var list = layout.WriteFallback(image.Digest, referrer);
        var entry = TestLayout.Entry(list);
        entry["annotations"] = new JsonObject { [key] = name };
        layout.AddEntries(entry);

        layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete(referrer.Digest.ToString()));
        layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete("image"));
        layout.Store.Untag("image");
        Assert.Empty(layout.Collect());
        layout.AssertStored(image, referrer, list);
    }

    [Fact]
    public void List_listed_under_another_type_is_ordinary_content()
    {
        using var layout = new TestLayout();
        layout.PushImage("staying", "staying");
        var member = layout.PushImage("member");
        var list = layout.WriteFallback(Digest.Compute("not stored"u8), member);
        layout.AddEntries(TestLayout.Entry(new Descriptor("application/x-other", list.Digest, list.Size)));

        Assert.Empty(layout.Store.PlanGarbage().Items);
        Assert.Empty(layout.Collect());
        layout.AssertStored(list, member);
        Assert.Contains(member.Digest, layout.Listed);
    }

    [Fact]
    public void List_referenced_by_another_index_protects_its_members()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var referrer = layout.PushImage("signature", null, image);
        var list = layout.WriteFallback(image.Digest, referrer);
        layout.PushIndex("bundle", list);

        layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete(referrer.Digest.ToString()));
        layout.Delete(referrer.Digest.ToString(), force: true);

        layout.AssertGone(referrer);
        layout.AssertStored(list);
        Assert.Equal(["bundle", "image"], layout.Tags);
    }

    [Fact]
    public void Index_tagged_with_its_own_digest_is_ordinary_content()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image");
        var index = layout.PushIndex(null, image);
        layout.Store.Tag(index, TestLayout.FallbackTag(index.Digest));

        Assert.Empty(layout.Collect());
        layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete(image.Digest.ToString()));
    }

    [Fact]
    public void Docker_list_under_a_fallback_tag_is_ordinary_content()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image");
        layout.PushManifest(TestDocument.Index([image], mediaType: MediaTypes.DockerManifestList), TestLayout.FallbackTag(Digest.Compute("not stored"u8)), MediaTypes.DockerManifestList);

        Assert.Empty(layout.Collect());
        layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete(image.Digest.ToString()));
    }

    [Fact]
    public void Deletion_completes_its_plan_if_the_list_names_a_referrer_of_deleted_content()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var signature = layout.PushImage("signature", null, image);
        var second = layout.PushImage("signature of the signature", null, signature);
        var other = layout.PushImage("other", null, image);
        layout.WriteFallback(image.Digest, signature, second, other);

        var plan = layout.Store.PlanDeletion(signature.Digest.ToString());
        var removed = layout.Store.Delete(plan);

        Assert.Equal(plan.Items.Select(i => i.Digest).Order(), removed.Select(r => r.Digest).Order());
        layout.AssertGone(signature, second);
        Assert.Equal([other.Digest], layout.Store.GetManifest(layout.Store.Resolve(TestLayout.FallbackTag(image.Digest))).Manifests.Select(m => m.Digest));
    }

    [Fact]
    public void Forced_deletion_completes_its_plan_if_another_referrer_contains_deleted_content()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var signature = layout.PushImage("signature", null, image);
        var bundle = layout.PushManifest(TestDocument.Index([signature], subject: image), null, MediaTypes.ImageIndex);
        layout.WriteFallback(image.Digest, signature, bundle);

        layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete(signature.Digest.ToString()));
        var plan = layout.Store.PlanDeletion(signature.Digest.ToString(), new DeletionOptions { Force = true });
        var removed = layout.Store.Delete(plan);

        Assert.Equal(plan.Items.Select(i => i.Digest).Order(), removed.Select(r => r.Digest).Order());
        layout.AssertGone(signature);
        Assert.DoesNotContain(layout.Store.Resolve(TestLayout.FallbackTag(image.Digest)).Digest, ClaimedContent.In(layout.IngestPath));
    }

    [Fact]
    public void Only_the_list_to_which_the_tag_resolves_is_rewritten()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var (going, staying) = (layout.PushImage("going", null, image), layout.PushImage("staying", null, image));
        layout.WriteFallback(image.Digest, going);
        var current = layout.WriteFallback(image.Digest, staying);

        layout.Delete(going.Digest.ToString());

        layout.AssertGone(going);
        Assert.Equal(current.Digest, layout.Store.Resolve(TestLayout.FallbackTag(image.Digest)).Digest);
    }

    [Fact]
    public void Deleted_foreign_member_is_removed_from_the_list_with_its_unshared_content()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var stranger = layout.PushImage("stranger");
        var list = layout.WriteFallback(image.Digest, stranger);

        Assert.Equal(4, layout.Delete(stranger.Digest.ToString()).Count); // the manifest, its config, its layer, and the list that became empty

        layout.AssertOnly(image);
        layout.AssertGone(list);
    }
}
