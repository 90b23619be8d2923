using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace OciLayout.Bench.Cases;

/// <summary>A process that works on many stores for a long time. Its handles, its memory and the files in <c>ingest/</c> stay flat.</summary>
internal static class LongLife
{
    private const int Stores = 50;
    private const int Rounds = 10;

    // A store has a session while untagged content is claimed, so all stores have one before the middle. From then on, these may be added.
    private const int MoreHandles = 10;
    private const double MoreMiB = 8;
    private const int MoreFiles = 20;

    public static IEnumerable<Case> Cases =>
    [
        new Case
        {
            Name = "long-life",
            Work = $"100,000 operations on {Stores} stores in one process; from the middle on at most {MoreHandles} more handles and threads, {MoreMiB} MiB more memory and {MoreFiles} more files in ingest/",
            Ours = new Trial { Name = "ours", Run = Run },
            Goal = new Goal(MiB: 80), // most of it is the code of about 6,000 compiled methods
        },
    ];

    private static void Run(Place place)
    {
        var random = new Random(1);
        Directory.CreateDirectory(place.Scratch);
        State? middle = null;
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = Math.Max(place.Of(100_000), 5_000) / Rounds; i > 0; i--) Work(place, random);
            CollectAll(place);
            var now = State.Of(place);
            if (round == Rounds / 2) middle = now;
            if (middle is not null && !now.IsNear(middle)) throw new InvalidOperationException($"{middle} in the middle, {now} after {round + 1} of {Rounds} rounds");
        }
    }

    // A session stays open while its process has claims on content that no tag keeps, so the number of open sessions is random before this.
    private static void CollectAll(Place place)
    {
        for (var i = 0; i < Stores; i++) new OciGarbageCollector(OciStore.Create(PathOf(place, i), new OciStoreOptions { Flush = false }), new GarbageOptions { Force = true }).Run();
    }

    // Opens the store each time, as a cmdlet with a path does.
    private static void Work(Place place, Random random)
    {
        var store = OciStore.Create(PathOf(place, random.Next(Stores)), new OciStoreOptions { Flush = false });
        var tag = Images.Tag(random.Next(20));
        switch (random.Next(12))
        {
            case 0: store.Push(new PushRequest { MediaType = Images.LayerType }, new MemoryStream(Images.Layer(random.Next(), 0))); break;
            case <= 3: Push.PushImages(store, Push.ImageContents(1, from: random.Next(20))); break;
            case 4: Try(() => store.Untag(tag)); break;
            case 5: Try(() => _ = store.Walk(store.Resolve(tag)).Count()); break;
            case 6: Try(() => store.GetReferrers(store.Resolve(tag).Digest)); break;
            case 7: Try(() => new OciDeletion(store).Run(new OciDeletion(store).Plan(tag))); break;
            case 8: new OciGarbageCollector(store).Run(); break;
            case 9: Try(() => Copy(store, OciStore.Create(PathOf(place, random.Next(Stores)), new OciStoreOptions { Flush = false }), tag)); break;
            case 10: Try(() => store.Push(new PushRequest { Digest = Digest.Parse(Images.DigestOf([1])) }, new MemoryStream([2]))); break;
            default: new OciVerification(store.Path, new VerifyOptions { Quick = true }).Run(); break;
        }
    }

    private static void Copy(OciStore source, OciStore target, string tag)
    {
        using var copy = new OciCopy(source, target);
        copy.Run(copy.Plan([new CopyRoot(source.Resolve(tag), tag)]));
    }

    // An operation fails when the tag does not exist, or the content does not match. That must not leave anything behind, either.
    private static void Try(Action work)
    {
        try
        {
            work();
        }
        catch (OciException e) when (e.Kind is OciErrorKind.NotFound or OciErrorKind.DigestMismatch or OciErrorKind.ContentReferenced)
        {
        }
    }

    private static string PathOf(Place place, int number) => place.InScratch("store" + number.ToString(CultureInfo.InvariantCulture));

    /// <summary>The handles, threads, memory and files of the process at a moment.</summary>
    private sealed record State(int Handles, int Threads, double MiB, int Files)
    {
        public static State Of(Place place)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            using var process = System.Diagnostics.Process.GetCurrentProcess();
            var handles = OperatingSystem.IsLinux() ? Directory.GetFileSystemEntries("/proc/self/fd").Length : process.HandleCount;
            var files = Directory.EnumerateDirectories(place.Scratch, "ingest", SearchOption.AllDirectories).Sum(d => Directory.GetFileSystemEntries(d).Length);
            return new State(handles, process.Threads.Count, GC.GetTotalMemory(forceFullCollection: true) / (double)(1 << 20), files);
        }

        public bool IsNear(State before) =>
            Handles <= before.Handles + MoreHandles && Threads <= before.Threads + MoreHandles && MiB <= before.MiB + MoreMiB && Files <= before.Files + MoreFiles;
    }
}
