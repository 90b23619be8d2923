using System.IO;
using System.Linq;
using Xunit;

namespace OciLayout.Tests.Maintenance;

/// <summary>Tests measured sizes of particular graphs.</summary>
public class UsageTests
{
    [Fact]
    public void Tags_that_share_an_image_have_an_own_size_of_zero()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("a", "one");
        layout.Store.Tag(image, "two");

        Assert.All(layout.Store.MeasureTags(), u => Assert.Equal((0, u.Size), (u.OwnSize, u.SharedSize)));
        layout.Store.Untag("one");
        Assert.Equal((SizeOf(layout), 0), (layout.Store.MeasureTags().Single().OwnSize, layout.Store.MeasureTags().Single().SharedSize));
    }

    [Fact]
    public void An_image_owns_its_referrers_and_a_tagged_referrer_owns_nothing()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("a", "a");
        var sbom = layout.PushImage("sbom", null, image);
        layout.PushImage("signature", null, sbom);
        Assert.Equal(SizeOf(layout), layout.Store.MeasureTags().Single().OwnSize);

        layout.Store.Tag(sbom, "sbom");
        var usages = layout.Store.MeasureTags();
        Assert.All(usages, u => Assert.Equal((0, SizeOf(layout)), (u.OwnSize, u.Size)));
    }

    [Fact]
    public void A_list_of_referrers_is_counted_with_its_subject()
    {
        using var layout = TestLayout.Real("regctl.tar");
        var usages = layout.Store.MeasureTags().ToDictionary(u => u.Tag);
        var multi = layout.Store.Resolve("multi");
        var list = layout.Store.Resolve(TestLayout.FallbackTag(multi.Digest));
        var referrer = layout.Store.GetReferrers(multi.Digest).Single();

        // The index does not list the referrer, so the referrer is deleted with the list, and the list is deleted with the image.
        Assert.True(usages[TestLayout.FallbackTag(multi.Digest)].OwnSize >= list.Size + referrer.Size);
        Assert.True(usages["multi"].OwnSize >= multi.Size + list.Size + referrer.Size);
        Assert.Equal(usages["multi"].OwnSize, Freed(layout, "multi"));
    }

    [Theory]
    [InlineData("oras.tar", "v2")]
    [InlineData("oras.tar", "latest")]
    [InlineData("umoci.tar", "app-2")]
    [InlineData("umoci.tar", "base")]
    [InlineData("regctl.tar", "arm64")]
    [InlineData("skopeo-v2s2.tar", "v1")]
    public void Layouts_of_other_tools_free_the_measured_bytes(string name, string tag)
    {
        using var layout = TestLayout.Real(name);
        var own = layout.Store.MeasureTags(t => t == tag).Single().OwnSize;
        Assert.Equal(own, Freed(layout, tag));
    }

    [Fact]
    public void Orphans_of_a_umoci_layout_are_the_content_that_collection_deletes()
    {
        using var layout = TestLayout.Real("umoci.tar");
        Directory.CreateDirectory(layout.IngestPath);
        File.WriteAllText(Path.Combine(layout.IngestPath, "0123456789abcdef0123456789abcdef.upload"), "of a process that died");

        var usage = layout.Store.Measure();
        var result = layout.Store.Collect();

        Assert.Null(usage.Refusal);
        Assert.Equal((result.RemovedSize, result.RemovedCount), (usage.OrphanSize, usage.OrphanCount));
        Assert.Equal(result.KeptSize, usage.OwnSize + usage.SharedSize);
        Assert.Equal(result.KeptCount, layout.Files.Count);
        Assert.Equal(0, layout.Store.Measure().OrphanSize);
    }

    [Fact]
    public void A_docker_image_name_is_counted_with_its_tag()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("a");
        var entry = TestLayout.Entry(image, "v1");
        entry["annotations"]![AnnotationKeys.ContainerdImageName] = "docker.io/library/a:v1";
        layout.WriteIndex([entry]);

        var usage = layout.Reopen().Store.MeasureTags().Single();

        Assert.Equal((SizeOf(layout), SizeOf(layout)), (usage.Size, usage.OwnSize));
        Assert.Equal(SizeOf(layout), Freed(layout, "v1"));
    }

    [Fact]
    public void Content_claimed_by_another_process_is_not_owned_by_a_tag()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("a", "a");
        var other = layout.OtherProcess();
        using var batch = other.BeginBatch();
        batch.Store.Tag(image, "soon");

        Assert.Equal(0, layout.Store.MeasureTags().Single(u => u.Tag == "a").OwnSize);
    }

    [Fact]
    public void Missing_content_has_no_size_and_is_reported()
    {
        using var layout = new TestLayout();
        var lost = layout.PushBlob("lost");
        var image = layout.PushImage("a", "a", null, null, lost);
        var before = layout.Store.MeasureTags().Single();
        File.Delete(layout.PathOf(lost.Digest));

        var after = layout.Store.MeasureTags().Single();

        Assert.Equal((0, before.Size), (before.MissingCount, SizeOf(layout) + lost.Size));
        Assert.Equal((1, before.Size - lost.Size, before.BlobCount - 1), (after.MissingCount, after.Size, after.BlobCount));
        File.Delete(layout.PathOf(image.Digest));
        Assert.Equal((1, 0L), (layout.Store.MeasureTags().Single().MissingCount, layout.Store.MeasureTags().Single().Size));
        Assert.Equal(OciErrorKind.IncompleteGraph, layout.Store.Measure().Refusal?.Kind);
    }

    [Fact]
    public void Measuring_deep_chains_and_many_tags_takes_linear_time()
    {
        using var sandbox = new Sandbox();
        sandbox.WithIndex(Sample.Index());
        var at = sandbox.PutImage("bottom");
        var config = Sample.Describe(MediaTypes.Empty, "{}"u8.ToArray());
        var entries = new string[6000];
        for (var i = 0; i < 3000; i++)
        {
            var subject = Sample.Json(at);
            at = sandbox.Put(MediaTypes.ImageManifest, Sample.Bytes($$"""{"schemaVersion":2,"config":{{Sample.Json(config)}},"layers":[],"subject":{{subject}}}"""));
            entries[i] = Sample.Entry(at);
        }

        for (var i = 3000; i < 6000; i++) entries[i] = Sample.Entry(at, "t" + i);
        sandbox.IndexText = Sample.Index(entries);

        var usages = sandbox.Isolated().MeasureTags(t => t is "t3000" or "t5999");

        Assert.Equal(2, usages.Count);
        Assert.All(usages, u => Assert.Equal((3002, 0L), (u.BlobCount, u.OwnSize)));
    }

    [Fact]
    public void Measuring_writes_nothing()
    {
        using var layout = TestLayout.Real("umoci.tar");
        var before = LayoutSnapshot.Of(layout.Path, ours: true);
        layout.Store.MeasureTags();
        layout.Store.Measure();
        Assert.Equal(before, LayoutSnapshot.Of(layout.Path, ours: true));
    }

    private static long SizeOf(TestLayout layout) => RandomLayout.SizeOnDisk(layout.Path);

    private static long Freed(TestLayout layout, string tag)
    {
        layout.Store.Collect(new GarbageOptions { Force = true });
        var before = SizeOf(layout);
        layout.Store.Untag(tag);
        layout.Store.Collect(new GarbageOptions { Force = true });
        return before - SizeOf(layout);
    }
}
