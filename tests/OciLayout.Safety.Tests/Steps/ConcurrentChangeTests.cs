using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Xunit;

namespace OciLayout.Safety.Steps;

/// <summary>
/// Runs untagging, moving a tag, copying and changes in a batch against every other operation, in every order that matters. The
/// number of preemptions is set as in <see cref="InterleavingTests"/>; in CI it is 1 against a collection or deletion, else 2.
/// </summary>
public sealed class ConcurrentChangeTests(ITestOutputHelper output)
{
    private static readonly int? Chosen = int.TryParse(Environment.GetEnvironmentVariable("OCILAYOUT_PREEMPTIONS"), out int bound) ? bound : null;

    /// <summary>Removes a tag that the same process added, which leaves garbage.</summary>
    private static readonly StoreOperation Untag = new("untag", s => s.Untag("going"), null, "going")
    {
        Before = s => s.Tag(World.Untagged.Descriptor, "going"),
    };

    /// <summary>Moves a tag to an image that another process may delete.</summary>
    private static readonly StoreOperation Retag = new("move a tag", s => s.Tag(World.Victim.Descriptor, "base"), ("base", World.Victim), null, OciErrorKind.NotFound);

    /// <summary>Pushes and tags in one batch.</summary>
    private static readonly StoreOperation Batch = new("batch", InBatch, ("batched", World.New));

    private static readonly IReadOnlyList<StoreOperation> Changes = [Untag, Retag, Batch, RepairOperations.Copy];

    public static TheoryData<string, string> Pairs()
    {
        var pairs = new TheoryData<string, string>();
        for (int i = 0; i < Changes.Count; i++)
        {
            foreach (StoreOperation other in StoreOperation.All) pairs.Add(Changes[i].Name, other.Name);
            for (int j = i; j < Changes.Count; j++)
            {
                if (i != j || Changes[i] == RepairOperations.Copy) pairs.Add(Changes[i].Name, Changes[j].Name);
            }
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void No_interleaving_of_two_operations_loses_content(string one, string other)
    {
        List<StoreOperation> all = [.. Changes, .. StoreOperation.All];
        int preemptions = Chosen ?? (other == StoreOperation.Collect.Name || other == StoreOperation.Delete.Name ? 1 : 2);
        using var encounter = new ConcurrentRun(prepare: disk => World.MakeSource(disk), deeds: [all.Single(d => d.Name == one), all.Single(d => d.Name == other)]);
        long count = encounter.Explore(preemptions);
        output.WriteLine($"{one} | {other} | {preemptions} preemptions | {count} schedules, {encounter.Ends.Count} ends");
    }

    private static void InBatch(OciStore store)
    {
        using OciBatch batch = store.BeginBatch();
        foreach (Content content in (Content[])[World.NewLayer, World.New])
            batch.Push(StoreOperation.RequestFor(content), new MemoryStream(content.Bytes));
        batch.Tag(World.New.Descriptor, "batched");
        batch.Commit();
    }
}
