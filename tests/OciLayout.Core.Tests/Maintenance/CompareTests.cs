using System.Collections.Generic;
using System.IO;
using System.Linq;
using Xunit;

namespace OciLayout.Tests.Maintenance;

public class CompareTests
{
    [Fact]
    public void Copying_the_reported_difference_makes_the_stores_equal()
    {
        using var here = TestLayout.Real("regctl.tar");
        using var there = TestLayout.Real("oras.tar");
        var comparison = there.Store.CompareWith(here.Store);
        Assert.Equal(here.Tags.Order(), Of(comparison, DifferenceSide.Reference, DifferenceKind.Tag).Select(d => d.Tag).Order());

        foreach (var item in comparison.Differences.Where(d => d.Side == DifferenceSide.Reference && d.Tag is null))
            File.Copy(here.PathOf(item.Digest), there.PathOf(item.Digest));

        Assert.All(here.Files, f => Assert.Contains(f, there.Files));
        Assert.Equal(0, there.Store.CompareWith(here.Store).Reference.Size);
        Assert.Equal(comparison.Reference.Size, comparison.Differences.Where(d => d.Side == DifferenceSide.Reference && d.Tag is null).Sum(d => d.Size));
    }

    [Fact]
    public void Garbage_is_stored_content_but_not_a_difference()
    {
        using var here = new TestLayout();
        using var there = new TestLayout();
        var image = here.PushImage("a", "a");
        here.PushBlob("garbage");
        there.WriteBlob(File.ReadAllBytes(here.PathOf(image.Digest)), MediaTypes.ImageManifest); // garbage in that store

        var comparison = there.Store.CompareWith(here.Store);

        Assert.Equal(2, comparison.Reference.BlobCount); // the config and the layer
        Assert.Equal(comparison.Reference.Size, Of(comparison, DifferenceSide.Reference, DifferenceKind.Tag).Single().Size);
        Assert.Equal(0, comparison.Difference.BlobCount);
    }

    [Fact]
    public void Missing_content_of_a_sparse_copy_is_a_difference_below_equal_tags()
    {
        using var here = TestLayout.Real("regctl.tar");
        using var there = TestLayout.Real("regctl.tar");
        var arm = there.Store.Resolve("arm64");
        var layer = there.Store.GetManifest(arm).Layers[0];
        File.Delete(there.PathOf(layer.Digest));

        var comparison = there.Store.CompareWith(here.Store, includeEqual: true);

        var lacking = Assert.Single(comparison.Differences, d => d.Side != DifferenceSide.Both);
        Assert.Equal((DifferenceSide.Reference, DifferenceKind.Blob, layer.Digest, (long?)layer.Size), (lacking.Side, lacking.Kind, lacking.Digest, lacking.Size));
        Assert.Equal(here.Tags.Count, Of(comparison, DifferenceSide.Both, DifferenceKind.Tag).Count());
    }

    [Fact]
    public void Unreadable_manifest_is_reported()
    {
        using var here = new TestLayout();
        using var there = new TestLayout();
        var image = here.PushImage("a", "a");
        here.WriteFile(image.Digest, "damaged"u8.ToArray());

        var comparison = there.Store.CompareWith(here.Reopen().Store);

        Assert.Equal(OciErrorKind.DigestMismatch, Assert.Single(comparison.Problems).Kind);
        Assert.Equal(1, comparison.Reference.BlobCount);
    }

    [Fact]
    public void A_list_includes_the_content_below_its_digests()
    {
        using var layout = TestLayout.Real("oras.tar");
        var list = new ContentList();
        list.Add(new ContentNote(layout.Store.Resolve("v1").Digest, "v1"));

        var comparison = layout.Store.CompareWith(list);

        var walked = layout.Store.Walk(layout.Store.Resolve("v1")).Select(v => v.Descriptor.Digest).ToHashSet();
        Assert.DoesNotContain(comparison.Differences, d => d.Tag is null && walked.Contains(d.Digest));
        Assert.Equal(["latest", "v2"], Of(comparison, DifferenceSide.Difference, DifferenceKind.Tag).Select(d => d.Tag));
    }

    private static IEnumerable<StoreDifference> Of(StoreComparison comparison, DifferenceSide side, DifferenceKind kind) =>
        comparison.Differences.Where(d => d.Side == side && d.Kind == kind);
}
