using System;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests;

/// <summary>What becomes of the lists of referrers that clients keep under a tag made of the subject's digest.</summary>
public class FallbackListTests
{
    [Fact]
    public void Subject_takes_its_list_and_the_referrers_that_only_the_list_names_along()
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
    public async Task Deleted_referrer_leaves_its_list_and_the_others_stay_in_it_as_they_were()
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
        Assert.Equal([staying.Digest], layout.Store.Referrers(image.Digest).Select(d => d.Digest));
        layout.AssertWalks("image");
    }

    [Fact]
    public void Young_list_is_a_root_before_its_subject_comes()
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
    public void List_goes_with_the_last_referrer_that_it_names()
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
    public void Referrer_that_is_deleted_alone_leaves_its_list_too()
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
    public void List_takes_nothing_along_that_is_attached_to_something_else()
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
    public void Collection_keeps_a_list_with_its_members_only_as_long_as_its_subject()
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
    public void Collection_keeps_the_list_of_a_referrer_that_another_list_keeps()
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
    public void Image_whose_tag_only_looks_like_that_of_a_list_is_an_image()
    {
        using var layout = new TestLayout();
        var tag = TestLayout.FallbackTag(Digest.Compute("nobody"u8));
        var image = layout.PushImage("image", tag);

        Assert.Empty(layout.Collect());
        layout.AssertOnly(image);
        Assert.Equal([tag], layout.Tags);
    }

    [Fact]
    public void Store_with_no_name_but_those_of_lists_is_not_emptied()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image");
        var referrer = layout.WriteBlob(TestDocument.Image(null, [], image), MediaTypes.ImageManifest);
        layout.WriteFallback(image.Digest, referrer);

        layout.AssertRefused(OciErrorKind.IncompleteGraph, () => layout.Collect());
    }

    [Fact]
    public void Stranger_in_a_list_takes_what_only_it_needs_along()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var stranger = layout.PushImage("stranger");
        var list = layout.WriteFallback(image.Digest, stranger);

        Assert.Equal(3, layout.Delete(stranger.Digest.ToString()).Count); // it, its config and its layer

        layout.AssertWalks("image");
        layout.AssertStored(list);
    }
}
