using System;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Files;
using OciLayout.Tests.Blobs;
using OciLayout.Tests.Store;
using Xunit;

namespace OciLayout.Tests.Index;

/// <summary>
/// Tests that a change reported as failed is not made later, and that a change that was made is not reported as failed (amendment 4).
/// </summary>
public class FailedCommitTests
{
    private static readonly OciStoreOptions Impatient = new() { LockTimeout = TimeSpan.Zero };

    [Theory]
    [InlineData("tag")]
    [InlineData("untag")]
    [InlineData("push")]
    [InlineData("copy")]
    public void Failed_batch_commit_leaves_nothing_for_a_later_commit(string what)
    {
        using var sandbox = new Sandbox();
        var known = sandbox.Create().PushImage("known");
        sandbox.Create().Tag(known, "v1");
        using var other = new Sandbox();
        other.Create().Tag(other.Create().PushImage("copied"), "copied");
        var before = sandbox.IndexText;
        var files = new HookedFileSystem();
        var store = sandbox.Isolated(files);
        var batch = store.BeginBatch();
        Change(what, batch, known, other.Create());
        files.Before = (operation, path) =>
        {
            if (operation == FileOperation.Replace && path == sandbox.IndexPath) throw new IOException("No space left on device");
        };

        Assert.Throws<IOException>(() => batch.Commit());
        files.Before = (_, _) => { };
        Assert.Equal(["v1"], store.TagNames());
        batch.Dispose();
        store.Tag(known, "later");

        Assert.Empty(batch.TakeErrors());
        Assert.Equal(["later", "v1"], sandbox.Isolated().TagNames());
        Assert.Single(sandbox.Isolated().GetEntries().Select(e => e.Digest).Distinct());
        Assert.NotEqual(before, sandbox.IndexText);
    }

    private static void Change(string what, OciBatch batch, Descriptor known, OciStore other)
    {
        switch (what)
        {
            case "tag":
                batch.Tag(known, "v2");
                break;
            case "untag":
                batch.Store.Untag("v1");
                break;
            case "push":
                batch.Push(new PushRequest { AsManifest = true }, new MemoryStream("{\"schemaVersion\":2,\"manifests\":[]}"u8.ToArray()));
                break;
            default:
                using (var copy = new OciCopy(other, batch.Store)) copy.Run(copy.Plan([new CopyRoot(other.Resolve("copied"), "copied")]));
                break;
        }
    }

    [Fact]
    public void Failed_timer_commit_is_undone_and_reported_once()
    {
        using var sandbox = new Sandbox();
        var known = sandbox.Create().PushImage("known");
        var files = new HookedFileSystem();
        var store = sandbox.Isolated(files);
        var fails = true;
        files.Before = (operation, path) =>
        {
            if (fails && operation == FileOperation.Replace && path == sandbox.IndexPath) throw new IOException("No space left on device");
        };
        using var batch = store.BeginBatch(TimeSpan.FromMilliseconds(10));
        batch.Tag(known, "lost");
        Exception[] errors = [];
        Assert.True(SpinWait.SpinUntil(() => (errors = [.. batch.TakeErrors()]).Length > 0, TimeSpan.FromMinutes(5)));

        Volatile.Write(ref fails, false);
        Assert.IsType<IOException>(Assert.Single(errors));
        batch.Tag(known, "kept");
        batch.Commit();
        Assert.Equal(["kept"], sandbox.Isolated().TagNames());
        Assert.Empty(batch.TakeErrors());
    }

    [Fact]
    public void Held_lock_is_waited_for_once()
    {
        using var sandbox = new Sandbox();
        var known = sandbox.Create().PushImage("known");
        var files = new HookedFileSystem();
        var store = sandbox.Isolated(files, Impatient);
        var batch = store.BeginBatch();
        batch.Tag(known, "v1");
        using var held = PhysicalFileSystem.Instance.TryLock(Path.Combine(sandbox.Root, "ingest", ".lock"), exclusive: true);
        var attempts = 0;
        files.Before = (operation, path) => attempts += operation == FileOperation.Lock && path.EndsWith(".lock", StringComparison.Ordinal) ? 1 : 0;

        Sandbox.Refused(OciErrorKind.StoreBusy, () => batch.Commit());
        batch.Dispose();

        Assert.Equal(1, attempts);
        Assert.Empty(store.GetTags());
    }

    [Fact]
    public void Batch_stopped_while_the_store_is_locked_is_undone()
    {
        using var sandbox = new Sandbox();
        var known = sandbox.Create().PushImage("known");
        var store = sandbox.Isolated();
        using var stop = new CancellationTokenSource();
        var batch = store.BeginBatch(stop: stop.Token);
        batch.Tag(known, "v1");
        stop.Cancel();
        using (PhysicalFileSystem.Instance.TryLock(Path.Combine(sandbox.Root, "ingest", ".lock"), exclusive: true)) batch.Dispose();

        Assert.Equal(OciErrorKind.StoreBusy, Assert.IsType<OciException>(Assert.Single(batch.TakeErrors())).Kind);
        store.SaveIndex();
        Assert.Empty(store.GetTags());
        Assert.Empty(sandbox.Isolated().GetTags());
    }

    [Fact]
    public void Commit_that_is_cancelled_waits_for_the_end_of_the_batch()
    {
        using var sandbox = new Sandbox();
        var known = sandbox.Create().PushImage("known");
        var store = sandbox.Isolated();
        using (var batch = store.BeginBatch())
        {
            batch.Tag(known, "v1");
            Assert.ThrowsAny<OperationCanceledException>(() => batch.Commit(new CancellationToken(true)));
        }

        Assert.Equal(["v1"], sandbox.Isolated().TagNames());
    }

    [Fact]
    public void Disposed_batch_refuses_every_call()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var known = store.PushImage("known");
        store.Tag(known, "v1");
        var batch = store.BeginBatch();
        batch.Dispose();

        Assert.Throws<ObjectDisposedException>(() => batch.Tag(known, "v2"));
        Assert.Throws<ObjectDisposedException>(() => batch.Store.Tag(known, "v2"));
        Assert.Throws<ObjectDisposedException>(() => batch.Store.Untag("v1"));
        Assert.Throws<ObjectDisposedException>(() => batch.Stage(new PushRequest(), new UnreadableStream()));
        Assert.Throws<ObjectDisposedException>(() => batch.Push(new PushRequest(), new UnreadableStream()));
        Assert.Throws<ObjectDisposedException>(() => batch.Publish());
        Assert.Throws<ObjectDisposedException>(() => batch.Commit());
        Assert.Equal(["v1"], store.TagNames());
    }

    [Fact]
    public void Each_of_several_users_of_a_batch_gets_its_own_result()
    {
        using var sandbox = new Sandbox();
        using var batch = sandbox.Create().BeginBatch();
        batch.Stage(new PushRequest(), new MemoryStream("staged by another thread"u8.ToArray()), "other");
        var builder = new OciArtifactBuilder(batch);

        var mine = batch.Push(new PushRequest(), new MemoryStream("mine"u8.ToArray()));
        var artifact = builder.Build(new ArtifactOptions { ArtifactType = "application/x-test" });

        Assert.Equal(Digest.Compute("mine"u8), mine.Descriptor.Digest);
        Assert.Equal(MediaTypes.ImageManifest, artifact.MediaType);
        Assert.Equal("other", Assert.Single(batch.Publish()).UserState);
    }

    [Fact]
    public void Content_of_an_artifact_is_published_with_its_manifest_and_never_without()
    {
        using var sandbox = new Sandbox();
        sandbox.Create();
        var files = new HookedFileSystem();
        var before = sandbox.Snapshot();
        using (var batch = sandbox.Isolated(files).BeginBatch())
        {
            var builder = new OciArtifactBuilder(batch);
            File.WriteAllText(sandbox.Beside("layer.txt"), "layer");
            builder.Add(sandbox.Beside("layer.txt"));
            batch.Publish();
            batch.Commit(); // as the timer does
            Assert.Equal(before, sandbox.Snapshot());

            files.Before = (operation, path) =>
            {
                if (operation == FileOperation.Flush && path.EndsWith(".upload", StringComparison.Ordinal)) throw new IOException("No space left on device");
            };
            Assert.Throws<IOException>(() => builder.Build(new ArtifactOptions { ArtifactType = "application/x-test" }));
            files.Before = (_, _) => { };
            Assert.Throws<IOException>(() => builder.Build(new ArtifactOptions { ArtifactType = "application/x-test" })); // its layer is lost
        }

        Assert.Equal(before, sandbox.Snapshot());
        Assert.Empty(sandbox.Litter());
    }

    [Fact]
    public void End_of_a_batch_discards_an_artifact_that_is_not_complete()
    {
        using var sandbox = new Sandbox();
        using (var batch = sandbox.Create().BeginBatch())
        {
            File.WriteAllText(sandbox.Beside("layer.txt"), "layer");
            new OciArtifactBuilder(batch).Add(sandbox.Beside("layer.txt"));
            Assert.NotEmpty(sandbox.Litter());
        }

        Assert.Empty(sandbox.Litter());
        Assert.False(File.Exists(sandbox.BlobPath(Digest.Compute("layer"u8))));
    }
}
