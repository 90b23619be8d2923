using System;
using System.Linq;
using System.Text.Json.Nodes;
using Xunit;

namespace OciLayout.Tests.Transfer;

/// <summary>Tests copies with referrers: the referrers of all copied manifests are copied, however the source lists them.</summary>
public class CopyReferrerTests
{
    private static readonly CopyOptions WithReferrers = new() { IncludeReferrers = true };

    [Fact]
    public void Referrer_chains_and_referrers_of_members_are_copied()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var (amd64, arm64) = (source.PushImage("amd64"), source.PushImage("arm64"));
        var app = source.PushIndex("app", amd64, arm64);
        var sbom = source.PushImage("sbom", null, app, "application/spdx+json");
        var signature = source.PushImage("signature of the sbom", null, sbom, "application/jose+json");
        var scan = source.PushImage("scan of one platform", null, arm64, "application/sarif+json");
        source.PushImage("of something else", null, source.PushImage("other"), "application/spdx+json");

        Copying.Run(source.Store, target.Store, WithReferrers, "app");

        target.AssertOnly(app, sbom, signature, scan);
        Assert.Equal([signature.Digest], target.Store.GetReferrers(sbom.Digest).Select(r => r.Digest));
        Assert.Equal("application/sarif+json", target.Store.GetReferrers(arm64.Digest).Single().ArtifactType);
        Assert.Equal(["app"], target.Tags);
    }

    [Fact]
    public void Default_copy_includes_subjects_but_not_referrers()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var image = source.PushImage("one", "v1");
        var sbom = source.PushImage("sbom", "sbom", image);
        source.PushImage("signature", null, image);

        Copying.Run(source.Store, target.Store, null, "sbom");

        target.AssertOnly(sbom, image);
    }

    [Fact]
    public void Referrers_attached_since_the_last_copy_are_copied()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var image = source.PushImage("one", "v1");
        Copying.Run(source.Store, target.Store, WithReferrers, "v1");
        var sbom = source.PushImage("sbom", null, image, "application/spdx+json");

        Assert.Equal(3, Copying.Run(source.Store, target.Store, WithReferrers, "v1").CopiedCount);
        Assert.Equal([sbom.Digest], target.Store.GetReferrers(image.Digest).Select(r => r.Digest));
        Assert.Equal(0, Copying.Run(source.Store, target.Store, WithReferrers, "v1").CopiedCount);
    }

    [Fact]
    public void Planning_a_copy_of_one_tag_does_not_read_all_tags_again()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var image = source.PushImage("one", "v1");
        source.AddEntries([.. Enumerable.Range(0, 5000).Select(n => (JsonNode)TestLayout.Entry(image, "t" + n))]);
        using var copy = new OciCopy(source.Store, target.Store, WithReferrers);
        var root = new CopyRoot(source.Store.Resolve("v1"), "v1");
        copy.Plan([root]);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(3, copy.Plan([root]).Count);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000); // a list of all tags takes more than 200 KB
    }

    [Fact]
    public void Copied_content_is_not_walked_again_until_the_source_changes()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var image = source.PushImage("one", "v1");
        source.Store.Tag(image, "v2");
        var sbom = source.PushImage("sbom", null, image, "application/spdx+json");
        using var copy = new OciCopy(source.Store, target.Store, WithReferrers);
        copy.Run(copy.Plan([Copying.Root(source.Store, "v1")]));

        Assert.Empty(copy.Plan([Copying.Root(source.Store, sbom.Digest.ToString())]).Items);
        var again = copy.Plan([Copying.Root(source.Store, "v2")]);
        Assert.Empty(again.Items);
        copy.Run(again);
        Assert.Equal(["v1", "v2"], target.Tags);

        var later = source.PushImage("later", null, image, "application/spdx+json");
        Assert.Equal(3, copy.Run(copy.Plan([Copying.Root(source.Store, "v1")])).CopiedCount);
        Assert.Equal([sbom.Digest, later.Digest], target.Store.GetReferrers(image.Digest).Select(r => r.Digest));
    }

    [Fact]
    public void Fallback_list_is_copied_for_other_tools()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var image = source.PushImage("one", "v1");
        var sbom = source.WriteBlob(TestDocument.Image(source.PushBlob("{}"), [], image, "application/spdx+json"), MediaTypes.ImageManifest);
        var list = source.WriteFallback(image.Digest, sbom);

        Copying.Run(source.Store, target.Store, WithReferrers, "v1");

        Assert.Equal(list.Digest, target.Store.Resolve(TestLayout.FallbackTag(image.Digest)).Digest);
        Assert.Equal([sbom.Digest], target.Store.GetReferrers(image.Digest).Select(r => r.Digest));
        var index = System.IO.File.ReadAllBytes(target.IndexPath);
        Assert.Equal(0, Copying.Run(source.Store, target.Store, WithReferrers, "v1").CopiedCount);
        Assert.Equal(index, System.IO.File.ReadAllBytes(target.IndexPath));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Fallback_list_of_the_destination_keeps_its_members(bool byItself)
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var image = source.PushImage("one", "v1");
        Copying.Run(source.Store, target.Store, null, "v1");
        var theirs = Attach(target, image, "theirs");
        var ours = Attach(source, image, "ours");
        var tag = TestLayout.FallbackTag(image.Digest);

        Copying.Run(source.Store, target.Store, byItself ? null : WithReferrers, byItself ? tag : "v1");

        var merged = target.Store.GetManifest(target.Store.Resolve(tag));
        Assert.Equal([theirs.Digest, ours.Digest], merged.Manifests.Select(m => m.Digest));
        target.AssertWalks(tag);
        Assert.Equal(2, target.Store.GetReferrers(image.Digest).Count);
    }

    private static Descriptor Attach(TestLayout layout, Descriptor subject, string name)
    {
        var config = layout.PushBlob("config of " + name);
        var referrer = layout.WriteBlob(TestDocument.Image(config, [], subject, "application/" + name), MediaTypes.ImageManifest);
        layout.WriteFallback(subject.Digest, referrer);
        return referrer;
    }
}
