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
public sealed class RepairMeetingTests(ITestOutputHelper output)
{
    private static readonly int? Chosen = int.TryParse(Environment.GetEnvironmentVariable("OCILAYOUT_PREEMPTIONS"), out int bound) ? bound : null;

    private static readonly IReadOnlyList<Deed> Others = [.. Deed.All.Append(RepairDeeds.Copy)];

    public static TheoryData<string> Names => [.. Others.Select(d => d.Name)];

    public static TheoryData<string> NamesThatLeaveVictimAlone => [.. Others.Where(d => d != Deed.ReuseBlobs && d != Deed.TagVictim).Select(d => d.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Rotten_content_is_replaced_beside_any_other_operation(string other) => Explore(RepairDeeds.FromSource(), Other(other), disk =>
    {
        World.Make(disk, RepairDeeds.Whole);
        RepairDeeds.Rot(disk, World.VictimLayer, World.OrphanLayer);
    });

    [Fact]
    public void Content_that_is_pushed_again_is_not_moved_aside() => Explore(RepairDeeds.Alone(), Deed.ReuseBlobs, disk => RepairDeeds.Rot(disk, World.VictimLayer, World.OrphanLayer), 2);

    [Fact]
    public void A_tag_that_is_moved_to_a_sound_image_is_not_dropped()
    {
        var move = new Deed("move a broken tag", s =>
        {
            s.Tag(World.Base.Descriptor, "victim");
            s.Collect(); // the entry without the tag stays broken
        }, ("victim", World.Base));
        Explore(RepairDeeds.Dropping(), move, disk => RepairDeeds.Lose(disk, World.VictimLayer), 2);
    }

    [Theory]
    [MemberData(nameof(NamesThatLeaveVictimAlone))]
    public void Only_the_broken_tag_is_dropped_beside_any_other_operation(string other) =>
        Explore(RepairDeeds.Dropping() with { Removes = "victim" }, Other(other), disk => RepairDeeds.Lose(disk, World.VictimLayer));

    [Theory]
    [MemberData(nameof(Names))]
    public void Uploads_of_the_dead_are_removed_beside_any_other_operation(string other) => Explore(RepairDeeds.Alone(), Other(other), _ => { });

    [Fact]
    public void An_index_is_rebuilt_beside_its_restoration() => ExploreLostIndex(RepairDeeds.RestoreIndex());

    [Fact]
    public void Two_repairs_of_a_lost_index_do_it_once() => ExploreLostIndex(RepairDeeds.FromSource());

    [Fact]
    public void A_tag_that_is_acknowledged_beside_the_rebuilding_of_the_index_stays() => ExploreLostIndex(
        new Deed("tag base again", s => s.Tag(World.Base.Descriptor, "again"), ("again", World.Base), null, OciErrorKind.InvalidLayout, OciErrorKind.InvalidIndex));

    private void ExploreLostIndex(Deed other)
    {
        Deed first = other.Name == "repair from a source" ? other with { Before = null, Do = s => RepairNow(s) } : other;
        Explore(first, RepairDeeds.LostIndex(), disk =>
        {
            World.Make(disk, RepairDeeds.Whole);
            RepairDeeds.Lose(disk, World.Untagged, World.UntaggedLayer, World.Orphan, World.OrphanLayer);
            foreach (string root in (string[])[World.Root, RepairDeeds.Whole])
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
        Deed repair = RepairDeeds.FromSource();
        repair.Before!(store);
        repair.Do(store);
    }

    private static Deed Other(string name) => Others.Single(d => d.Name == name);

    private void Explore(Deed one, Deed other, Action<MemoryDisk> prepare, int usual = 1)
    {
        int preemptions = Chosen ?? usual;
        var clock = Stopwatch.StartNew();
        using var encounter = new Encounter(
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
