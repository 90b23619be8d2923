using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;

namespace OciLayout.Worker;

/// <summary>Reads a store repeatedly while other processes change it, and holds locks.</summary>
internal static class Reading
{

    /// <summary>
    /// Reads alternately from one long-lived store object and from new ones. Fails if the tag <c>base</c> or its content is missing, or if
    /// a permanent tag (slot number <c>slots</c> or higher) that was seen before is missing.
    /// </summary>
    public static void Loop(Wire wire, Job job)
    {
        var kept = job.Open();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var runs = 0;
        for (; !wire.Ended; runs++)
        {
            var store = runs % 2 == 0 ? kept : job.Open();
            var tags = store.GetTags().Select(t => t.Tag!).ToHashSet(StringComparer.Ordinal);
            if (seen.FirstOrDefault(t => !tags.Contains(t)) is { } lost) throw new InvalidDataException($"The tag {lost} was there and is gone.");
            seen.UnionWith(tags.Where(t => t == "base" || (!t.StartsWith("shared.", StringComparison.Ordinal) && Slot(t) >= job.Number("slots"))));
            foreach (var visit in store.Walk(store.Resolve("base")))
            {
                if (visit.IsMissing || visit.Problem is not null) throw new InvalidDataException($"{visit.Descriptor.Digest} of base is missing.");
                store.ReadAll(visit.Descriptor, 1 << 20);
            }

            if (runs == 0) wire.Say("reading");
            Thread.Sleep(5); // leaves processor time for the writers
        }

        wire.Say($"runs {runs} {seen.Count}");
    }

    /// <summary>Holds a lock file until the input ends, as the core of another process would.</summary>
    public static void HoldLock(Wire wire, Job job)
    {
        using var held = new FileStream(Path.Combine(job.Layout, "ingest", job["file"]), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        wire.Say("held");
        while (wire.Next() is not null)
        {
        }

    }

    private static int Slot(string tag) => int.Parse(tag[(tag.LastIndexOf('-') + 1)..]);
}
