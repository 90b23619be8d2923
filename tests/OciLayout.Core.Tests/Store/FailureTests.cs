using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using OciLayout.Testing;
using OciLayout.Tests.Blobs;
using Xunit;

namespace OciLayout.Tests.Store;

/// <summary>
/// Tests a file system that fails at each operation in turn: the store is the old one or the new one, and no temporary file is left.
/// </summary>
public class FailureTests
{
    [Theory]
    [InlineData(FileOperation.Create)]
    [InlineData(FileOperation.Write)]
    [InlineData(FileOperation.Flush)]
    [InlineData(FileOperation.Replace)]
    [InlineData(FileOperation.Lock)]
    [InlineData(FileOperation.OpenRead)]
    [InlineData(FileOperation.CreateDirectory)]
    public async Task Failure_at_any_step_of_a_push_and_a_tag_leaves_an_intact_store(FileOperation failing)
    {
        var reached = 0;
        for (var step = 1; ; step++)
        {
            using var sandbox = new Sandbox();
            var first = sandbox.Create();
            first.Tag(first.PushImage("old"), "v1");
            first.Tag(first.Resolve("v1"), "old");
            var old = sandbox.IndexText;
            var files = new HookedFileSystem();
            var store = sandbox.Isolated(files);
            var left = step;
            files.Before = (operation, path) =>
            {
                if (operation == failing && --left == 0) throw new IOException("step " + path);
            };

            Descriptor? pushed = null;
            var error = Record.Exception(() =>
            {
                pushed = store.PushImage("new");
                store.Tag(pushed, "v1");
            });
            if (left > 0)
            {
                Assert.Null(error);
                Assert.True(reached > 0, "the operation is not used at all, so this tests nothing");
                return;
            }

            reached++;
            if (error is not null) Assert.True(error is IOException or OciException { InnerException: IOException }, error.ToString());
            files.Before = (_, _) => { };
            Assert.Empty(sandbox.Litter());
            await AssertOldOrNewAsync(sandbox, acknowledged: error is null ? pushed : null);

            // This process and others can retry the operation that failed.
            var again = store.PushImage("new");
            store.Tag(again, "v1");
            Assert.Equal(again.Digest, sandbox.Isolated().Resolve("v1").Digest);
            Assert.Contains("\"old\"", sandbox.IndexText, StringComparison.Ordinal);
            Assert.DoesNotContain(sandbox.Isolated().Walk(again), v => v.IsMissing);
            await sandbox.AssertSoundAsync();
        }
    }

    [Fact]
    public void Failed_tag_is_not_saved_later()
    {
        using var sandbox = new Sandbox();
        sandbox.Create();
        var files = new HookedFileSystem();
        var store = sandbox.Isolated(files);
        var image = store.PushImage("a");
        store.Tag(image, "kept");
        files.Before = (operation, path) =>
        {
            if (operation == FileOperation.Replace && path == sandbox.IndexPath) throw new IOException("the medium is full");
        };
        Assert.Throws<IOException>(() => store.Tag(image, "failed"));
        Assert.Throws<IOException>(() => store.Untag("kept"));
        files.Before = (_, _) => { };

        Assert.Equal(["kept"], store.TagNames());
        store.Tag(image, "later");
        Assert.Equal(["kept", "later"], sandbox.Isolated().TagNames());
    }

    [Fact]
    public void Unreadable_garbage_is_collected()
    {
        using var sandbox = new Sandbox();
        var files = new HookedFileSystem();
        sandbox.Create();
        var store = sandbox.Isolated(files);
        store.Tag(store.PushImage("kept"), "kept");
        var garbage = store.PushBlob("garbage");
        files.Before = (operation, path) =>
        {
            if (operation == FileOperation.OpenRead && path == sandbox.BlobPath(garbage.Digest)) throw new UnauthorizedAccessException("denied");
        };

        Assert.Equal(1, store.Collect(new GarbageOptions()).RemovedCount);
        Assert.False(store.Exists(garbage.Digest));
    }

    [Fact]
    public void Failed_cleanup_does_not_hide_the_first_error()
    {
        using var sandbox = new Sandbox();
        sandbox.Create();
        var files = new HookedFileSystem();
        var store = sandbox.Isolated(files);
        var image = store.PushImage("a");
        files.Before = (operation, path) =>
        {
            if (operation == FileOperation.Delete) throw new IOException("second");
            if (operation == FileOperation.Replace) throw new IOException("first");
        };

        Assert.Equal("first", Assert.Throws<IOException>(() => store.Tag(image, "v1")).Message);
        Assert.Equal("first", Assert.Throws<IOException>(() => store.PushBlob("text")).Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Content_is_flushed_before_the_rename_that_publishes_it_and_the_index_after_it(bool flush)
    {
        using var sandbox = new Sandbox();
        sandbox.Create();
        var files = new HookedFileSystem();
        var store = sandbox.Isolated(files, new OciStoreOptions { Flush = flush });
        store.PushBlob("opens the session");
        var steps = new List<string>();
        files.Before = (operation, path) =>
        {
            if (operation is FileOperation.Flush or FileOperation.Replace) steps.Add(operation + " " + Name(sandbox, path));
        };

        store.Push(new PushRequest { MediaType = MediaTypes.ImageIndex }, new MemoryStream("{\"manifests\":[]}"u8.ToArray()));

        string[] all = ["Flush upload", "Replace blob", "Flush blobs/sha256", "Flush tmp", "Replace index.json", "Flush ."];
        string[] withoutFlush = ["Replace blob", "Flush tmp", "Replace index.json"];
        Assert.Equal(flush ? all : withoutFlush, steps);
    }

    [Fact]
    public void Reused_content_is_flushed_before_it_is_acknowledged()
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        var blob = sandbox.Put("a/b", "put there by another tool"u8.ToArray());
        var files = new HookedFileSystem();
        var flushed = new List<string>();
        var store = sandbox.Isolated(files);
        files.Before = (operation, path) =>
        {
            if (operation == FileOperation.Flush) flushed.Add(path);
        };

        store.Push(new PushRequest { Digest = blob.Digest, Size = blob.Size }, new UnreadableStream());

        Assert.Contains(sandbox.BlobPath(blob.Digest), flushed);
    }

    private static string Name(Sandbox sandbox, string path) =>
        path.EndsWith(".upload", StringComparison.Ordinal) ? "upload" : path.EndsWith(".tmp", StringComparison.Ordinal) ? "tmp"
        : Path.GetFileName(path).Length == 64 ? "blob" : Path.GetRelativePath(sandbox.Root, path);

    private static async Task AssertOldOrNewAsync(Sandbox sandbox, Descriptor? acknowledged)
    {
        var seen = sandbox.Isolated();
        Assert.Contains("old", seen.TagNames());
        if (acknowledged is not null) Assert.Equal(acknowledged.Digest, seen.Resolve("v1").Digest);
        foreach (var tag in seen.GetTags()) Assert.DoesNotContain(seen.Walk(tag.Descriptor!), v => v.IsMissing || v.Problem is not null);
        sandbox.AssertBlobsMatchTheirNames();
        await SpecificationSchema.AssertFileValidAsync(SpecificationSchema.Index, sandbox.IndexPath);
    }
}
