using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using OciLayout.Archives;
using OciLayout.Files;
using OciLayout.Layout;
using OciLayout.Store;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Safety.Steps;

/// <summary>
/// Runs every operation of the store and makes each of its file operations fail, or kills the process before or after it.
/// </summary>
public sealed class FaultPointTests(ITestOutputHelper output) : IDisposable
{
    private static readonly OciStoreOptions ByHand = new() { AutoSaveIndex = false, SweepBatch = 2, SweepTime = TimeSpan.MaxValue };

    private const string Exported = "/out/exported.tar";

    private static readonly IReadOnlyList<Case> Cases =
    [
        new("push and tag", StoreOperation.Push.Do) { Adds = ("new", World.New) },
        new("bulk push in a batch", Bulk) { Adds = ("bulk", World.New) },
        new("tags in a batch", s => InBatch(s, b => b.Tag(World.Untagged.Descriptor, "rescued"))) { Adds = ("rescued", World.Untagged) },
        new("a tag that is moved in a batch", s => InBatch(s, b => b.Tag(World.Base.Descriptor, "victim"))) { Adds = ("victim", World.Base) },
        new("untag in a batch", s => InBatch(s, b => b.Store.Untag("victim"))) { Removes = "victim" },
        new("reuse blobs", StoreOperation.ReuseBlobs.Do) { Adds = ("heir", World.Heir) },
        new("reuse a manifest", StoreOperation.ReuseManifest.Do) { Adds = ("again", World.Orphan) },
        new("tag", s => s.Tag(World.Untagged.Descriptor, "rescued")) { Adds = ("rescued", World.Untagged) },
        new("move a tag", s => s.Tag(World.Base.Descriptor, "victim")) { Adds = ("victim", World.Base) },
        new("untag", s => s.Untag("victim")) { Removes = "victim" },
        new("delete", s => s.Delete(s.PlanDeletion("victim"))) { Removes = "victim" },
        new("collect garbage", s => s.Collect()),
        new("save by hand", s => s.SaveIndex())
        {
            Before = s => s.Tag(World.Untagged.Descriptor, "saved"),
            Adds = ("saved", World.Untagged),
            Options = ByHand,
            Waits = true,
        },
        new("import an archive", s => s.Import(World.Archive)) { Adds = ("imported", World.New) },
        new("export", s => s.Export(s.PlanExport(), Exported, replace: true)) { Check = IsWholeOrAbsent },
        new("copy from another store", Copy) { Adds = ("copied", World.New) },
        new("end a session", s => s.State.Dispose())
        {
            Before = s => s.Tag(World.Untagged.Descriptor, "before"),
            Always = ("before", World.Untagged),
        },
    ];

    private readonly TemporaryDirectory _scratch = TemporaryDirectory.InMemory();
    private readonly Dictionary<string, IReadOnlyDictionary<string, string>> _checked = new(StringComparer.Ordinal);
    private readonly MemoryDisk _seed = Seed();

    public static TheoryData<string, Fault> Faults()
    {
        var faults = new TheoryData<string, Fault>();
        foreach (Case one in Cases)
        {
            foreach (Fault fault in Enum.GetValues<Fault>()) faults.Add(one.Name, fault);
        }

        return faults;
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void No_fault_loses_acknowledged_changes(string name, Fault fault)
    {
        Case one = Cases.Single(c => c.Name == name);
        int all = Run(one, 0, fault);
        for (int at = 1; at <= all; at++) Run(one, at, fault);
        output.WriteLine($"{name} | {fault} | {all} operations");
    }

    // Returns the number of file operations without a fault.
    private int Run(Case one, int at, Fault fault)
    {
        MemoryDisk disk = _seed.Copy();
        var files = new CrashingFileSystem(disk);
        var store = OciStore.OpenIsolated(World.Root, files, one.Options);
        one.Before?.Invoke(store);
        files.Set(at, fault);
        Exception? told = null;
        try
        {
            one.Do(store);
        }
        catch (Exception e)
        {
            told = e;
        }

        int count = files.Operations.Count;
        try
        {
            Assert.True(at == 0 || count >= at, "The operation was never reached.");
            Judge(one, disk, store, files, at == 0 ? null : fault, told);
        }
        catch (Exception e)
        {
            string where = at == 0 ? "nothing" : $"operation {at}, {files.Operations.ElementAtOrDefault(at - 1)},";
            string what = $"{one.Name}: {fault} at {where} told {told?.GetType().Name ?? "success"}: {e.Message}";
            throw new InvalidOperationException($"{what}\n{told}\n{string.Join('\n', files.Operations.Take(count))}", e);
        }
        finally
        {
            files.Bury();
            store.State.Dispose();
        }

        return count;
    }

    private void Judge(Case one, MemoryDisk disk, OciStore store, CrashingFileSystem files, Fault? fault, Exception? told)
    {
        Dictionary<string, string> before = World.Tags;
        if (one.Always is { } always) before[always.Tag] = always.Target.Digest;
        var after = new Dictionary<string, string>(before);
        if (one.Adds is { } added) after[added.Tag] = added.Target.Digest;
        if (one.Removes is { } removed) after.Remove(removed);
        bool dies = fault is Fault.DiesBefore or Fault.DiesAfter;
        if (fault is null) Assert.Null(told);
        if (dies) Assert.True(told is ProcessDiedException || one.Waits, "Death was taken for something else.");
        else Assert.True(told is null or OciException or IOException or UnauthorizedAccessException,
            "The error is of no kind that anybody expects.");

        one.Check?.Invoke(disk);

        // The change is complete or absent. It is complete when it was acknowledged.
        IReadOnlyDictionary<string, string> now = CheckFiles(disk, null);
        Assert.True(Same(now, after) || (told is not null && Same(now, before)), $"The tags are {string.Join(", ", now)}.");
        if (!dies && !Same(before, after) && told is not (null or OciException { Kind: OciErrorKind.IncompleteChange }))
            Assert.False(Same(now, after), "A change that was made was reported as failed.");
        files.Set(0, default);
        if (!dies)
        {
            Assert.DoesNotContain(disk.List(World.Root + "/ingest"), f => f.Name.StartsWith(Own(store), StringComparison.Ordinal)
                && (f.Name.EndsWith(".tmp", StringComparison.Ordinal) || f.Name.EndsWith(".upload", StringComparison.Ordinal)));
            GoOn(one, disk, store, told, now, after);
        }

        // The next process finds a sound store, and its collection removes the leftovers.
        if (!dies) store.State.Dispose();
        now = CheckFiles(disk, null);
        Collect(disk);
        CheckFiles(disk, now);
        Assert.Equal(0, Collect(disk).RemovedCount);
        Assert.All(disk.List(World.Root + "/ingest"), f => Assert.StartsWith(".", f.Name, StringComparison.Ordinal));
    }

    // The same store object keeps working: its next change does not apply the change that was reported as failed, and a retry of that
    // change succeeds.
    private void GoOn(Case one, MemoryDisk disk, OciStore store, Exception? told, IReadOnlyDictionary<string, string> now,
        Dictionary<string, string> after)
    {
        OciStore saving = store.WithOptions(store.Options with { AutoSaveIndex = true });
        saving.Tag(World.Base.Descriptor, "other");
        IReadOnlyDictionary<string, string> then = CheckFiles(disk, null);
        bool isAsBefore = Same(then, new Dictionary<string, string>(now) { ["other"] = World.Base.Digest });
        bool isDone = Same(then, new Dictionary<string, string>(after) { ["other"] = World.Base.Digest });
        Assert.True(isAsBefore || (one.Waits && isDone), "What was told to have failed was done later.");
        if (told is null) return;
        try
        {
            one.Do(saving);
        }
        catch (OciException e) when (e.Kind == OciErrorKind.NotFound && one.Removes is not null && Same(now, after))
        {
            // The tag was removed before the fault.
        }

        Assert.True(Same(CheckFiles(disk, null), new Dictionary<string, string>(after) { ["other"] = World.Base.Digest }),
            "It did not work when it was tried again.");
    }

    [Fact]
    public void Creation_can_fail_or_be_killed_at_any_operation()
    {
        var points = 0;
        foreach (Fault fault in Enum.GetValues<Fault>())
        {
            for (int at = 1; ; at++)
            {
                var disk = new MemoryDisk();
                var files = new CrashingFileSystem(disk);
                files.Set(at, fault);
                Exception? told = Record.Exception(() => Create(files));
                bool dies = fault is Fault.DiesBefore or Fault.DiesAfter;
                if (files.Operations.Count < at)
                {
                    Assert.Null(told);
                    break;
                }

                points++;
                if (dies) Assert.IsType<ProcessDiedException>(told);
                else Assert.True(told is null or OciException or IOException or UnauthorizedAccessException);
                files.Bury();
                if (told is not null) Create(disk);
                Assert.Empty(CheckFiles(disk, new Dictionary<string, string>()));
                Collect(disk);
                Assert.Equal(0, Collect(disk).RemovedCount);
                Assert.All(disk.List(World.Root + "/ingest"), f => Assert.StartsWith(".", f.Name, StringComparison.Ordinal));
            }
        }

        output.WriteLine($"create | all | {points} faults");
    }

    private static void Copy(OciStore store)
    {
        using var copy = new OciCopy(OciStore.OpenIsolated(World.Source, store.State.Files), store);
        copy.Run(copy.Plan([new CopyRoot(World.New.Descriptor, ["copied"])]));
    }

    private static void IsWholeOrAbsent(MemoryDisk disk)
    {
        if (disk.Stat(Exported) is null) return;
        using Stream file = disk.OpenRead(Exported);
        var reader = new TarReader(file, Exported);
        var blobs = new HashSet<string>();
        while (reader.Next(default) is { } entry)
        {
            if (entry.Kind == TarEntryKind.File) blobs.Add(entry.Name);
        }

        foreach (Content content in (Content[])[World.Base, World.BaseConfig, World.SharedLayer, World.Victim, World.VictimConfig, World.VictimLayer])
            Assert.Contains(LayoutNames.Blob(content.Descriptor.Digest), blobs);
    }

    private static void Create(IFileSystem files) =>
        LayoutCreator.Create(new DirectoryLayout(World.Root, files), files, false, true, TimeSpan.FromSeconds(30), default);

    private static void Bulk(OciStore store)
    {
        using OciBatch batch = store.BeginBatch();
        foreach (Content content in (Content[])[World.NewLayer, World.OrphanLayer, World.VictimLayer, World.New])
            batch.Stage(new PushRequest { MediaType = content.Descriptor.MediaType }, new MemoryStream(content.Bytes));
        batch.Publish();
        batch.Store.Tag(World.New.Descriptor, "bulk");
        batch.Commit();
    }

    private static void InBatch(OciStore store, Action<OciBatch> change)
    {
        using OciBatch batch = store.BeginBatch();
        change(batch);
        batch.Commit();
    }

    private static string Own(OciStore store) => store.State.OpenSession?.Id ?? "none";

    private static GarbageResult Collect(MemoryDisk disk)
    {
        var store = OciStore.OpenIsolated(World.Root, disk);
        GarbageResult result = store.Collect();
        store.State.Dispose();
        return result;
    }

    private IReadOnlyDictionary<string, string> CheckFiles(MemoryDisk disk, IReadOnlyDictionary<string, string>? tags)
    {
        string state = string.Join('\n', disk.Files.Where(f => !f.Path.Contains("/ingest/", StringComparison.Ordinal))
            .Select(f => f.Path + ' ' + Convert.ToBase64String(f.Bytes)));
        if (!_checked.TryGetValue(state, out IReadOnlyDictionary<string, string>? found))
        {
            string real = _scratch["check"];
            disk.WriteTo(real);
            real += World.Root;
            Invariant.Check(real);
            foreach (string digest in Invariant.Entries(real)) Invariant.CheckContent(real, digest, "an entry of the index", []);
            _checked.Add(state, found = Invariant.Tags(real));
        }

        if (tags is not null) Assert.True(Same(found, tags), "There are other tags.");
        return found;
    }

    private static bool Same(IReadOnlyDictionary<string, string> one, IReadOnlyDictionary<string, string> other) =>
        one.Count == other.Count && one.All(p => other.GetValueOrDefault(p.Key) == p.Value);

    private static MemoryDisk Seed()
    {
        var disk = new MemoryDisk();
        World.Make(disk, World.Root);
        World.MakeArchive(disk);
        World.MakeSource(disk);
        disk.CreateDirectory(Path.GetDirectoryName(Exported)!);
        return disk;
    }

    public void Dispose() => _scratch.Dispose();

    private sealed record Case(string Name, Action<OciStore> Do)
    {
        public Action<OciStore>? Before { get; init; }

        public (string Tag, Content Target)? Adds { get; init; }

        public string? Removes { get; init; }

        public (string Tag, Content Target)? Always { get; init; }

        /// <summary>A further check that must pass after every fault.</summary>
        public Action<MemoryDisk>? Check { get; init; }

        /// <summary>Whether a change that was not saved stays pending on purpose, so that the next change may save it.</summary>
        public bool Waits { get; init; }

        public OciStoreOptions Options { get; init; } = new() { SweepBatch = 2, SweepTime = TimeSpan.MaxValue };
    }
}
