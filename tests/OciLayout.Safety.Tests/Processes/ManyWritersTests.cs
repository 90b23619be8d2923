using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Safety;

/// <summary>
/// Many processes, or many threads of one, change a store while others read it. All acknowledged changes are there, no change takes 30 s,
/// and no reader finds a torn or missing index. <c>OCILAYOUT_CROWD_TAGS</c> sets the number of tags that each process adds and keeps (200);
/// each of 32 threads of one process adds a quarter of that.
/// </summary>
public sealed class ManyWritersTests
{
    private const int Slots = 6;
    private const string Ops = "image,move,untag,untag,delete,delete,blob,contest,collect";

    private static readonly int Count =
        int.TryParse(Environment.GetEnvironmentVariable("OCILAYOUT_CROWD_TAGS"), CultureInfo.InvariantCulture, out int number) ? number : 200;

    [Fact]
    public async Task Eight_processes_lose_no_change() => await Crowd(8, Count);

    [Fact]
    public async Task Thirty_two_threads_on_one_store_object_lose_no_change() => await Crowd(1, Math.Max(1, Count / 4), "threads=32");

    private static async Task Crowd(int processes, int count, params string[] settings)
    {
        using var directory = TemporaryDirectory.InMemory();
        string root = FinalStateCheck.NewStore(directory["layout"]);
        using var over = new CancellationTokenSource();
        using WorkerProcess reader = WorkerProcess.Start();
        WorkerProcess[] workers = [.. Enumerable.Range(0, processes).Select(_ => WorkerProcess.Start())];
        try
        {
            await reader.Begin("read", root, $"slots={Slots}");
            await reader.Expect("reading");
            Task<int>[] readers =
            [
                Repeat(() => ReadWithTheFramework(root), 20, over.Token),
                Repeat("skopeo", ["inspect", "--raw", $"oci:{root}:base"], "config", over.Token),
                Repeat("umoci", ["ls", "--layout", root], "base", over.Token),
            ];

            for (int i = 0; i < processes; i++)
                await workers[i].Begin("change", root, [$"name=w{i}", $"seed={i + 1}", $"count={count}", $"slots={Slots}", "flush=no", $"ops={Ops}", .. settings]);
            await Task.WhenAll(workers.Select(w => w.End(closeFirst: false)));
            await over.CancelAsync();
            int[] runs = await Task.WhenAll(readers);
            await reader.End();

            WorkerLog[] logs = [.. workers.Select(w => w.WorkerLog)];
            int kept = logs.SelectMany(l => l.Sure).Count(t => t.Value is not null && int.Parse(t.Key[(t.Key.LastIndexOf('-') + 1)..], CultureInfo.InvariantCulture) >= Slots);
            Assert.Equal(count * (settings.Length > 0 ? 32 : processes), kept);
            Assert.All(logs, l => Assert.Empty(l.Begun));
            FinalStateCheck.Check(root, alone: false, logs);
            TestContext.Current.TestOutputHelper!.WriteLine(
                $"{kept} tags kept, {logs.Sum(l => l.Acknowledged)} changes acknowledged, the longest took {logs.Max(l => l.Longest)} ms; " +
                $"readers: core {reader.WorkerLog.Runs}, framework {runs[0]}, skopeo {runs[1]}, umoci {runs[2]} runs");
            if (runs.Contains(-1)) TestContext.Current.AddWarning("skopeo or umoci is not on PATH: they did not read.");
        }
        finally
        {
            await over.CancelAsync();
            Array.ForEach(workers, w => w.Dispose());
        }
    }

    private static void ReadWithTheFramework(string root)
    {
        using JsonDocument index = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(root, "index.json")));
        Assert.Contains(index.RootElement.GetProperty("manifests").EnumerateArray(), e => e.ToString().Contains("\"base\"", StringComparison.Ordinal));
    }

    private static Task<int> Repeat(string tool, string[] arguments, string expected, CancellationToken over)
    {
        if (ExternalProcess.Find(tool) is not { } path) return Task.FromResult(-1);
        return Repeat(() => Assert.Contains(expected, ExternalProcess.RunAsync(path, arguments).GetAwaiter().GetResult().AssertSuccess().Output, StringComparison.Ordinal), 200, over);
    }

    // Repeats a read, at least once, on a thread of its own. The pauses leave the processor to the writers.
    private static Task<int> Repeat(Action read, int pause, CancellationToken over) => Task.Factory.StartNew(
        () =>
        {
            int runs = 0;
            do
            {
                read();
                runs++;
                over.WaitHandle.WaitOne(pause);
            }
            while (!over.IsCancellationRequested);
            return runs;
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);
}
