using System;
using System.IO;
using System.Linq;
using OciLayout.Tests.Store;
using Xunit;

namespace OciLayout.Tests.Sessions;

/// <summary>Tests pushes during which another program deletes the files in <c>ingest/</c>, or moves the store.</summary>
public class LostSessionTests
{
    [Fact]
    public void Batch_continues_after_its_session_files_were_deleted()
    {
        using var sandbox = new Sandbox();
        sandbox.Create();
        var store = sandbox.Isolated();
        using (var batch = store.BeginBatch())
        {
            batch.Stage(new PushRequest(), new MemoryStream("one"u8.ToArray()));
            batch.Publish();
            Remove(sandbox);
            batch.Stage(new PushRequest(), new MemoryStream("two"u8.ToArray()));
            batch.Publish();

            // Earlier claims are restored, and other processes respect them.
            sandbox.Isolated().Collect();
            Assert.True(store.Exists(Digest.Compute("one"u8)));
            Assert.True(store.Exists(Digest.Compute("two"u8)));
            Remove(sandbox);
            var manifest = batch.Push(new PushRequest { AsManifest = true }, new MemoryStream("{\"schemaVersion\":2,\"manifests\":[]}"u8.ToArray())).Descriptor;
            batch.Tag(manifest, "v1");
        }

        Assert.Equal(["v1"], sandbox.Isolated().TagNames());
        store.State.Dispose();
        sandbox.Isolated().Collect();
        Assert.Empty(sandbox.Litter());
    }

    [Fact]
    public void Claims_are_restored_later_if_the_disk_is_full_when_the_files_of_the_session_are_removed()
    {
        using var sandbox = new Sandbox();
        sandbox.Create();
        var files = new HookedFileSystem();
        using var batch = sandbox.Isolated(files).BeginBatch();
        batch.Push(new PushRequest(), new MemoryStream("one"u8.ToArray()));
        Remove(sandbox);
        files.Before = (operation, path) =>
        {
            if (operation == FileOperation.Write && path.EndsWith(".claims", StringComparison.Ordinal)) throw new IOException("The disk is full.");
        };
        Assert.Throws<IOException>(() => batch.Push(new PushRequest(), new MemoryStream("two"u8.ToArray())));
        files.Before = (_, _) => { };
        batch.Push(new PushRequest(), new MemoryStream("two"u8.ToArray()));

        sandbox.Isolated().Collect();

        Assert.True(batch.Store.Exists(Digest.Compute("one"u8)));
        Assert.True(batch.Store.Exists(Digest.Compute("two"u8)));
    }

    [Fact]
    public void Deleted_staged_content_is_reported_and_the_batch_continues()
    {
        using var sandbox = new Sandbox();
        sandbox.Create();
        using var batch = sandbox.Isolated().BeginBatch();
        batch.Stage(new PushRequest(), new MemoryStream("lost"u8.ToArray()));
        Remove(sandbox);

        Sandbox.Refused(OciErrorKind.StoreBusy, () => batch.Publish());
        Assert.False(batch.Store.Exists(Digest.Compute("lost"u8)));
        batch.Push(new PushRequest(), new MemoryStream("again"u8.ToArray()));
        Assert.True(batch.Store.Exists(Digest.Compute("again"u8)));
    }

    [Fact]
    public void Nothing_is_created_at_the_old_path_of_a_moved_store()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        using (var batch = store.BeginBatch())
        {
            batch.Push(new PushRequest(), new MemoryStream("one"u8.ToArray()));
            Directory.Move(sandbox.Root, sandbox.Beside("moved"));
            var e = Assert.ThrowsAny<Exception>(() => batch.Push(new PushRequest(), new MemoryStream("two"u8.ToArray())));
            Assert.IsType<OciException>(e);
        }

        Assert.False(Directory.Exists(sandbox.Root));
        Assert.Single(Directory.EnumerateFiles(Path.Combine(sandbox.Beside("moved"), "blobs", "sha256")));
    }

    private static void Remove(Sandbox sandbox)
    {
        foreach (var file in Directory.EnumerateFiles(sandbox.IngestPath).Where(f => Path.GetFileName(f)[0] != '.')) File.Delete(file);
    }
}
