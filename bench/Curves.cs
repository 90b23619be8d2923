using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using OciLayout.Bench.Cases;

namespace OciLayout.Bench;

/// <summary>Measures how the time of common operations grows with the number of images.</summary>
internal static class Curves
{
    private static readonly int[] Counts = [100, 300, 1000, 3000, 10_000, 30_000, 100_000];

    /// <summary>Measures all operations. Each point is the median of three runs; the store of each count is created once.</summary>
    public static IEnumerable<Growth> Measure(string root, Options options)
    {
        var counts = Counts.Where(c => c <= Counts[^1] / options.Scale).ToArray();
        var growths = Works.Select(w => new Growth(w.Name)).ToArray();
        Console.WriteLine($"{"images:",-34} {string.Join(" ", counts.Select(c => $"{c,9:#,0}"))}   grows as");
        foreach (var count in counts)
        {
            var place = new Place(Path.Combine(root, "curve"), 1);
            Directory.CreateDirectory(place.Shared);
            Images.Write(place.InShared("store"), count);
            for (var i = 0; i < Works.Length; i++)
            {
                var @case = new Case { Name = "", Work = "", Ours = Works[i].Trial(count) };
                var times = Enumerable.Range(0, options.Scale > 1 ? 1 : 3).Select(_ => Once(@case, place)).Order().ToList();
                growths[i].Add(count, times[times.Count / 2]);
                // Shows progress, because the curves take minutes.
                Console.Error.WriteLine($"  {count:#,0} images, {Works[i].Name}: {times[times.Count / 2]:0.0} ms");
            }

            Directory.Delete(place.Root, recursive: true);
        }

        return growths;
    }

    // Runs in this warm process, because growth is measured, not startup.
    private static double Once(Case @case, Place place)
    {
        place.Clear();
        @case.Ours.Prepare(place);
        return @case.Ours.Timed!(place);
    }

    private static readonly (string Name, Func<int, Trial> Trial)[] Works =
    [
        ("push and tag all, not flushed", count => new Trial { Name = "", Timed = place => PushAll(place, count) }),
        ("open and list tags", _ => new Trial { Name = "", Timed = place => Push.Time(() => Open(place).GetTags()) }),
        ("open and set one tag, flushed", _ => new Trial { Name = "", Timed = place => Push.Time(() => SetTag(Open(place))) }),
        ("first referrers", _ => new Trial { Name = "", Timed = place => Push.Time(() => AskReferrers(Open(place))) }),
        ("later referrers", _ => new Trial { Name = "", Timed = AskAgain }),
        ("delete one image, warm, flushed", count => new Trial { Name = "", Timed = place => DeleteOne(place, count) }),
        ("plan a collection, cold", _ => new Trial { Name = "", Timed = place => Push.Time(() => new OciGarbageCollector(Open(place)).Plan()) }),
        ("verify, quick", _ => new Trial { Name = "", Timed = place => Push.Time(() => new OciVerification(Open(place).Path, new VerifyOptions { Quick = true }).Run()) }),
    ];

    // Renames the store first, because this process caches stores by path.
    private static OciStore Open(Place place)
    {
        var moved = place.InShared(Guid.NewGuid().ToString("N"));
        Directory.Move(Directory.GetDirectories(place.Shared).Single(), moved);
        return OciStore.Open(moved);
    }

    private static double PushAll(Place place, int count)
    {
        var (store, images) = (Push.Store(place, flush: false), Push.ImageContents(count).ToList());
        return Push.Time(() => Push.PushImages(store, images));
    }

    private static void SetTag(OciStore store) => store.Tag(store.Resolve(Images.Tag(7)), "stable");

    private static int AskReferrers(OciStore store) => store.GetReferrers(store.Resolve(Images.Tag(3)).Digest).Count;

    private static double AskAgain(Place place)
    {
        var store = Open(place);
        AskReferrers(store);
        return Enumerable.Range(0, 100).Select(_ => Push.Time(() => AskReferrers(store))).Order().ElementAt(50);
    }

    private static double DeleteOne(Place place, int count)
    {
        var store = Open(place);
        Push.PushImages(store, Push.ImageContents(2, from: count));
        Delete(store, count);
        return Push.Time(() => Delete(store, count + 1));
    }

    private static void Delete(OciStore store, int number) => new OciDeletion(store).Run(new OciDeletion(store).Plan(Images.Tag(number)));
}
