using System;
using System.IO;
using System.Linq;
using System.Text;
using OciLayout.Sessions;
using Xunit;

namespace OciLayout.Tests.Planning;

/// <summary>Tests that garbage collection keeps young content and content claimed by a live process, and deletes other garbage.</summary>
public class GarbageClaimTests
{
    private static readonly GarbageOptions OlderThanAnHour = new() { MinimumAge = TimeSpan.FromHours(1) };

    [Fact]
    public void Young_garbage_is_kept_and_old_garbage_is_deleted()
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
    public void Young_manifests_keep_old_content_below_them(bool listed)
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
    public void Reused_content_counts_as_young()
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
    public void Tagging_renews_the_age_of_content()
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
    public void Tag_of_an_index_keeps_claims_below_a_missing_member()
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
    public void Process_collects_its_own_untagged_push()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        var loose = layout.PushBlob("loose");

        Assert.Equal([loose.Digest], layout.Collect().Select(r => r.Digest));
    }

    [Fact]
    public void Content_claimed_by_another_process_is_kept_until_that_process_ends()
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
    public void Manifest_reused_by_another_process_is_kept_with_its_content_and_entry()
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
    public void Claimed_manifest_is_kept_complete_even_if_an_image_has_it_as_a_layer()
    {
        using var layout = new TestLayout();
        var claimed = layout.WriteBlob(TestDocument.Image(null, [layout.PushBlob("deep")]), MediaTypes.ImageManifest);
        layout.PushManifest(TestDocument.Image(null, [new Descriptor(TestLayout.LayerType, claimed.Digest, claimed.Size)]), "image");
        var other = layout.OtherProcess(layout.Store.Options with { AutoSaveIndex = false });
        other.Push(PushRequest.For(claimed), Stream.Null);

        Assert.Empty(layout.Collect());
    }

    [Fact]
    public void Claim_ends_with_the_tag_so_that_untagged_content_can_be_collected()
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
    public void Claims_and_leftovers_of_a_killed_process_are_deleted()
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
    public void Unfinished_upload_of_a_running_process_is_kept()
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
    public void Files_of_other_tools_in_ingest_are_deleted_after_one_day()
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
    public void Content_pushed_or_reused_by_another_process_during_the_sweep_is_kept()
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
