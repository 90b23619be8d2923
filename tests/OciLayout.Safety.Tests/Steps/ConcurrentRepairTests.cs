using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using Xunit;

namespace OciLayout.Safety.Steps;

/// <summary>
/// Runs a repair against every other operation, in every order that matters: no acknowledged tag is lost, and no sound content is moved.
/// The number of preemptions is set as in <see cref="InterleavingTests"/>; in CI it is 2 for the most dangerous pairs, else 1.
/// </summary>
public sealed class ConcurrentRepairTests(ITestOutputHelper output)
{
    private static readonly int? Chosen = int.TryParse(Environment.GetEnvironmentVariable("OCILAYOUT_PREEMPTIONS"), out int bound) ? bound : null;

    private static readonly IReadOnlyList<StoreOperation> Others = [.. StoreOperation.All.Append(RepairOperations.Copy)];

    public static TheoryData<string> Names => [.. Others.Select(d => d.Name)];

    public static TheoryData<string> NamesThatLeaveVictimAlone => [.. Others.Where(d => d != StoreOperation.ReuseBlobs && d != StoreOperation.TagVictim).Select(d => d.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Corrupt_content_is_replaced_during_any_other_operation(string other) => Explore(RepairOperations.FromSource(), Other(other), disk =>
    {
        World.Make(disk, RepairOperations.Whole);
        RepairOperations.Rot(disk, World.VictimLayer, World.OrphanLayer);
    });

    [Fact]
    public void Content_pushed_again_is_not_moved_to_quarantine() => Explore(RepairOperations.Alone(), StoreOperation.ReuseBlobs, disk => RepairOperations.Rot(disk, World.VictimLayer, World.OrphanLayer), 2);

    [Fact]
    public void A_tag_moved_to_an_intact_image_is_not_dropped()
    {
        var move = new StoreOperation("move a broken tag", s =>
        {
            s.Tag(World.Base.Descriptor, "victim");
            s.Collect(); // the entry without the tag stays broken
        }, ("victim", World.Base));
        Explore(RepairOperations.Dropping(), move, disk => RepairOperations.Lose(disk, World.VictimLayer), 2);
    }

    [Theory]
    [MemberData(nameof(NamesThatLeaveVictimAlone))]
    public void Only_the_broken_tag_is_dropped_during_any_other_operation(string other) =>
        Explore(RepairOperations.Dropping() with { Removes = "victim" }, Other(other), disk => RepairOperations.Lose(disk, World.VictimLayer));

    [Theory]
    [MemberData(nameof(Names))]
    public void Uploads_of_ended_processes_are_deleted_during_any_other_operation(string other) => Explore(RepairOperations.Alone(), Other(other), _ => { });

    [Fact]
    public void An_index_is_rebuilt_during_its_restoration() => ExploreLostIndex(RepairOperations.RestoreIndex());

    [Fact]
    public void Two_repairs_of_a_lost_index_rebuild_it_once() => ExploreLostIndex(RepairOperations.FromSource());

    [Fact]
    public void A_tag_acknowledged_during_the_rebuild_of_the_index_is_kept() => ExploreLostIndex(
        new StoreOperation("tag base again", s => s.Tag(World.Base.Descriptor, "again"), ("again", World.Base), null, OciErrorKind.InvalidLayout, OciErrorKind.InvalidIndex));

    private void ExploreLostIndex(StoreOperation other)
    {
        StoreOperation first = other.Name == "repair from a source" ? other with { Before = null, Do = s => RepairNow(s) } : other;
        Explore(first, RepairOperations.LostIndex(), disk =>
        {
            World.Make(disk, RepairOperations.Whole);
            RepairOperations.Lose(disk, World.Untagged, World.UntaggedLayer, World.Orphan, World.OrphanLayer);
            foreach (string root in (string[])[World.Root, RepairOperations.Whole])
            {
                var store = OciStore.OpenIsolated(root, disk);
                store.Collect();
                store.State.Dispose();
            }
        }, 2);
    }

    // Plan within the schedule, because the index is still sound when this process begins.
    private static void RepairNow(OciStore store)
    {
        StoreOperation repair = RepairOperations.FromSource();
        repair.Before!(store);
        repair.Do(store);
    }

    private static StoreOperation Other(string name) => Others.Single(d => d.Name == name);

    private void Explore(StoreOperation one, StoreOperation other, Action<MemoryDisk> prepare, int usual = 1)
    {
        int preemptions = Chosen ?? usual;
        var clock = Stopwatch.StartNew();
        using var encounter = new ConcurrentRun(
            prepare: disk =>
            {
                World.MakeSource(disk);
                prepare(disk);
            },
            deeds: [one, other]);
        long count = encounter.Explore(preemptions);
        output.WriteLine($"{one} | {other} | {preemptions} preemptions | {count} schedules, {encounter.Ends.Count} ends, {clock.ElapsedMilliseconds} ms");
    }
}
