using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace OciLayout.Bench.Cases;

/// <summary>Cases of predecessor queries, deletion and garbage collection.</summary>
internal static class Graph
{
    private const int Count = 10_000;

    public static IEnumerable<Case> Cases =>
    [
        First("predecessors", store => store.GetPredecessors(Layer(3)).Count, warm: false),
        First("predecessors", store => store.GetPredecessors(Layer(3)).Count, warm: true),
        First("referrers", store => store.GetReferrers(Subject(store)).Count, warm: false),
        First("referrers", store => store.GetReferrers(Subject(store)).Count, warm: true),
        Later(),
        ManyReferrers(),
        Collect("gc", "that the index does not list", unlisted: true, "2.2 s"),
        Collect("gc-untagged", "that the index lists without a tag", unlisted: false, "2.2 s"),
        Delete(),
    ];

    private static Case First(string name, Func<OciStore, int> ask, bool warm) => new()
    {
        Name = name + (warm ? "-warm" : "-first"),
        Work = $"the first question for {name} in a store of 10,000 images, first thing in a process" + (warm ? " that has asked elsewhere" : ""),
        Reference = "1.0 s",
        Setup = WriteStore,
        Limit = [ReadManifests()],
        Ours = new Trial { Name = "ours", WarmUp = warm ? place => AskElsewhere(place, ask) : null, Run = place => ask(OciStore.Open(place.InShared("store"))) },
        // The limit does not contain the index, which is opened first and is a third of the time of a new process.
        Goal = new Goal(Ratio: warm ? 1.2 : 1.5),
    };

    // Repeated so that the JIT compiler has optimized the code.
    private static void AskElsewhere(Place place, Func<OciStore, int> ask)
    {
        for (var i = 0; i < 10; i++)
        {
            var root = place.InScratch("store" + i);
            Images.Write(root, 300);
            ask(OciStore.Open(root));
        }
    }

    private static Case Later() => new()
    {
        Name = "referrers-later",
        Work = "a later question, the median of 1,000",
        Reference = "",
        Setup = WriteStore,
        Ours = new Trial
        {
            Name = "ours",
            Timed = place =>
            {
                var store = OciStore.Open(place.InShared("store"));
                var subject = Subject(store);
                store.GetReferrers(subject);
                return Enumerable.Range(0, 1000).Select(_ => Push.Time(() => store.GetReferrers(subject))).Order().ElementAt(500);
            },
        },
        Goal = new Goal(Milliseconds: 1),
    };

    private static Case ManyReferrers() => new()
    {
        Name = "referrers-10000",
        Work = "10,000 referrers of one subject, first thing in a process that has asked elsewhere",
        Reference = "",
        Setup = place => File.WriteAllText(place.InShared("subject"), Images.WriteReferrers(place.InShared("store"), place.Of(Count))),
        Ours = new Trial
        {
            Name = "ours",
            WarmUp = place =>
            {
                Images.WriteReferrers(place.InScratch("store"), 50);
                var store = OciStore.Open(place.InScratch("store"));
                store.GetReferrers(store.Resolve("subject").Digest);
            },
            Run = place =>
            {
                var found = OciStore.Open(place.InShared("store")).GetReferrers(Digest.Parse(File.ReadAllText(place.InShared("subject"))));
                if (found.Count != place.Of(Count)) throw new InvalidOperationException($"{found.Count} referrers");
            },
        },
        Goal = new Goal(Milliseconds: 150),
    };

    private static Case Collect(string name, string which, bool unlisted, string reference) => new()
    {
        Name = name,
        Work = $"collect as many images {which} as there are tagged, 10,000, first thing in a process",
        Reference = reference,
        Setup = place => Images.Write(place.InShared("store"), place.Of(Count), garbage: unlisted ? place.Of(Count) : 0, untagged: unlisted ? 0 : place.Of(Count)),
        Limit =
        [
            new Trial
            {
                Name = "read every manifest and unlink",
                Prepare = place =>
                {
                    Bare.CopyDirectory(place.InShared("store"), place.InScratch("store"));
                    File.WriteAllLines(place.InScratch("manifests"), Manifests(place.InScratch("store"), 2 * place.Of(Count), 0));
                    File.WriteAllLines(place.InScratch("garbage"), Files(place.InScratch("store"), place.Of(Count), place.Of(Count)));
                },
                Run = place =>
                {
                    Bare.ReadAll(File.ReadAllLines(place.InScratch("manifests")));
                    Bare.Unlink(File.ReadAllLines(place.InScratch("garbage")));
                },
            },
        ],
        Ours = new Trial
        {
            Name = "ours",
            Prepare = place => Bare.CopyDirectory(place.InShared("store"), place.InScratch("store")),
            Run = place =>
            {
                var result = new OciGarbageCollector(OciStore.Open(place.InScratch("store"))).Run();
                if (result.RemovedCount != 3 * place.Of(Count)) throw new InvalidOperationException($"{result.RemovedCount} removed");
            },
        },
        Peers = [new Trial { Name = "umoci gc", Prepare = place => Bare.CopyDirectory(place.InShared("store"), place.InScratch("store")), Command = place => Engine.Tool("umoci", "gc", "--layout", place.InScratch("store")) }],
        Goal = new Goal(Ratio: 1.3),
    };

    private static Case Delete() => new()
    {
        Name = "delete-warm",
        Work = "delete an image of 10 layers in a store of 10,000 images that was deleted from before, flushed; the median of 5",
        Reference = "227 ms",
        Setup = WriteStore,
        Ours = new Trial
        {
            Name = "ours",
            Prepare = place =>
            {
                Bare.CopyDirectory(place.InShared("store"), place.InScratch("store"));
                var store = OciStore.Open(place.InScratch("store"), new OciStoreOptions { Flush = false });
                for (var i = 0; i < 6; i++) PushTenLayers(store, 1_000_000 + i);
            },
            Timed = place =>
            {
                var store = OciStore.Open(place.InScratch("store"));
                return Enumerable.Range(0, 6).Select(i => Push.Time(() => DeleteImage(store, 1_000_000 + i))).Skip(1).Order().ElementAt(2);
            },
        },
        Goal = new Goal(Milliseconds: 40),
    };

    private static void DeleteImage(OciStore store, int number)
    {
        var removed = new OciDeletion(store).Run(new OciDeletion(store).Plan(Images.Tag(number))).Count;
        if (removed != 12) throw new InvalidOperationException($"{removed} removed");
    }

    private static void PushTenLayers(OciStore store, int number)
    {
        foreach (var content in Enumerable.Range(0, 10).Select(l => Images.Layer(number, l)).Prepend(Images.Config(number)))
            store.Push(new PushRequest(), new MemoryStream(content));
        var manifest = System.Text.Encoding.UTF8.GetBytes(Images.Manifest(null, number, 10));
        store.Tag(store.Push(new PushRequest { AsManifest = true }, new MemoryStream(manifest)).Descriptor, Images.Tag(number));
    }

    private static void WriteStore(Place place)
    {
        Images.Write(place.InShared("store"), place.Of(Count));
        File.WriteAllLines(place.InShared("manifests"), Manifests(place.InShared("store"), place.Of(Count), 0));
    }

    private static Trial ReadManifests() => new()
    {
        Name = "read every manifest",
        Run = place => Bare.ReadAll(File.ReadAllLines(place.InShared("manifests"))),
    };

    private static IEnumerable<string> Manifests(string root, int count, int from) =>
        Enumerable.Range(from, count).Select(i => Images.BlobPath(root, Images.DigestOf(System.Text.Encoding.UTF8.GetBytes(Images.Manifest(null, i, 1)))));

    private static IEnumerable<string> Files(string root, int count, int from) => Manifests(root, count, from)
        .Concat(Enumerable.Range(from, count).SelectMany(i => new[] { Images.Config(i), Images.Layer(i, 0) }).Select(b => Images.BlobPath(root, Images.DigestOf(b))));

    private static Digest Layer(int number) => Digest.Parse(Images.DigestOf(Images.Layer(number, 0)));

    private static Digest Subject(OciStore store) => store.Resolve(Images.Tag(3)).Digest;
}
