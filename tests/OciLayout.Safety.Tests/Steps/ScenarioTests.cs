using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Safety.Steps;

/// <summary>
/// Runs pairs of operations that are easy to get wrong with every schedule of up to <c>OCILAYOUT_PREEMPTIONS</c> preemptions (2 in CI),
/// and checks that the dangerous moment was among the schedules.
/// </summary>
public sealed class ScenarioTests(ITestOutputHelper output)
{
    private static readonly int Bound = int.TryParse(Environment.GetEnvironmentVariable("OCILAYOUT_PREEMPTIONS"), out int bound)
        ? bound : 2;

    private static readonly OciStoreOptions OneByOne = new() { SweepBatch = 1, SweepTime = TimeSpan.MaxValue };

    private static readonly StoreOperation CollectOneByOne = StoreOperation.Collect with { Options = OneByOne };

    [Fact]
    public void An_untagged_push_can_be_tagged_after_a_collection_by_another_process()
    {
        var tag = new StoreOperation("tag what was pushed", s => s.Tag(World.New.Descriptor, "new"), ("new", World.New))
        {
            Before = s => PushOnly(s, World.NewLayer, World.New),
        };
        var collectedBefore = false;
        Explore(tag, CollectOneByOne, trace =>
            collectedBefore |= trace.FindLastIndex(s => s.Process == 1) < trace.FindIndex(s => s.Process == 0));
        Assert.True(collectedBefore);
    }

    [Fact]
    public void A_claim_between_plan_and_sweep_holds()
    {
        var between = false;
        Explore(StoreOperation.ReuseManifest, CollectOneByOne, trace => between |= ClaimsBetweenPlanAndSweep(trace));
        Assert.True(between);
    }

    [Fact]
    public void A_claim_that_ends_between_plan_and_sweep_causes_no_loss()
    {
        var come = new StoreOperation("claim and end", s =>
        {
            PushOnly(s, World.OrphanLayer, World.Orphan);
            s.State.Dispose();
        });
        var between = false;
        IReadOnlyCollection<string> ends = Explore(come, CollectOneByOne, trace => between |= ClaimsBetweenPlanAndSweep(trace)
            && trace.FindIndex(IsEndOfSession) < trace.FindIndex(s => s.Process == 1
                && s.Name.StartsWith("delete blobs/", StringComparison.Ordinal)));
        Assert.True(between);
        Assert.Contains(ends, e => e.Contains(World.OrphanLayer.Digest[7..] + " " + "the", StringComparison.Ordinal));
    }

    [Fact]
    public void A_tag_keeps_what_was_claimed_for_it_when_its_process_ends_at_once()
    {
        StoreOperation end = StoreOperation.ReuseBlobs with
        {
            Do = s =>
            {
                StoreOperation.ReuseBlobs.Do(s);
                s.State.Dispose();
            },
        };
        Explore(end, CollectOneByOne);
        Explore(end, StoreOperation.Delete with { Options = OneByOne });
    }

    [Fact]
    public void A_new_session_is_not_mistaken_for_an_ended_one()
    {
        var push = new StoreOperation("first push", s => PushOnly(s, World.NewLayer));
        var seen = false;
        Explore(push, CollectOneByOne, trace => seen |= trace.Any(s => s.Process == 1 && s.Name == "look at ingest/A0.new"));
        Assert.True(seen);
    }

    [Fact]
    public void An_orphan_is_tagged_completely_or_not_at_all_during_a_sweep()
    {
        IReadOnlyCollection<string> ends = Explore(StoreOperation.TagOrphan, CollectOneByOne);
        Assert.Contains(ends, e => e.StartsWith("done/", StringComparison.Ordinal));
        Assert.Contains(ends, e => e.StartsWith("NotFound/", StringComparison.Ordinal));
    }

    [Fact]
    public void A_deletion_keeps_content_claimed_by_another_process()
    {
        Explore(StoreOperation.ReuseBlobs, StoreOperation.Delete with { Options = OneByOne });
        IReadOnlyCollection<string> ends = Explore(StoreOperation.TagVictim, StoreOperation.Delete with { Options = OneByOne });
        Assert.Contains(ends, e => e.StartsWith("NotFound/done", StringComparison.Ordinal));
        Assert.Contains(ends, e => e.StartsWith("done/ContentReferenced", StringComparison.Ordinal));
    }

    [Fact]
    public void An_expansion_writes_everything_or_nothing_while_its_content_is_deleted()
    {
        var expand = new StoreOperation("expand", ExpandVictim, null, null, OciErrorKind.NotFound);
        IReadOnlyCollection<string> ends = Explore(expand, StoreOperation.Delete with { Options = OneByOne });
        Assert.Contains(ends, e => e.StartsWith("done/done", StringComparison.Ordinal));
        Assert.Contains(ends, e => e.StartsWith("NotFound/done", StringComparison.Ordinal));
    }

    [Fact]
    public void A_pending_tag_of_a_batch_keeps_its_content()
    {
        var batch = new StoreOperation("tag in a batch", s => InBatch(s, World.Untagged), ("pending", World.Untagged), null, OciErrorKind.NotFound);
        Explore(batch, CollectOneByOne);
        var victim = new StoreOperation("tag the victim in a batch", s => InBatch(s, World.Victim), ("pending", World.Victim), null,
            OciErrorKind.NotFound);
        Explore(victim, StoreOperation.Delete with { Options = OneByOne });
    }

    [Fact]
    public void Two_tag_moves_of_equal_length_within_a_tick_are_both_seen()
    {
        var lengths = new HashSet<long>();
        var move = new StoreOperation("move twice", s =>
        {
            foreach (Content target in (Content[])[World.Victim, World.Base])
            {
                s.Tag(target.Descriptor, "moving");
                lengths.Add(s.State.Layout.Stat("index.json")!.Value.Length);
            }
        }, ("moving", World.Base))
        {
            Before = s => s.Tag(World.Base.Descriptor, "moving"),
        };
        var read = new StoreOperation("read", s => s.Resolve("moving"))
        {
            After = s => Assert.Equal(World.Base.Descriptor.Digest, s.Resolve("moving").Digest),
        };

        // Simulate a clock with ticks of four milliseconds, as some kernels have, so that whole schedules run within a tick.
        using var encounter = new ConcurrentRun(() => new DateTime(DateTime.UtcNow.Ticks / 40_000 * 40_000, DateTimeKind.Utc),
            deeds: [move, read]);
        long count = 0;
        Patiently(() => count = encounter.Explore(Bound));
        Assert.Single(lengths);
        output.WriteLine($"two moves in a tick | {count} schedules");
    }

    [Theory]
    [InlineData("tag untagged", "tag victim", 2)]
    [InlineData("tag orphan", "gc", 1)]
    [InlineData("delete", "gc", 1)]
    [InlineData("tag victim", "delete", 1)]
    public void Skipping_equivalent_schedules_skips_no_end_state(string one, string other, int bound)
    {
        StoreOperation[] deeds = [StoreOperation.All.Single(d => d.Name == one), StoreOperation.All.Single(d => d.Name == other)];
        using var few = new ConcurrentRun(deeds: deeds);
        using var all = new ConcurrentRun(deeds: deeds);
        long visited = few.Explore(bound);
        long every = all.Explore(bound, all: true);
        output.WriteLine($"{one} | {other} | {bound} preemptions | {visited} of {every} schedules, {all.Ends.Count} ends");
        Assert.Equal(all.Ends.Order(StringComparer.Ordinal), few.Ends.Order(StringComparer.Ordinal));
    }

    // The same operations in the same order with the same end states show that the file system in memory behaves as the real one.
    [Theory]
    [InlineData("reuse blobs", "gc")]
    [InlineData("tag victim", "delete")]
    public void The_real_file_system_behaves_as_the_simulated_one(string one, string other)
    {
        StoreOperation[] deeds = [StoreOperation.All.Single(d => d.Name == one), StoreOperation.All.Single(d => d.Name == other)];
        using var model = new ConcurrentRun(() => DateTime.UtcNow, deeds: deeds);
        using var real = new ConcurrentRun(physical: true, deeds: deeds);
        long count = 0;
        Patiently(() =>
        {
            for (int first = 0; first < 2; first++)
            {
                var explorer = new Explorer((f, preemptions) =>
                {
                    List<Step> trace = model.Run(f, preemptions);
                    for (var attempt = 0; ; attempt++)
                    {
                        List<Step> same = real.Run(f, preemptions);
                        if (same.Select(s => s.ToString()).SequenceEqual(trace.Select(s => s.ToString()))) return trace;

                        // An index that is older than 50 ms is not read again. On a busy machine only one of the runs may be so slow.
                        if (attempt == 5) Assert.Equal(trace.Select(s => s.ToString()), same.Select(s => s.ToString()));
                        trace = model.Run(f, preemptions);
                    }
                });
                explorer.Explore(first, 1);
                count += explorer.Visited;
            }
        });
        Assert.Equal(model.Ends.Order(StringComparer.Ordinal), real.Ends.Order(StringComparer.Ordinal));
        output.WriteLine($"{one} | {other} | {count} schedules on both");
    }

    private IReadOnlyCollection<string> Explore(StoreOperation one, StoreOperation other, Action<List<Step>>? look = null)
    {
        using var encounter = new ConcurrentRun(deeds: [one, other]);
        long count = encounter.Explore(Bound, look: look);
        output.WriteLine($"{one} | {other} | {count} schedules, {encounter.Ends.Count} ends");
        return encounter.Ends;
    }

    // When the real clock decides whether the index is read again, a pause of the machine can make a schedule unrepeatable.
    private static void Patiently(Action action)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                action();
                return;
            }
            catch (InvalidOperationException e) when (attempt < 5 && e.Message.StartsWith(Scheduler.Unrepeatable, StringComparison.Ordinal))
            {
            }
        }
    }

    private static bool ClaimsBetweenPlanAndSweep(List<Step> trace)
    {
        int claim = trace.FindIndex(s => s.Process == 0 && s.Name.StartsWith("write ingest/A0.claims", StringComparison.Ordinal));
        int gate = trace.FindIndex(s => s.Process == 1 && s.Name == "lock alone ingest/.gate");
        int listed = trace.FindIndex(s => s.Process == 1 && s.Name == "list blobs/sha256");
        return listed < claim && claim < gate;
    }

    private static bool IsEndOfSession(Step step) => step.Process == 0 && step.Name == "delete ingest/A0.session";

    private static void PushOnly(OciStore store, params Content[] contents)
    {
        foreach (Content content in contents) store.Push(StoreOperation.RequestFor(content), new MemoryStream(content.Bytes));
    }

    private static void ExpandVictim(OciStore store)
    {
        using var place = TemporaryDirectory.InMemory();
        var plan = new ExpandPlan(World.Victim.Descriptor, [new ExpandItem("layer", World.VictimLayer.Descriptor)], 0);
        try
        {
            new OciExpansion(store).Run(plan, place["out"]);
            Assert.Equal(World.VictimLayer.Bytes, File.ReadAllBytes(place["out", "layer"]));
        }
        catch (OciException)
        {
            Assert.False(Directory.Exists(place["out"]));
            throw;
        }
    }

    private static void InBatch(OciStore store, Content target)
    {
        using OciBatch batch = store.BeginBatch();
        batch.Store.Tag(target.Descriptor, "pending");
        if (Record.Exception(() => batch.Commit()) is { } lost) throw new InvalidOperationException("What a pending tag names went.", lost);
    }
}
