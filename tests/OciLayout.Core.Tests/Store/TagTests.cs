using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace OciLayout.Tests.Store;

/// <summary>Tests Tag, Untag and the listing of tags (section 2).</summary>
public class TagTests
{
    [Fact]
    public void Digest_used_as_a_tag_resolves_to_the_content_of_the_digest()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var (image, other) = (store.PushImage("image"), store.PushImage("other"));
        System.IO.File.WriteAllText(sandbox.IndexPath, Sample.Index(Sample.Entry(image, "v1"), Sample.Entry(other, image.Digest.ToString())));

        Assert.Equal(image.Digest, sandbox.Isolated().Tag(image, image.Digest.ToString()).Digest);
    }

    [Fact]
    public async Task Each_tag_is_an_entry_with_the_full_descriptor()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var image = store.PushImage("a");

        store.Tag(image, "v1");
        store.Tag(image, "latest");

        Assert.Equal(["v1=" + image.Digest, "latest=" + image.Digest], sandbox.Isolated().EntryNames());
        Assert.Equal(2, store.TagCount);
        await sandbox.AssertSoundAsync();
    }

    [Fact]
    public void Moving_a_tag_keeps_the_old_entry_without_its_name()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var first = store.PushImage("first");
        store.Tag(
            new Descriptor(first.MediaType, first.Digest, first.Size) { Annotations = new Dictionary<string, string> { ["kept"] = "yes" } },
            "v1");
        var other = store.PushImage("other");
        store.Tag(other, "other");
        var blob = store.PushBlob("not listed yet");

        store.Tag(blob, "v1");

        Assert.Equal(["=" + first.Digest, "other=" + other.Digest, "v1=" + blob.Digest], sandbox.Isolated().EntryNames());
        Assert.Equal("yes", sandbox.Isolated().GetEntries()[0].Descriptor!.Annotations["kept"]);
        Assert.Equal(blob.Digest, store.Resolve("v1").Digest);
    }

    [Fact]
    public void Setting_a_tag_again_changes_nothing()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var image = store.PushImage("a");
        store.Tag(image, "v1");
        var before = sandbox.IndexText;

        store.Tag(image, "v1");
        store.Tag(store.Resolve("v1"), "v1");

        Assert.Equal(before, sandbox.IndexText);
    }

    [Fact]
    public void Tagging_content_with_its_own_digest_changes_nothing()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var image = store.PushImage("a");
        var before = sandbox.IndexText;

        Assert.Equal(image.Digest, store.Tag(image, image.Digest.ToString()).Digest);
        Assert.Equal(before, sandbox.IndexText);

        var missing = Sample.Describe("a/b", "not stored"u8.ToArray());
        Sandbox.Refused(OciErrorKind.NotFound, () => store.Tag(missing, missing.Digest.ToString()), missing.Digest.ToString());
    }

    [Fact]
    public void Missing_content_cannot_be_tagged()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var before = sandbox.Snapshot();
        var missing = Sample.Describe(MediaTypes.ImageManifest, "not stored"u8.ToArray());

        Sandbox.Refused(OciErrorKind.NotFound, () => store.Tag(missing, "v1"), missing.Digest.ToString());

        Assert.Equal(before, sandbox.Snapshot());
        Assert.Empty(store.GetTags());
    }

    [Fact]
    public void Descriptor_whose_size_or_type_contradicts_the_content_is_refused()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var image = store.PushImage("a");
        var blob = store.PushBlob("text");
        var before = sandbox.IndexText;

        Sandbox.Refused(
            OciErrorKind.SizeMismatch,
            () => store.Tag(new Descriptor(image.MediaType, image.Digest, image.Size + 1), "v1"),
            image.Digest.ToString());
        Sandbox.Refused(
            OciErrorKind.InvalidManifest,
            () => store.Tag(new Descriptor(MediaTypes.ImageIndex, image.Digest, image.Size), "v1"),
            image.Digest.ToString());
        Sandbox.Refused(
            OciErrorKind.InvalidManifest,
            () => store.Tag(new Descriptor(MediaTypes.ImageManifest, blob.Digest, blob.Size), "v1"),
            blob.Digest.ToString());

        Assert.Equal(before, sandbox.IndexText);
    }

    [Fact]
    public void Tag_of_a_manifest_walks_even_if_the_digest_was_listed_with_another_type()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var config = store.PushBlob("{}", MediaTypes.Empty);
        var bytes = Sample.Manifest("a", config, store.PushBlob("layer"));
        var blob = store.Push(new PushRequest { MediaType = "application/json" }, new MemoryStream(bytes)).Descriptor;
        store.Tag(blob, "as-blob");
        store.Untag("as-blob");

        store.Tag(new Descriptor(MediaTypes.ImageManifest, blob.Digest, blob.Size), "v1");

        Assert.Equal(MediaTypes.ImageManifest, store.Resolve("v1").MediaType);
        store.Collect();
        Assert.DoesNotContain(store.Walk(store.Resolve("v1")), v => v.IsMissing);
        Assert.Equal(3, store.Walk(store.Resolve("v1")).Count());
    }

    [Fact]
    public void Untagging_keeps_the_content_and_an_entry()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var image = store.PushImage("a");
        store.Tag(image, "v1");
        store.Tag(image, "v2");

        Assert.Equal(image.Digest, store.Untag("v1")!.Digest);
        Assert.Equal(["v2=" + image.Digest], sandbox.Isolated().EntryNames());
        store.Untag("v2");
        Assert.Equal(["=" + image.Digest], sandbox.Isolated().EntryNames());
        Assert.True(store.Exists(image.Digest));
        Sandbox.Refused(OciErrorKind.NotFound, () => store.Untag("v1"), "v1");
    }

    [Fact]
    public void Digest_written_as_a_tag_by_another_tool_cannot_be_untagged()
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        var image = sandbox.PutImage("a");
        sandbox.IndexText = Sample.Index(Sample.Entry(image, image.Digest.ToString()));
        var store = sandbox.Open();
        var before = sandbox.IndexText;

        Sandbox.Refused(OciErrorKind.InvalidReference, () => store.Untag(image.Digest.ToString()), image.Digest.ToString());

        Assert.Equal(before, sandbox.IndexText);
        Assert.Empty(store.GetTags()); // the content's own digest is not a tag
        Assert.Equal(0, store.TagCount);
    }

    [Fact]
    public void Tags_are_listed_in_ordinal_order_after_a_given_text()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var image = store.PushImage("a");
        foreach (var tag in new[] { "b", "a", "B", "a.1", "Z", "_", "a-1", "10", "9" }) store.Tag(image, tag);

        Assert.Equal(["10", "9", "B", "Z", "_", "a", "a-1", "a.1", "b"], store.TagNames());
        Assert.Equal(["a-1", "a.1", "b"], store.TagNames("a"));
        Assert.Equal(["a-1", "a.1", "b"], store.TagNames("a-"));
        Assert.Equal(store.TagNames(), store.TagNames(""));
        Assert.Empty(store.TagNames("b"));
        Assert.Empty(store.TagNames("\uFFFF"));
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("_")]
    [InlineData("a.b_c-d")]
    [InlineData("a..b__c")]
    [InlineData("docker.io/library/busybox:1.36@sha")]
    [InlineData("1.0+build.5")]
    [InlineData("a--b")]
    [InlineData("app:v1")]
    public void Names_of_registries_and_of_the_specification_can_be_tags(string tag)
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var image = store.PushImage("a");

        store.Tag(image, tag);

        Assert.Equal([tag], sandbox.Isolated().TagNames());
        Assert.Equal(image.Digest, sandbox.Isolated().Resolve(tag).Digest);
        store.Untag(tag);
    }
}
