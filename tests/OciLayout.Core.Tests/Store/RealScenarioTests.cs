using System;
using System.Linq;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.Store;

/// <summary>Tests common tasks on layouts that other tools wrote.</summary>
public class RealScenarioTests
{
    [Fact]
    public void Deletion_of_an_oras_tag_is_refused_if_latest_names_the_same_content()
    {
        using var layout = TestLayout.Real("oras.tar");

        var error = layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete("v1"));

        Assert.Equal(["latest"], error.Related);
        Assert.Contains("latest", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forced_deletion_in_an_oras_layout_keeps_v2_complete()
    {
        using var layout = TestLayout.Real("oras.tar");
        var v1 = layout.Store.Resolve("v1");
        var sbom = layout.Store.GetReferrers(v1.Digest).Single();
        var signature = layout.Store.GetReferrers(sbom.Digest).Single();
        var v2 = layout.Store.Resolve("v2");

        var removed = layout.Delete("v1", force: true);

        Assert.Equal(["v2"], layout.Tags);
        layout.AssertGone(v1, sbom, signature);
        layout.AssertOnly(v2);
        layout.AssertWalks("v2");
        Assert.Equal(11 - layout.Files.Count, removed.Count);
        Assert.Equal([v2.Digest], layout.Listed);
        await SpecificationSchema.AssertFileValidAsync(SpecificationSchema.Index, layout.IndexPath);
    }

    [Fact]
    public void Collection_of_a_umoci_layout_deletes_only_orphans()
    {
        using var layout = TestLayout.Real("umoci.tar");
        var tags = layout.Tags;
        var live = tags.SelectMany(t => layout.Store.Walk(layout.Store.Resolve(t!))).Select(v => v.Descriptor.Digest.ToString()).ToHashSet();
        var orphans = layout.Files.Except(live).Order().ToList();
        Assert.NotEmpty(orphans);
        var index = System.IO.File.ReadAllBytes(layout.IndexPath);

        var removed = layout.Collect();

        Assert.Equal(orphans, removed.Select(r => r.Digest.ToString()).Order());
        Assert.Equal(live.Order(), layout.Files.Order());
        Assert.All(tags, t => layout.AssertWalks(t!));
        Assert.Equal(index, System.IO.File.ReadAllBytes(layout.IndexPath));
    }

    [Fact]
    public async Task Referrer_listed_by_a_regctl_fallback_tag_is_deleted_with_its_subject()
    {
        using var layout = TestLayout.Real("regctl.tar");
        var multi = layout.Store.Resolve("multi");
        var referrer = Assert.Single(layout.Store.GetReferrers(multi.Digest));
        var list = layout.Store.Resolve(TestLayout.FallbackTag(multi.Digest));

        layout.Delete("multi");

        layout.AssertGone(multi, referrer, list);
        Assert.Equal(["amd64", "arm64"], layout.Tags);
        layout.AssertOnly(layout.Store.Resolve("amd64"), layout.Store.Resolve("arm64"));
        await SpecificationSchema.AssertFileValidAsync(SpecificationSchema.Index, layout.IndexPath);
    }

    [Fact]
    public void Collection_keeps_a_regctl_fallback_list_while_its_subject_is_tagged()
    {
        using var layout = TestLayout.Real("regctl.tar");
        var multi = layout.Store.Resolve("multi");

        Assert.Empty(layout.Collect());
        Assert.Single(layout.Store.GetReferrers(multi.Digest));

        layout.Store.Untag("multi");
        layout.Collect();
        Assert.Equal(["amd64", "arm64"], layout.Tags);
        layout.AssertOnly(layout.Store.Resolve("amd64"), layout.Store.Resolve("arm64"));
    }

    [Fact]
    public void Untagged_skopeo_layout_is_collected_only_by_force()
    {
        using var layout = TestLayout.Real("skopeo-untagged.tar");
        var before = LayoutSnapshot.Of(layout.Path, ours: false);

        layout.AssertRefused(OciErrorKind.IncompleteGraph, () => layout.Collect());
        Assert.Empty(layout.Collect(new GarbageOptions { KeepUntagged = true }));
        Assert.Equal(before, LayoutSnapshot.Of(layout.Path, ours: false));

        layout.Collect(new GarbageOptions { Force = true });
        Assert.Empty(layout.Files);
    }

    [Fact]
    public void Docker_manifest_of_skopeo_is_handled_like_an_image()
    {
        using var layout = TestLayout.Real("skopeo-v2s2.tar");
        var v1 = layout.Store.Resolve("v1");

        Assert.Equal(MediaTypes.DockerManifest, v1.MediaType);
        Assert.Equal([DescriptorRole.Root, DescriptorRole.Config, DescriptorRole.Layer], layout.Store.Walk(v1).Select(v => v.Role));
        Assert.Empty(layout.Collect());
        Assert.Equal(3, layout.Delete("v1").Count);
        Assert.Empty(layout.Files);
    }
}
