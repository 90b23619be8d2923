using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Bench.Cases;

/// <summary>Cases whose time or memory must stay bounded for extreme stores.</summary>
internal static class Bounds
{
    public static IEnumerable<Case> Cases => [ManyPaths(), DeepNesting(), HugeIndex(), HugeDirectory(), SparseFile()];

    private static Case ManyPaths() => new()
    {
        Name = "bound-paths",
        Work = "walk, plan a collection and copy a graph of 2^30 paths: 30 indexes, each naming the next one twice",
        Setup = place => WriteChain(place.InShared("store"), 30, times: 2),
        Ours = new Trial { Name = "ours", Run = place => Through(place, 32) },
        Goal = new Goal(Milliseconds: 1000),
    };

    private static Case DeepNesting() => new()
    {
        Name = "bound-depth",
        Work = "the same with 10,000 indexes one in the other",
        Setup = place => WriteChain(place.InShared("store"), place.Of(10_000), times: 1),
        Ours = new Trial { Name = "ours", Run = place => Through(place, place.Of(10_000) + 2) },
        Goal = new Goal(Milliseconds: 10_000),
    };

    private static Case HugeIndex() => new()
    {
        Name = "bound-index",
        Work = "open an index of 100 MiB and list its tags; at most four times that much memory",
        Setup = place =>
        {
            var index = Images.Begin(place.InShared("store"));
            for (var i = 0; index.Length < place.Bytes(100L << 20); i++) Images.Entry(index, Images.DigestOf(BitConverter.GetBytes(i)), 500, Images.Tag(i));
            Images.End(place.InShared("store"), index);
        },
        Ours = new Trial { Name = "ours", Run = place => OciStore.Open(place.InShared("store")).GetTags() },
        Goal = new Goal(MiB: 400),
    };

    private static Case HugeDirectory() => new()
    {
        Name = "bound-blobs",
        Work = "plan a collection in a store of 1,000,000 blobs, none of them needed",
        Setup = place =>
        {
            var root = place.InShared("store");
            Images.Write(root, 1);
            Parallel.For(0, place.Of(1_000_000), i => Images.Blob(root, BitConverter.GetBytes(i)));
        },
        Ours = new Trial
        {
            Name = "ours",
            Run = place =>
            {
                var count = new OciGarbageCollector(OciStore.Open(place.InShared("store"))).Plan().Items.Count;
                if (count != place.Of(1_000_000)) throw new InvalidOperationException($"{count} found");
            },
        },
        Goal = new Goal(Milliseconds: 30_000),
    };

    private static Case SparseFile() => new()
    {
        Name = "bound-sparse",
        Work = "push a sparse file of 200 GiB and stop it after two seconds; the time from there",
        Ours = new Trial
        {
            Name = "ours",
            Timed = place =>
            {
                var path = place.InScratch("sparse");
                using (var file = File.Create(path)) file.SetLength(200L << 30);
                using var stop = new CancellationTokenSource();
                var clock = new System.Diagnostics.Stopwatch();
                using var timer = new Timer(_ => { clock.Start(); stop.Cancel(); }, null, 2000, Timeout.Infinite);
                try
                {
                    using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
                    Push.Store(place, flush: false).Push(new PushRequest(), content, stop.Token);
                }
                catch (OperationCanceledException)
                {
                }

                return clock.Elapsed.TotalMilliseconds;
            },
        },
        Goal = new Goal(Milliseconds: 100, MiB: 24),
    };

    private static void Through(Place place, int count)
    {
        var store = OciStore.Open(place.InShared("store"));
        var root = store.Resolve("top");
        var walked = store.Walk(root).Count();
        if (walked != count) throw new InvalidOperationException($"{walked} walked");
        new OciGarbageCollector(store).Plan();
        using var copy = new OciCopy(store, OciStore.Create(place.InScratch("to"), new OciStoreOptions { Flush = false }));
        copy.Run(copy.Plan([new CopyRoot(root, ["top"])]));
    }

    private static void WriteChain(string root, int count, int times)
    {
        const string type = "application/vnd.oci.image.index.v1+json";
        var index = Images.Begin(root);
        var below = Images.Descriptor(Images.ManifestType, Images.Blob(root, Encoding.UTF8.GetBytes(Images.Manifest(root, 0, 0))), Images.Manifest(null, 0, 0).Length);
        for (var i = 0; i < count; i++)
        {
            var document = Encoding.UTF8.GetBytes($"{{\"schemaVersion\":2,\"mediaType\":\"{type}\",\"manifests\":[{string.Join(",", Enumerable.Repeat(below, times))}]}}");
            below = Images.Descriptor(type, Images.Blob(root, document), document.Length);
        }

        index.Append(below, 0, below.Length - 1).Append(",\"annotations\":{\"org.opencontainers.image.ref.name\":\"top\"}}");
        Images.End(root, index);
    }
}
