using System;
using System.IO;
using System.Linq;
using System.Text;
using OciLayout.Sessions;
using Xunit;

namespace OciLayout.Tests;

/// <summary>Tests that garbage collection keeps young content and content claimed by a live process, and deletes other garbage.</summary>
public class GarbageClaimTests
{
    private static readonly GarbageOptions OlderThanAnHour = new() { MinimumAge = TimeSpan.FromHours(1) };

    [Fact]
    public void Young_files_stay_and_old_ones_go()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var young = layout.PushBlob("young");
        var old = layout.PushBlob("old");
        layout.Age(old);

        Assert.Equal([old.Digest], layout.Collect(OlderThanAnHour).Select(r => r.Digest));
        layout.AssertOnly(image, young);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Young_manifests_are_roots_with_old_content_below_them_listed_or_not(bool listed)
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var layer = layout.PushBlob("old layer", TestLayout.LayerType);
        var document = TestDocument.Image(null, [layer]);
        var young = listed ? layout.PushManifest(document) : layout.WriteBlob(document, MediaTypes.ImageManifest);
        layout.Age(layer);

        Assert.Empty(layout.Collect(OlderThanAnHour));
        layout.AssertOnly(image, young);

        layout.Age(young);
        Assert.Equal(2, layout.Collect(OlderThanAnHour).Count);
        layout.AssertOnly(image);
    }

    [Fact]
    public void What_is_used_again_is_young_again()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        var reused = layout.PushBlob("reused");
        var unknown = layout.PushBlob("unknown length");
        layout.Age(reused, unknown);

        Assert.True(layout.Store.Push(PushRequest.For(reused), Stream.Null).AlreadyExisted);
        layout.PushBlob("unknown length");

        Assert.Empty(layout.Collect(OlderThanAnHour));
    }

    [Fact]
    public void Tagging_makes_young_again_so_that_untagging_gives_time()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        var tagged = layout.PushImage("tagged");
        layout.Age([.. layout.Store.Walk(tagged).Select(v => v.Descriptor)]);

        layout.Store.Tag(tagged, "tagged");
        layout.Store.Untag("tagged");

        Assert.Empty(layout.Collect(OlderThanAnHour));
    }

    [Fact]
    public void Tag_above_a_manifest_that_is_gone_ends_no_claim_on_what_it_had()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        var layer = layout.PushBlob("layer", TestLayout.LayerType);
        var manifest = layout.PushManifest(TestDocument.Image(null, [layer]));
        var here = layout.OtherProcess();
        Assert.Equal([manifest.Digest], here.GetPredecessors(layer.Digest).Select(d => d.Digest)); // loads the graph of this process
        layout.Collect();
        layout.AssertGone(manifest, layer);

        here.Push(layer, new MemoryStream(Encoding.UTF8.GetBytes("layer")));
        var index = TestDocument.Index([manifest]);
        here.Push(new PushRequest { AsManifest = true }, new MemoryStream(index));
        here.Tag(new Descriptor(MediaTypes.ImageIndex, Digest.Compute(index), index.Length), "index");

        layout.Collect(new GarbageOptions { Force = true });
        layout.AssertStored(layer);
    }

    [Fact]
    public void At_one_prompt_push_then_collect_collects()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        var loose = layout.PushBlob("loose");

        Assert.Equal([loose.Digest], layout.Collect().Select(r => r.Digest));
    }

    [Fact]
    public void What_another_process_pushed_or_found_there_stays_however_old_until_it_ends()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var reused = layout.PushBlob("reused");
        var other = layout.OtherProcess();
        var pushed = other.Push(new PushRequest(), new MemoryStream([1, 2, 3])).Descriptor;
        other.Push(PushRequest.For(reused), Stream.Null);
        layout.Age(pushed, reused);

        Assert.Empty(layout.Collect());
        Assert.Equal(2, layout.Store.PlanGarbage().ClaimedCount);
        layout.AssertOnly(image, pushed, reused);

        other.State.Dispose();
        Assert.Equal(2, layout.Collect().Count);
        layout.AssertOnly(image);
    }

    [Fact]
    public void Manifest_that_another_process_found_there_stays_with_all_below_it_and_its_entry()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var reused = layout.PushImage("reused");
        var other = layout.OtherProcess();
        other.Push(PushRequest.For(reused), new MemoryStream(layout.Store.ReadAll(reused, 1 << 20)));

        Assert.Empty(layout.Collect());
        layout.AssertOnly(image, reused);
        Assert.Contains(reused.Digest, layout.Listed);
    }

    [Fact]
    public void Manifest_that_another_process_claims_stays_whole_though_an_image_has_it_as_a_mere_layer()
    {
        using var layout = new TestLayout();
        var claimed = layout.WriteBlob(TestDocument.Image(null, [layout.PushBlob("deep")]), MediaTypes.ImageManifest);
        layout.PushManifest(TestDocument.Image(null, [new Descriptor(TestLayout.LayerType, claimed.Digest, claimed.Size)]), "image");
        var other = layout.OtherProcess(layout.Store.Options with { AutoSaveIndex = false });
        other.Push(PushRequest.For(claimed), Stream.Null);

        Assert.Empty(layout.Collect());
    }

    [Fact]
    public void Claim_ends_when_a_tag_keeps_the_content_so_that_untagging_frees_it()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        var other = layout.OtherProcess();
        var tagged = layout.PushImage("tagged");
        other.Tag(tagged, "tagged");
        layout.Store.Untag("tagged");

        Assert.Equal(3, layout.Collect().Count);
    }

    [Fact]
    public void Killed_process_holds_nothing_and_what_it_left_is_swept_away()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var loose = layout.PushBlob("loose");
        var dead = new string('d', Session.IdLength);
        File.WriteAllText(Path.Combine(layout.IngestPath, dead + ".session"), "");
        File.WriteAllText(Path.Combine(layout.IngestPath, dead + ".claims"), $"+{loose.Digest} application/octet-stream\n");
        File.WriteAllText(Path.Combine(layout.IngestPath, dead + ".7.upload"), "half");
        File.WriteAllText(Path.Combine(layout.IngestPath, new string('e', Session.IdLength) + ".1.tmp"), "no session");

        Assert.Equal(4, layout.Store.PlanGarbage().Items.Count(i => i.Reason == RemovalReason.StaleUpload));
        var removed = layout.Collect();

        Assert.Equal(5, removed.Count);
        Assert.Equal(4, removed.Count(r => r.Reason == RemovalReason.StaleUpload && r.Digest.IsEmpty && !File.Exists(r.Path)));
        layout.AssertOnly(image);
        Assert.Empty(layout.Collect());
    }

    [Fact]
    public void Unfinished_upload_of_a_living_process_stays()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        var other = layout.OtherProcess();
        var during = new CallbackStream(() => Assert.Empty(layout.Collect()));

        other.Push(new PushRequest(), during);

        Assert.True(during.WasRead);
        Assert.True(other.Exists(Digest.Compute([7])));
    }

    [Fact]
    public void Files_of_other_tools_in_ingest_go_only_when_they_are_older_than_a_day()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        var fresh = Path.Combine(layout.IngestPath, "oras-123");
        var stale = Path.Combine(layout.IngestPath, "oras-456");
        File.WriteAllText(fresh, "x");
        File.WriteAllText(stale, "x");
        File.SetLastWriteTimeUtc(fresh, DateTime.UtcNow.AddHours(-23));
        File.SetLastWriteTimeUtc(stale, DateTime.UtcNow.AddHours(-25));
        File.SetLastWriteTimeUtc(Path.Combine(layout.IngestPath, ".lock"), DateTime.UtcNow.AddDays(-5));

        Assert.Equal([stale], layout.Collect().Select(r => r.Path));
        Assert.True(File.Exists(fresh));
        Assert.True(File.Exists(Path.Combine(layout.IngestPath, ".lock")));
    }

    [Fact]
    public void What_another_process_pushes_or_reuses_while_files_are_going_is_there_afterwards()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        var loose = Enumerable.Range(0, 300).Select(i => layout.PushBlob($"loose {i}", TestLayout.LayerType)).ToArray(); // more than one batch
        var other = layout.OtherProcess();
        Descriptor? late = null;

        layout.Store.Collect(null, _ =>
        {
            if (late is not null) return;
            for (var i = 0; i < loose.Length; i++) other.Push(new PushRequest { MediaType = TestLayout.LayerType }, new MemoryStream(Encoding.UTF8.GetBytes($"loose {i}")));
            var document = TestDocument.Image(null, loose);
            late = other.Push(new PushRequest { MediaType = MediaTypes.ImageManifest }, new MemoryStream(document)).Descriptor;
            other.Tag(late, "late");
        });

        layout.AssertWalks("late");
        layout.AssertWalks("image");
    }

    private sealed class CallbackStream(Action whenRead) : MemoryStream([7])
    {
        public bool WasRead { get; private set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (!WasRead)
            {
                WasRead = true;
                whenRead();
            }

            return base.Read(buffer, offset, count);
        }
    }
}
