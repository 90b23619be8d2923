using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Xunit;

namespace OciLayout.Safety.Disks;

/// <summary>
/// Simulates a power loss after every step of every change of a store. In each state that <see cref="CrashModel"/> allows, the store opens,
/// acknowledged content is complete, the index lists only existing content, and one garbage collection removes all garbage.
/// OCILAYOUT_CRASH_BOUND: the largest number of combinations after one step that are all checked (64);
/// OCILAYOUT_CRASH_SAMPLES: the number of random combinations when there are more (20).
/// </summary>
public sealed partial class PowerLossTests
{
    private static int Bound { get; } = Measurements.Size("OCILAYOUT_CRASH_BOUND", 64);

    private static int Samples { get; } = Measurements.Size("OCILAYOUT_CRASH_SAMPLES", 20);

    public static TheoryData<string> Actions => [.. DiskActions.All.Keys];

    [Fact]
    public void Creation_of_a_store_in_directories_that_are_new()
    {
        using var run = new DiskRun();
        run.Settle();
        run.Create(run.Process());
        OciStore store = run.Open();
        run.PushImage(store, "first", "first");
        Check(run);
    }

    [Theory]
    [MemberData(nameof(Actions))]
    public void Power_fails_after_every_step(string action)
    {
        using DiskRun run = DiskRun.Settled();
        DiskActions.All[action](run, run.Open());
        Check(run);
    }

    /// <summary>
    /// Kills one process after each of its steps in turn. A second process then makes a change, which is acknowledged, and then the power
    /// fails. The second process must flush the changes of the first one that it relies on.
    /// </summary>
    [Theory]
    [InlineData("push a blob", "push a blob")]
    [InlineData("push a blob", "push a new blob by its digest")]
    [InlineData("push by another algorithm", "push by another algorithm")]
    [InlineData("push many at once", "push many at once")]
    [InlineData("push an image and tag it", "push an image and tag it")]
    [InlineData("push an image and tag it", "push an image that may be there")]
    [InlineData("push an image and tag it", "tag an image that may be there")]
    [InlineData("push an image and tag it", "collect garbage")]
    [InlineData("move a tag", "move a tag")]
    [InlineData("move a tag", "untag and collect")]
    [InlineData("untag", "collect garbage")]
    [InlineData("untag", "delete")]
    [InlineData("delete", "collect garbage")]
    [InlineData("delete", "collect but what is untagged")]
    [InlineData("delete", "bring back")]
    [InlineData("delete with its referrers", "collect garbage")]
    [InlineData("delete a referrer", "collect garbage")]
    [InlineData("collect garbage", "push what is there")]
    [InlineData("untag and collect", "bring back")]
    [InlineData("save by hand", "collect garbage")]
    public void Power_fails_after_reuse_of_files_of_a_killed_process(string killed, string then)
    {
        using var check = new CrashCheck();
        for (var steps = 1; ; steps++)
        {
            using DiskRun run = DiskRun.Settled();
            OciStore second = run.Open();
            run.PushBlob(second, "what a process flushes once, it has flushed");
            run.Settle();
            RecordingFileSystem files = run.Process(steps);
            OciStore store = run.Open(files);
            Exception? error = Record.Exception(() => DiskActions.All[killed](run, store));
            Assert.True(error is null || files.Killed, error?.ToString());
            run.End(store);
            DiskActions.All[then](run, second);
            check.Run(run.Log, run.Base, DiskRun.Layout, lastOnly: true, Bound / 4, Samples / 4);
            if (error is null) break;
        }

        Measurements.Say($"{check.Points} moments, {check.States} states");
    }

    [Fact]
    public void Power_fails_when_a_process_used_a_store_whose_creation_was_killed()
    {
        using var check = new CrashCheck();
        for (var steps = 1; ; steps++)
        {
            using var run = new DiskRun();
            run.Settle();
            RecordingFileSystem files = run.Process(steps);
            Exception? error = Record.Exception(() => run.Create(files));
            Assert.True(error is null || files.Killed, error?.ToString());
            run.Create(run.Process());
            run.PushImage(run.Open(), "first", "first");
            check.Run(run.Log, run.Base, DiskRun.Layout, lastOnly: true, Bound / 4, Samples / 4);
            if (error is null) break;
        }

        Measurements.Say($"{check.Points} moments, {check.States} states");
    }

    [Fact]
    public void Power_fails_after_a_push_to_a_store_created_without_flushing()
    {
        using var run = new DiskRun();
        run.Settle();
        run.Become(new Promise { Reckless = true });
        run.Create(run.Process(), flush: false);
        OciStore store = run.Open();
        Descriptor blob = store.Push(new PushRequest(), new MemoryStream("blob"u8.ToArray())).Descriptor;
        run.Become(new Promise { Created = true }.WithContent(blob.Digest.ToString()));
        run.PushImage(store, "first", "first");
        Check(run);
    }

    /// <summary>Without flushing, only a new index is flushed before its rename. All other steps are the same in the same order.</summary>
    [Theory]
    [MemberData(nameof(Actions))]
    public void NoFlush_flushes_only_a_new_index(string action)
    {
        List<string> with = Trace(action, flush: true), without = Trace(action, flush: false);
        Assert.All(without.Where(IsFlush), s => Assert.Contains(".tmp ", s, StringComparison.Ordinal));
        Assert.Equal(with.Where(s => !IsFlush(s)), without.Where(s => !IsFlush(s)));

        static bool IsFlush(string step) => step.StartsWith(nameof(DiskAction.Flush), StringComparison.Ordinal);
    }

    private static List<string> Trace(string action, bool flush)
    {
        using var run = new DiskRun();
        run.Create(run.Process(), flush);
        OciStore store = run.Open(options: new OciStoreOptions { Flush = flush });
        run.Fill(store);
        DiskActions.All[action](run, store);
        run.End(store);
        return [.. run.Log.Events.Where(e => e.Promise is null).Select(e => $"{e.Action} {Name(run, e.Path)} {Name(run, e.Target)} {e.Bytes?.Length}")];
    }

    private static string Name(DiskRun run, string path) => path.Length == 0 ? "" : Session().Replace(Path.GetRelativePath(run.Base, path), "ingest/id");

    [GeneratedRegex("ingest/[0-9a-f]{32}")]
    private static partial Regex Session();

    private static void Check(DiskRun run)
    {
        using var check = new CrashCheck();
        check.Run(run.Log, run.Base, DiskRun.Layout, lastOnly: false, Bound, Samples);
        Measurements.Say($"{check.Points} moments, {check.States} states");
    }
}
