using System;
using System.IO;
using System.Linq;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.Maintenance;

public class MeasureTests
{
    private static readonly GarbageOptions Forced = new() { Force = true };

    /// <summary>Tests on random layouts that the own size of a tag equals the bytes that untagging and garbage collection free.</summary>
    [Fact]
    public void Own_size_equals_the_bytes_freed_by_removing_only_this_tag()
    {
        var (tags, lists) = (0, 0);
        for (var seed = 0; seed < 24; seed++)
        {
            using var place = TemporaryDirectory.InMemory();
            var layout = new RandomLayout(seed, place, named: seed % 3 == 0);
            var clean = layout.Copy();
            var orphans = clean.Collect(Forced).RemovedSize;
            var before = RandomLayout.SizeOnDisk(clean.Path);
            foreach (var usage in layout.Copy().MeasureTags())
            {
                if (usage.OwnSize > 0 && usage.SharedSize > 0) (usage.Tag[0] == 's' ? ref lists : ref tags)++;
                var store = layout.Copy();
                store.Untag(usage.Tag);
                store.Collect(Forced);

                Assert.True(
                    before - RandomLayout.SizeOnDisk(store.Path) == usage.OwnSize,
                    $"seed {seed}, {usage.Tag}: {usage.OwnSize} instead of {before - RandomLayout.SizeOnDisk(store.Path)}");
            }

            var total = layout.Copy().Measure();
            Assert.Equal(orphans, total.OrphanSize);
            Assert.Equal(RandomLayout.SizeOnDisk(layout.Path), total.Size);
        }

        Assert.True(tags > 15 && lists > 1, $"of {tags} tags and {lists} lists of referrers something stays and something goes");
    }

    [Fact]
    public void Size_equals_the_bytes_kept_after_removing_all_other_tags()
    {
        for (var seed = 1000; seed < 1016; seed++)
        {
            using var place = TemporaryDirectory.InMemory();
            var layout = new RandomLayout(seed, place, named: false);
            // Leaves out fallback tags. They keep no content themselves, because a list of referrers is kept with its subject.
            var usages = layout.Copy().MeasureTags(t => !t.StartsWith("sha256-", StringComparison.Ordinal));
            foreach (var usage in usages)
            {
                var store = layout.Copy();
                foreach (var other in usages.Where(u => u != usage)) store.Untag(other.Tag);
                store.Collect(Forced);

                Assert.True(
                    RandomLayout.SizeOnDisk(store.Path) == usage.Size,
                    $"seed {seed}, {usage.Tag}: {usage.Size} instead of {RandomLayout.SizeOnDisk(store.Path)}");
                Assert.Equal(Directory.EnumerateFiles(Path.Combine(store.Path, "blobs", "sha256")).Count(), usage.BlobCount);
            }
        }
    }
}
