using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Safety.Disks;

/// <summary>
/// Tests that bulk pushes flush directories and the index once for each group. OCILAYOUT_BULK=10000 measures that many pushes on the real
/// disk with and without flushing, and for comparison single pushes (a tenth of the number) and plain files that are flushed one by one.
/// </summary>
public sealed class BulkPushTests
{
    [Fact]
    public void Bulk_push_flushes_each_file_once_and_directories_rarely()
    {
        const int Count = 1000;
        using var run = new DiskRun();
        run.Create(run.Process());
        OciStore store = run.Open();
        int before = run.Log.Events.Count;

        Push(store, Count, 0);

        var flushes = run.Log.Events.Skip(before).Where(e => e.Action == DiskAction.Flush).ToList();
        Assert.Equal(Count, flushes.Count(f => f.Path.EndsWith(".upload", StringComparison.Ordinal)));
        Assert.InRange(flushes.Count - Count, 1, (Count / 256 + 1) * 2 + 8);
        Assert.InRange(run.Log.Events.Skip(before).Count(e => e.Target.EndsWith("index.json", StringComparison.Ordinal)), 0, 1);

        // Content that exists already is flushed in groups, too.
        before = run.Log.Events.Count;
        Push(store, Count, 0, known: true);
        flushes = [.. run.Log.Events.Skip(before).Where(e => e.Action == DiskAction.Flush)];
        Assert.InRange(flushes.Count, Count, Count + (Count / 256 + 1) * 2);
    }

    [Fact]
    public void Time_of_a_bulk_push()
    {
        int count = Measurements.Size("OCILAYOUT_BULK", 0);
        Assert.SkipUnless(count > 0, "Set OCILAYOUT_BULK to measure.");
        using var directory = new TemporaryDirectory();
        string plain = directory.NewDirectory("plain");
        Measure($"{count} plain files, each flushed", () =>
        {
            for (var i = 0; i < count; i++)
            {
                using var file = new FileStream(Path.Combine(plain, $"{i}"), FileMode.CreateNew);
                file.Write(Bytes(i));
                file.Flush(flushToDisk: true);
            }
        });
        foreach (bool flush in (bool[])[true, false])
        {
            OciStore store = OciStore.Create(directory[$"bulk-{flush}"], new OciStoreOptions { Flush = flush });
            Measure($"{count} in bulk, flush {flush}", () => Push(store, count, 0));
            Measure($"{count} in bulk that are there, flush {flush}", () => Push(store, count, 0, known: true));
            Measure($"{count / 10} one by one, flush {flush}", () =>
            {
                for (var i = 0; i < count / 10; i++) store.Push(new PushRequest(), new MemoryStream(Bytes(count + i)));
            });
        }
    }

    private static void Measure(string what, Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        Measurements.Say($"{what}: {clock.Elapsed.TotalSeconds:0.00} s");
    }

    private static void Push(OciStore store, int count, int from, bool known = false)
    {
        using OciBatch batch = store.BeginBatch();
        for (int i = from; i < from + count; i++)
        {
            byte[] bytes = Bytes(i);
            batch.Stage(known ? new PushRequest { Digest = Digest.Compute(bytes), Size = bytes.Length } : new PushRequest(), new MemoryStream(bytes));
            if (batch.ShouldPublish) batch.Publish();
        }

        batch.Publish();
        batch.Commit();
        Assert.Empty(batch.TakeErrors());
    }

    private static byte[] Bytes(int i) => [.. BitConverter.GetBytes(i), .. new byte[200]];
}
