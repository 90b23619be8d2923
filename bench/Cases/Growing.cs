using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace OciLayout.Bench.Cases;

/// <summary>
/// Cases that do the same work on a store of N and of 2N items that are made to be expensive. Time and memory must not grow faster than the
/// number of items.
/// </summary>
internal static class Growing
{
    private const string First = "v000000"; // Images.Tag(0)

    private static readonly DeletionOptions Forced = new() { Force = true };

    private static readonly Shape Crafted = new("crafted", "entries with digests chosen to collide in a hash table", Shapes.Crafted, 10_000);
    private static readonly Shape Tags = new("tags", "tags of one image", Shapes.Tags, 10_000);
    private static readonly Shape Referrers = new("referrers", "referrers of one image", Shapes.Referrers, 5_000);
    private static readonly Shape Depth = new("depth", "indexes, each in the next one", Shapes.Depth, 5_000);
    private static readonly Shape Index = new("index", "entries of an index, 50 and 100 MB", Shapes.Index, 240_000);
    private static readonly Shape Blobs = new("blobs", "blobs in one directory", Shapes.Blobs, 500_000);

    private static readonly Operation List = new("list", (store, _) => store.GetTags());
    private static readonly Operation Resolve = new("resolve", (store, _) => store.GetTags().Select(t => store.Resolve(t.Tag!)).Count());
    private static readonly Operation Walk = new("walk", (store, _) => store.Walk(store.Resolve(First)).Count());
    private static readonly Operation Predecessors = new("predecessors", (store, _) => store.GetPredecessors(store.Resolve(First).Digest));
    private static readonly Operation FindReferrers = new("referrers", (store, _) => store.GetReferrers(store.Resolve(First).Digest));
    private static readonly Operation PlanCollection = new("gc", (store, _) => new OciGarbageCollector(store).Plan());
    private static readonly Operation Delete = new("delete", (store, _) => new OciDeletion(store, Forced).Run(new OciDeletion(store, Forced).Plan(store.Resolve(First).Digest.ToString()))) { Changes = true };
    private static readonly Operation Verify = new("verify", (store, _) => new OciVerification(store.Path, new VerifyOptions { Quick = true }).Run());
    private static readonly Operation PlanRepair = new("repair", (store, _) => new OciRepair(store.Path).Plan());
    private static readonly Operation Measure = new("measure", (store, _) => store.MeasureTags());
    private static readonly Operation Total = new("total", (store, _) => store.Measure());
    private static readonly Operation Compare = new("compare", (store, place) => store.CompareWith(New(place, "empty")));
    private static readonly Operation SetTag = new("set-tag", (store, _) => store.Tag(store.Resolve(Shapes.Other), "new")) { Changes = true };
    private static readonly Operation SetTags = new("set-tags", (store, _) => Change(store, (batch, tag) => batch.Tag(store.Resolve(Shapes.Other), "new-" + tag))) { Changes = true };
    private static readonly Operation MoveTags = new("move-tags", (store, _) => Change(store, (batch, tag) => batch.Tag(store.Resolve(Shapes.Other), tag))) { Changes = true };
    private static readonly Operation Untag = new("untag", (store, _) => Change(store, (batch, tag) => batch.Store.Untag(tag))) { Changes = true };
    private static readonly Operation Copy = new("copy", CopyAll);
    private static readonly Operation Archive = new("archive", ExportAndImport);
    private static readonly Operation Platforms = new("platforms", (store, _) => OciImage.ListAsync(store, store.Resolve(First)).GetAwaiter().GetResult());

    public static IEnumerable<Case> Cases =>
    [
        .. All(Crafted, List, Resolve, Predecessors, PlanCollection, Delete, Verify, Measure, Compare, SetTag, SetTags, MoveTags, Untag),
        .. All(Tags, List, Resolve, Walk, Predecessors, FindReferrers, PlanCollection, Delete, Verify, PlanRepair, Measure, Total, Compare, SetTag, SetTags, MoveTags, Untag, Copy, Archive),
        .. All(Referrers, Predecessors, FindReferrers, PlanCollection, Delete, Verify, Measure, Compare, Copy, Archive),
        .. All(Depth, Walk, Predecessors, FindReferrers, PlanCollection, Delete, Verify, PlanRepair, Measure, Total, Compare, Copy, Archive, Platforms),
        .. All(Index, List, Resolve, Verify, SetTag, Untag),
        .. All(Blobs, PlanCollection, Verify, PlanRepair, Total, Compare),
        .. new[] { Walk, Predecessors, FindReferrers, PlanCollection, Delete, Verify, PlanRepair, Measure, Total, Compare, Copy, Archive, Platforms }.Select(PathsCase),
    ];

    private static IEnumerable<Case> All(Shape shape, params Operation[] operations) => operations.Select(operation => new Case
    {
        Name = $"growth-{shape.Name}-{operation.Name}",
        Work = $"{operation.Name} with {shape.Count:#,0} and {2 * shape.Count:#,0} {shape.What}",
        Data = shape.Name,
        Setup = place =>
        {
            shape.Write(place.InShared("half"), place.Of(shape.Count));
            shape.Write(place.InShared("store"), 2 * place.Of(shape.Count));
        },
        Limit = [TrialOf("half", operation, shape.Write, shared: "half")],
        Ours = TrialOf("ours", operation, shape.Write, shared: "store"),
        Goal = new Goal(Growth: 2.6),
    });

    // The number of paths doubles with each level, so a second store of half the size would not show more.
    private static Case PathsCase(Operation operation) => new()
    {
        Name = $"growth-paths-{operation.Name}",
        Work = $"{operation.Name} with a graph of 2^30 paths: 30 indexes, each listing the next one twice",
        Data = "paths",
        Setup = place => Shapes.Paths(place.InShared("store"), 30),
        Ours = TrialOf("ours", operation, (root, _) => Shapes.Paths(root, 4), shared: "store"),
        Goal = new Goal(Milliseconds: 250, MiB: 16),
    };

    private static Trial TrialOf(string name, Operation operation, Action<string, int> write, string shared) => new()
    {
        Name = name,
        Prepare = place =>
        {
            if (operation.Changes) Bare.CopyDirectory(place.InShared(shared), place.InScratch("store"));
        },
        WarmUp = place =>
        {
            write(place.InScratch("store"), 50);
            Do(operation, place.InScratch("store"), place);
        },
        Run = place => Do(operation, operation.Changes ? place.InScratch("store") : place.InShared(shared), place),
    };

    private static void Do(Operation operation, string root, Place place) => operation.Run(OciStore.Open(root, new OciStoreOptions { Flush = false }), place);

    private static OciStore New(Place place, string name) => OciStore.Create(place.InScratch(name), new OciStoreOptions { Flush = false });

    private static void Change(OciStore store, Action<OciBatch, string> change)
    {
        using var batch = store.BeginBatch();
        foreach (var tag in store.GetTags()) change(batch, tag.Tag!);
        batch.Commit();
    }

    // Copies as the cmdlet does for a whole store: one plan for each entry, and one commit.
    private static void CopyAll(OciStore store, Place place)
    {
        using var batch = New(place, "copy").BeginBatch();
        using var copy = new OciCopy(store, batch.Store, new CopyOptions { IncludeReferrers = true });
        foreach (var root in CopyRoot.FromEntries(store.GetEntries(), out _)) copy.Run(copy.Plan([root]));
        batch.Commit();
    }

    private static void ExportAndImport(OciStore store, Place place)
    {
        var path = place.InScratch("archive.tar");
        Directory.CreateDirectory(place.Scratch);
        var export = new OciExport(store);
        export.Run(export.Plan(), path, replace: true);
        OciStore.Open(path).GetTags();
        new OciImport(New(place, "import")).Run(path);
    }

    /// <summary>A kind of store.</summary>
    /// <param name="Name">The part of the name of the case.</param>
    /// <param name="What">The items.</param>
    /// <param name="Write">Writes a store with a number of items.</param>
    /// <param name="Count">The number of items of the smaller store.</param>
    private sealed record Shape(string Name, string What, Action<string, int> Write, int Count);

    /// <summary>An operation of the library.</summary>
    /// <param name="Name">The part of the name of the case.</param>
    /// <param name="Run">Runs it on a store.</param>
    private sealed record Operation(string Name, Action<OciStore, Place> Run)
    {
        /// <summary>Gets whether it changes the store, so that it needs a copy.</summary>
        public bool Changes { get; init; }
    }
}
