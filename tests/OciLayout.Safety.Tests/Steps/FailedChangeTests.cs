using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using OciLayout.Files;
using OciLayout.Model;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Safety.Steps;

/// <summary>A change that failed for one thread is not saved by another thread of the process, neither at once nor later.</summary>
public sealed class FailedChangeTests : IDisposable
{
    private readonly TemporaryDirectory _scratch = TemporaryDirectory.InMemory();
    private readonly MemoryDisk _disk = new();

    public FailedChangeTests() => World.Make(_disk, World.Root);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_change_that_another_thread_is_saving_succeeds_or_fails_with_it(bool writeFails)
    {
        using var applied = new ManualResetEventSlim();
        using var taken = new ManualResetEventSlim();
        var hook = new SynchronizedFileSystem(_disk);
        var store = OciStore.OpenIsolated(World.Root, hook);
        store.Tag(World.Base.Descriptor, "first"); // opens the session
        var impatient = store.WithOptions(store.Options with { LockTimeout = TimeSpan.Zero });
        Exception? told = null;
        int beforeTurn = 0;
        bool goesOn = false;
        var second = new Thread(() => told = Record.Exception(() => impatient.Tag(World.Victim.Descriptor, "second")));

        hook.Before = (what, path) =>
        {
            if (Thread.CurrentThread == second)
            {
                // The second lock of .turn is the one of the commit: at that time the change is pending.
                if (what != "lock" || !path.EndsWith(".turn", StringComparison.Ordinal)) return;
                if (Interlocked.Increment(ref beforeTurn) != 2) return;
                applied.Set();
                taken.Wait();
                Volatile.Write(ref goesOn, true);
            }
            else if (what == "lock" && path.EndsWith(".lock", StringComparison.Ordinal) && !applied.IsSet)
            {
                second.Start(); // the first thread holds .turn, and has not taken the pending changes yet
                applied.Wait();
            }
            else if (what == "create" && path.EndsWith(".tmp", StringComparison.Ordinal) && !taken.IsSet)
            {
                taken.Set();
                // Wait until the second thread is blocked on .turn.
                SpinWait.SpinUntil(() => !second.IsAlive || (Volatile.Read(ref goesOn) && (second.ThreadState & ThreadState.WaitSleepJoin) != 0));
                if (writeFails) throw new IOException("No space left on device", 28);
            }
        };

        Exception? toldFirst = Record.Exception(() => store.Tag(World.Untagged.Descriptor, "third"));
        second.Join();
        hook.Before = (_, _) => { };
        store.Tag(World.Orphan.Descriptor, "later");

        Dictionary<string, string> tags = World.Tags;
        (tags["first"], tags["later"]) = (World.Base.Digest, World.Orphan.Digest);
        if (toldFirst is null) tags["third"] = World.Untagged.Digest;
        if (told is null) tags["second"] = World.Victim.Digest;
        Assert.Equal(writeFails, toldFirst is not null);
        Assert.Equal(writeFails, told is not null);
        _disk.WriteTo(_scratch["end"]);
        Invariant.Check(_scratch["end"] + World.Root, tags);
        Assert.Equal(tags.Count, Invariant.Tags(_scratch["end"] + World.Root).Count);
        store.State.Dispose();
    }

    // The flush after the rename of index.json fails. In the second round the index has the requested content already.
    [Fact]
    public void A_change_that_was_made_and_not_flushed_is_reported_as_incomplete()
    {
        var hook = new SynchronizedFileSystem(_disk);
        var store = OciStore.OpenIsolated(World.Root, hook);
        // The first change through a store flushes more.
        store.Push(StoreOperation.RequestFor(World.NewLayer), new MemoryStream(World.NewLayer.Bytes));
        hook.Before = (what, path) =>
        {
            if (what == "flush" && path == World.Root) throw new IOException("Input/output error", 5);
        };
        for (int i = 0; i < 2; i++)
        {
            var unfinished = Assert.Throws<OciException>(() => store.Tag(World.Untagged.Descriptor, "kept"));
            Assert.Equal(OciErrorKind.IncompleteChange, unfinished.Kind);
            Assert.Equal(World.Untagged.Digest, store.Resolve("kept").Digest.ToString());
        }

        var listed = Assert.Throws<OciException>(() => store.Push(StoreOperation.RequestFor(World.Orphan), new MemoryStream(World.Orphan.Bytes)));
        Assert.Equal(OciErrorKind.IncompleteChange, listed.Kind);
        Assert.Contains(store.GetEntries(), e => e.Digest.ToString() == World.Orphan.Digest);
        // The manifest is listed already, so this push changes no index entry.
        Assert.Throws<IOException>(() => store.Push(StoreOperation.RequestFor(World.Orphan), new MemoryStream(World.Orphan.Bytes)));
        hook.Before = (_, _) => { };
        store.State.Dispose();
    }

    // A full disk cuts a claim line in half. The retry must write a whole line that another process can read.
    [Fact]
    public void A_partially_written_claim_is_written_again()
    {
        // Find the number of the operation on a copy of the store.
        var files = new CrashingFileSystem(_disk.Copy());
        OciStore store = Begin(files);
        files.Set(0, default);
        PushLayer(store);
        int at = files.Operations.FindIndex(o => o.StartsWith("write ", StringComparison.Ordinal)
            && o.EndsWith(".claims", StringComparison.Ordinal)) + 1;
        store.State.Dispose();

        files = new CrashingFileSystem(_disk);
        store = Begin(files);
        files.Set(at, Fault.Full);
        Assert.Throws<IOException>(() => PushLayer(store));
        files.Set(0, default);
        PushLayer(store);
        var other = OciStore.OpenIsolated(World.Root, _disk);
        other.Collect();
        Assert.True(other.Exists(World.OrphanLayer.Descriptor.Digest), "A live claim did not hold.");
        other.State.Dispose();
        store.State.Dispose();
    }

    private static OciStore Begin(CrashingFileSystem files)
    {
        var store = OciStore.OpenIsolated(World.Root, files);
        store.Push(new PushRequest(), new MemoryStream([1]));
        return store;
    }

    private static void PushLayer(OciStore store) =>
        store.Push(StoreOperation.RequestFor(World.OrphanLayer), new MemoryStream(World.OrphanLayer.Bytes));

    [Fact]
    public void A_deletion_whose_files_could_not_be_deleted_is_reported_as_made()
    {
        var hook = new SynchronizedFileSystem(_disk);
        var store = OciStore.OpenIsolated(World.Root, hook);
        hook.Before = (what, path) =>
        {
            if (what == "delete" && path.Contains("/blobs/", StringComparison.Ordinal)) throw new IOException("Input/output error", 5);
        };
        var unfinished = Assert.Throws<OciException>(() => store.Delete(store.PlanDeletion("victim")));
        Assert.Equal(OciErrorKind.IncompleteChange, unfinished.Kind);
        Assert.DoesNotContain(store.GetTags(), t => t.Tag == "victim");
        hook.Before = (_, _) => { };
        store.Collect();
        Assert.False(store.Exists(World.Victim.Descriptor.Digest));
        store.State.Dispose();
    }

    [Fact]
    public void A_failed_sweep_reports_the_deleted_files()
    {
        var hook = new SynchronizedFileSystem(_disk);
        var store = OciStore.OpenIsolated(World.Root, hook);
        var deletions = 0;
        hook.Before = (what, path) =>
        {
            if (what == "delete" && path.Contains("/blobs/", StringComparison.Ordinal) && ++deletions == 3)
                throw new IOException("Input/output error", 5);
        };
        var told = new List<Digest>();
        Assert.Throws<IOException>(() => store.Collect(removed: item => told.Add(item.Digest)));
        Assert.Equal(2, told.Count);
        Assert.All(told, d => Assert.False(store.Exists(d)));
        store.State.Dispose();
    }

    public void Dispose() => _scratch.Dispose();

    /// <summary>Lets one thread at a time use a file system, and calls a delegate before some operations.</summary>
    private sealed class SynchronizedFileSystem(IFileSystem inner) : DelegatingFileSystem(inner)
    {
        private readonly object _sync = new();

        public Action<string, string> Before { get; set; } = (_, _) => { };

        public override FileStatus? Stat(FilePath path) => Do(() => base.Stat(path));

        public override IEnumerable<FileStatus> List(string directory) => Do(() => new List<FileStatus>(base.List(directory)));

        public override Stream OpenRead(FilePath path) => Do(() => base.OpenRead(path));

        public override Stream Create(string path, FilePurpose purpose)
        {
            Before("create", path);
            return Do(() => base.Create(path, purpose));
        }

        public override Stream CreateLike(string path, string model) => Create(path, FilePurpose.Plain);

        public override IDisposable? TryLock(string path, bool exclusive)
        {
            Before("lock", path);
            return Do(() => base.TryLock(path, exclusive));
        }

        public override void Pause(int milliseconds, CancellationToken cancellationToken) => cancellationToken.WaitHandle.WaitOne(milliseconds);

        public override void Replace(string source, string target) => Do(() => base.Replace(source, target));

        public override bool TryMove(string source, FilePath target) => Do(() => base.TryMove(source, target));

        public override void Delete(FilePath path)
        {
            Before("delete", path);
            Do(() => base.Delete(path));
        }

        public override void CreateDirectory(string path) => Do(() => base.CreateDirectory(path));

        public override void CreateRoot(string path) => Do(() => base.CreateRoot(path));

        public override void Flush(string path)
        {
            Before("flush", path);
            Do(() => base.Flush(path));
        }

        public override void Touch(string path) => Do(() => base.Touch(path));

        public override void SetPurpose(string path, FilePurpose purpose) => Do(() => base.SetPurpose(path, purpose));

        private void Do(Action action)
        {
            lock (_sync) action();
        }

        private T Do<T>(Func<T> action)
        {
            lock (_sync) return action();
        }
    }
}
