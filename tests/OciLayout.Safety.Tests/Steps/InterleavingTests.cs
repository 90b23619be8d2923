using System;
using System.Diagnostics;
using System.Linq;
using Xunit;

namespace OciLayout.Safety.Steps;

/// <summary>Runs every pair of operations of two processes, in every order that matters.</summary>
/// <remarks>
/// <c>OCILAYOUT_PREEMPTIONS</c> sets the number of preemptions for each pair; 3 in a nightly run. In CI it is 2 when one process collects
/// garbage, which takes by far the most operations, else 3.
/// </remarks>
public sealed class InterleavingTests(ITestOutputHelper output)
{
    private static readonly int? Chosen = int.TryParse(Environment.GetEnvironmentVariable("OCILAYOUT_PREEMPTIONS"), out int bound)
        ? bound : null;

    public static TheoryData<string, string> Pairs()
    {
        var pairs = new TheoryData<string, string>();
        for (int i = 0; i < StoreOperation.All.Count; i++)
        {
            for (int j = i; j < StoreOperation.All.Count; j++) pairs.Add(StoreOperation.All[i].Name, StoreOperation.All[j].Name);
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void No_interleaving_of_two_operations_loses_content(string one, string other)
    {
        int preemptions = Chosen ?? (one == StoreOperation.Collect.Name || other == StoreOperation.Collect.Name ? 2 : 3);
        var clock = Stopwatch.StartNew();
        using var encounter = new ConcurrentRun(deeds: [StoreOperation.All.Single(d => d.Name == one), StoreOperation.All.Single(d => d.Name == other)]);
        for (int first = 0; first < (one == other ? 1 : 2); first++)
        {
            var explorer = new Explorer(encounter.Run);
            long before = clock.ElapsedMilliseconds;
            explorer.Explore(first, preemptions);
            output.WriteLine($"{one} | {other} | {(first == 0 ? one : other)} first | {preemptions} preemptions | "
                + $"{explorer.Visited} schedules, {explorer.LeftOut} positions left out, "
                + $"{explorer.Longest} operations, {encounter.Ends.Count} ends, {clock.ElapsedMilliseconds - before} ms");
        }
    }
}
