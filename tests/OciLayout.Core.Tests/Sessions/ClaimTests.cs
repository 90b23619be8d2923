using System;
using System.IO;
using System.Linq;
using OciLayout.Tests.Blobs;
using OciLayout.Tests.Store;
using Xunit;

namespace OciLayout.Tests.Sessions;

/// <summary>Tests that garbage collection by any process keeps content pushed by a live process (section 3, claims).</summary>
public class ClaimTests
{
    private static readonly GarbageOptions Force = new() { Force = true };

    [Fact]
    public void Other_process_keeps_untagged_content_that_was_pushed_or_reused()
    {
        using var sandbox = new Sandbox();
        var mine = sandbox.Create();
        var other = sandbox.Isolated();
        other.Tag(other.PushImage("kept"), "kept");
        var old = other.PushBlob("was there before, without a tag");
        other.State.Dispose(); // ends the process
        var pushed = mine.PushBlob("pushed");
        var image = mine.PushImage("pushed image");
        mine.Push(new PushRequest { Digest = old.Digest, Size = old.Size }, new UnreadableStream());

        var collected = sandbox.Isolated().Collect(Force);

        Assert.Equal(0, collected.RemovedCount);
        Assert.True(collected.ClaimedCount > 0);
        Assert.All(new[] { old, pushed, image }, d => Assert.True(mine.Exists(d.Digest)));
        Assert.DoesNotContain(mine.Walk(image), v => v.IsMissing);
    }

    [Fact]
    public void Own_process_collects_its_completed_untagged_push()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        store.Tag(store.PushImage("kept"), "kept");
        var pushed = store.PushBlob("pushed and forgotten");

        store.Collect();

        Assert.False(store.Exists(pushed.Digest));
    }

    [Fact]
    public void Batch_tags_claimed_content_without_a_lock_and_other_content_with_one()
    {
        using var sandbox = new Sandbox();
        var kept = sandbox.Create().PushImage("kept");
        var locks = 0;
        var files = new HookedFileSystem { Before = (operation, _) => locks += operation == FileOperation.Lock ? 1 : 0 };
        using var batch = sandbox.Isolated(files).BeginBatch();
        batch.Stage(new PushRequest { AsManifest = true }, new MemoryStream(Sample.Manifest("new", kept)));
        var pushed = Assert.Single(batch.Publish()).Descriptor;

        locks = 0;
        batch.Tag(pushed, "new");
        Assert.Equal(0, locks);

        batch.Tag(kept, "kept");
        Assert.NotEqual(0, locks);
        batch.Commit();
        Assert.Equal(["kept", "new"], sandbox.Isolated().TagNames());
    }

    [Fact]
    public void Collection_needs_no_session()
    {
        using var sandbox = new Sandbox();
        sandbox.Create().State.Dispose();
        var other = sandbox.Isolated();
        other.Tag(other.PushImage("kept"), "kept");
        other.PushImage("untagged");
        other.State.Dispose(); // ends the process
        var store = sandbox.Open();

        Assert.NotEqual(0, store.Collect().RemovedEntries);

        Assert.Null(store.State.OpenSession);
        Assert.All(Directory.EnumerateFiles(Path.Combine(sandbox.Root, "ingest")), f => Assert.StartsWith(".", Path.GetFileName(f), StringComparison.Ordinal));
    }

    [Fact]
    public void Process_that_collects_its_push_keeps_no_claim_on_it()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        store.Tag(store.PushImage("kept"), "kept");
        var last = store.PushBlob("last");
        for (var round = 0; round < 4; round++)
        {
            using (var batch = store.BeginBatch())
            {
                for (var i = 0; i < 500; i++) batch.Stage(new PushRequest(), new MemoryStream(BitConverter.GetBytes((round * 1000) + i)));
                batch.Publish();
            }

            Assert.NotEqual(0, store.Collect().RemovedCount);
        }

        Assert.DoesNotContain(last.Digest, ClaimedContent.In(sandbox.IngestPath));
        var held = store.PushBlob("held");
        var file = Assert.Single(Directory.GetFiles(Path.Combine(sandbox.Root, "ingest"), "*.claims"));
        Assert.True(new FileInfo(file).Length < 200_000, $"{new FileInfo(file).Length} bytes");
        sandbox.Isolated().Collect();
        Assert.True(store.Exists(held.Digest));
    }

    [Fact]
    public void Own_process_keeps_content_of_an_open_batch()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        store.Tag(store.PushImage("kept"), "kept");
        Descriptor pushed;
        using (var batch = store.BeginBatch())
        {
            batch.Stage(new PushRequest(), new MemoryStream("in the batch"u8.ToArray()));
            pushed = Assert.Single(batch.Publish()).Descriptor;
            store.Collect();
            Assert.True(store.Exists(pushed.Digest));
        }

        store.Collect();
        Assert.False(store.Exists(pushed.Digest));
    }

    [Fact]
    public void Tag_releases_claims_so_that_others_can_collect_after_untagging()
    {
        using var sandbox = new Sandbox();
        var mine = sandbox.Create();
        var image = mine.PushImage("a");
        mine.Tag(mine.PushImage("kept"), "kept");
        mine.Tag(image, "v1");
        var other = sandbox.Isolated();
        other.Untag("v1");
        other.State.Dispose();

        sandbox.Isolated().Collect();

        Assert.False(mine.Exists(image.Digest));
        Assert.Equal(["kept"], mine.TagNames());
        Assert.DoesNotContain(mine.Walk(mine.Resolve("kept")), v => v.IsMissing);
    }

    [Fact]
    public void Claims_end_with_their_process_and_its_leftovers_are_deleted()
    {
        using var sandbox = new Sandbox();
        var kept = sandbox.Create();
        kept.Tag(kept.PushImage("kept"), "kept");
        var dead = sandbox.Isolated();
        var pushed = dead.PushBlob("pushed by a killed process");
        var claims = Directory.EnumerateFiles(sandbox.IngestPath, "*.claims")
            .Single(f => File.ReadAllText(f).Contains(pushed.Digest.ToString(), System.StringComparison.Ordinal));
        var copy = File.ReadAllBytes(claims);
        dead.State.Dispose();
        // The state after kill -9: files that no process holds open.
        File.WriteAllBytes(claims, copy);
        var session = Path.ChangeExtension(claims, ".session");
        File.WriteAllText(session, "");
        var upload = Path.ChangeExtension(claims, ".7.upload");
        File.WriteAllText(upload, "half an upload");

        kept.Collect();

        Assert.False(kept.Exists(pushed.Digest));
        Assert.All(new[] { claims, session, upload }, f => Assert.False(File.Exists(f), f));
    }

    [Fact]
    public void Session_of_a_running_process_and_young_files_of_other_tools_are_kept()
    {
        using var sandbox = new Sandbox();
        sandbox.Create();
        var store = sandbox.Isolated(); // the registry ends the sessions of idle stores, of which other tests open many
        store.Tag(store.PushImage("kept"), "kept");
        var other = sandbox.Isolated();
        other.PushBlob("opens a session");
        var young = Path.Combine(sandbox.IngestPath, "oras-young");
        var old = Path.Combine(sandbox.IngestPath, "oras-old");
        File.WriteAllText(young, "x");
        File.WriteAllText(old, "x");
        File.SetLastWriteTimeUtc(old, System.DateTime.UtcNow.AddHours(-25));
        var before = Directory.EnumerateFiles(sandbox.IngestPath).Where(f => f != old).Order(System.StringComparer.Ordinal).ToList();

        store.Collect();

        Assert.Equal(before, Directory.EnumerateFiles(sandbox.IngestPath).Order(System.StringComparer.Ordinal));
        Assert.Equal(2, before.Count(f => f.EndsWith(".session", System.StringComparison.Ordinal)));
    }

    [Fact]
    public void Content_with_a_pending_tag_cannot_be_collected_by_another_process()
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        var image = sandbox.PutImage("put there by another tool");
        var store = sandbox.Open(new OciStoreOptions { AutoSaveIndex = false });
        store.Tag(image, "v1"); // claimed, not saved

        sandbox.Isolated().Collect(Force);
        store.SaveIndex();

        Assert.Equal(["v1"], sandbox.Isolated().TagNames());
        Assert.DoesNotContain(store.Walk(store.Resolve("v1")), v => v.IsMissing);
    }
}
