using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Files;
using Xunit;

namespace OciLayout.Tests.Store;

/// <summary>Tests several processes and foreign tools on one store (section 3, index transaction and lock).</summary>
public class SharedStoreTests
{
    [Fact]
    public void Saved_changes_are_visible_to_other_processes_at_once()
    {
        using var sandbox = new Sandbox();
        var one = sandbox.Create();
        var two = sandbox.Isolated();
        var image = one.PushImage("a");
        for (var i = 0; i < 20; i++) // also within one clock tick
        {
            one.Tag(image, "one" + i);
            Assert.Equal(image.Digest, two.Resolve("one" + i).Digest);
            two.Tag(image, "two" + i);
            Assert.Equal(image.Digest, one.Resolve("two" + i).Digest);
            two.Untag("one" + i);
            Assert.DoesNotContain("one" + i, one.TagNames());
        }
    }

    [Fact]
    public void Pending_changes_are_applied_to_the_current_index()
    {
        using var sandbox = new Sandbox();
        var waiting = sandbox.Create(new OciStoreOptions { AutoSaveIndex = false });
        Descriptor a = waiting.PushImage("a"), b = waiting.PushImage("b");
        waiting.Tag(a, "kept");
        waiting.Tag(a, "moved");
        waiting.Tag(a, "removed");
        waiting.SaveIndex();
        var other = sandbox.Isolated();

        waiting.Tag(b, "moved");
        waiting.Untag("removed");
        waiting.Tag(b, "mine");
        other.Tag(a, "theirs");
        other.Tag(b, "kept");
        other.Untag("removed");
        other.Tag(a, "mine");
        Assert.Equal(["kept", "mine", "moved", "theirs"], waiting.TagNames());
        Assert.Equal(b.Digest, waiting.Resolve("mine").Digest);
        waiting.SaveIndex();

        var saved = sandbox.Isolated();
        Assert.Equal(["kept", "mine", "moved", "theirs"], saved.TagNames());
        Assert.Equal([b.Digest, b.Digest, b.Digest, a.Digest], saved.GetTags().Select(t => t.Descriptor!.Digest)); // the last commit wins
    }

    [Fact]
    public void Index_rewritten_in_place_by_another_tool_is_read_and_extended()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        Descriptor a = store.PushImage("a"), b = store.PushImage("b");
        store.Tag(a, "v1");
        var stamp = File.GetLastWriteTimeUtc(sandbox.IndexPath);

        sandbox.IndexText = sandbox.IndexText.Replace("\"v1\"", "\"v2\"", StringComparison.Ordinal); // keeps length and modification time
        File.SetLastWriteTimeUtc(sandbox.IndexPath, stamp);
        store.Tag(b, "v3");

        Assert.Equal(["v2", "v3"], sandbox.Isolated().TagNames());
        Assert.Equal(["v2", "v3"], store.TagNames());
    }

    [Fact]
    public void Partially_written_index_is_read_again()
    {
        using var sandbox = new Sandbox();
        var files = new HookedFileSystem();
        sandbox.Create().PushImage("a");
        var store = sandbox.Isolated(files);
        var whole = sandbox.IndexText.Replace(
            "[",
            "[" + Sample.Entry(new Descriptor("a/b", Digest.Compute("x"u8), 1), "theirs") + ",",
            StringComparison.Ordinal);
        sandbox.IndexText = whole.Substring(0, whole.Length / 2);
        var reads = 0;
        files.Before = (operation, path) =>
        {
            if (operation == FileOperation.OpenRead && path == sandbox.IndexPath && ++reads == 2) sandbox.IndexText = whole;
        };

        Assert.Equal(["theirs"], store.TagNames());
        Assert.True(reads >= 2);
    }

    [Fact]
    public void Saved_changes_survive_a_concurrent_write_of_another_tool()
    {
        using var sandbox = new Sandbox();
        var files = new HookedFileSystem();
        sandbox.Create();
        var store = sandbox.Isolated(files);
        var image = store.PushImage("a");
        var empty = Sample.Index();
        files.Before = (operation, path) =>
        {
            if (operation != FileOperation.Replace || path != sandbox.IndexPath) return;
            files.Before = (_, _) => { };
            sandbox.IndexText = empty; // a foreign tool writes an old copy in place
            Assert.Empty(store.GetTags()); // and this process reads it at that moment
        };

        store.Tag(image, "ours");
        Assert.Equal(["ours"], store.TagNames());
        store.Tag(image, "ours-too");

        Assert.Equal(["ours", "ours-too"], sandbox.Isolated().TagNames());
    }

    [Fact]
    public async Task Save_is_not_acknowledged_before_another_thread_has_written_it()
    {
        using var sandbox = new Sandbox();
        var files = new HookedFileSystem();
        sandbox.Create();
        var store = sandbox.Isolated(files, new OciStoreOptions { AutoSaveIndex = false });
        store.Tag(store.PushImage("a"), "v1");
        Thread? second = null;
        files.Before = (operation, path) =>
        {
            if (operation != FileOperation.Replace || path != sandbox.IndexPath) return;
            files.Before = (_, _) => { };
            second = new Thread(() => store.SaveIndex());
            second.Start();
            SpinWait.SpinUntil(() => !second.IsAlive || second.ThreadState.HasFlag(ThreadState.WaitSleepJoin), TimeSpan.FromMinutes(5));
            throw new IOException("the medium is full");
        };

        await Assert.ThrowsAsync<IOException>(() => Task.Run(() => store.SaveIndex(), TestContext.Current.CancellationToken));

        Assert.True(second!.Join(TimeSpan.FromMinutes(5)));
        Assert.Equal(["v1"], sandbox.Isolated().TagNames()); // the second call returned, so its change is saved
    }

    [Fact]
    public async Task Many_processes_lose_no_tag()
    {
        using var sandbox = new Sandbox();
        var image = sandbox.Create().PushImage("a");
        using var start = new Barrier(6);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(p => Task.Factory.StartNew(
            () =>
            {
                var store = sandbox.Isolated(options: new OciStoreOptions { Flush = false });
                start.SignalAndWait();
                for (var i = 0; i < 20; i++) store.Tag(image, $"process{p}-{i}");
                for (var i = 0; i < 20; i += 2) store.Untag($"process{p}-{i}");
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        Assert.Equal(6 * 10, sandbox.Isolated().GetTags().Count);
        Assert.Equal(60, sandbox.Isolated().GetEntries().Count);
        Assert.Empty(sandbox.Litter());
        await sandbox.AssertSoundAsync();
    }

    [Fact]
    public void Lock_timeout_names_the_lock_file_and_changes_nothing()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create(new OciStoreOptions { LockTimeout = TimeSpan.FromMilliseconds(50) });
        var image = store.PushImage("a");
        var path = Path.Combine(sandbox.IngestPath, ".lock");
        var before = sandbox.Snapshot();
        using (PhysicalFileSystem.Instance.TryLock(path, exclusive: true))
        {
            Sandbox.Refused(OciErrorKind.StoreBusy, () => store.Tag(image, "v1"), path, "0.1 s");
            Assert.Equal(before, sandbox.Snapshot());
            Assert.Empty(store.GetTags()); // readers do not need the lock, and the failed change is not visible
            Assert.Equal(image.Digest, sandbox.Isolated().GetEntries()[0].Descriptor!.Digest);
        }

        store.Tag(image, "v2");
        Assert.Equal(["v2"], sandbox.Isolated().TagNames());
        Assert.True(File.Exists(path)); // the lock file is never deleted
    }

    [Fact]
    public void Waiting_for_a_lock_can_be_cancelled()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var image = store.PushImage("a");
        using var cancelled = new CancellationTokenSource();
        using var held = PhysicalFileSystem.Instance.TryLock(Path.Combine(sandbox.IngestPath, ".lock"), exclusive: true);
        cancelled.CancelAfter(TimeSpan.FromMilliseconds(20));

        Assert.ThrowsAny<OperationCanceledException>(() => store.Tag(image, "v1", cancelled.Token));
        Assert.Empty(store.GetTags());
    }

    [Fact]
    public void Tag_of_content_deleted_before_the_save_is_reported_and_other_changes_are_saved()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create(new OciStoreOptions { AutoSaveIndex = false });
        Descriptor a = store.PushImage("a"), b = store.PushImage("b");
        store.Tag(a, "lost");
        store.Tag(b, "kept");
        File.Delete(sandbox.BlobPath(a.Digest)); // as a foreign tool does

        Sandbox.Refused(OciErrorKind.NotFound, () => store.SaveIndex(), a.Digest.ToString());

        Assert.Equal(["kept"], sandbox.Isolated().TagNames());
        Assert.Equal(["kept"], store.TagNames());
        Assert.Equal(["kept=" + b.Digest], store.EntryNames());
        store.SaveIndex(); // the error is reported once
    }
}
