using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Safety;

/// <summary>
/// Kills real processes with <c>kill -9</c> at random moments of each kind of change. Acknowledged changes are there, others are complete
/// or absent. <c>OCILAYOUT_KILL_ROUNDS</c> sets the number of rounds of all kinds together (25), <c>OCILAYOUT_KILL_SEED</c> repeats a run.
/// </summary>
public sealed class KillTests
{
    private static readonly int Rounds = Number("OCILAYOUT_KILL_ROUNDS", 25);
    private static readonly int Seed = Number("OCILAYOUT_KILL_SEED", Environment.TickCount & 0xFFFF);

    private static readonly (string Name, string[] Settings, int Processes)[] Faults =
    [
        ("big blobs", ["ops=bigblob,bigimage"], 1),
        ("small blobs", ["ops=blob"], 1),
        ("bulk pushes", ["ops=bulk"], 1),
        ("manifests and tags", ["ops=image"], 1),
        ("moving and removing tags", ["ops=image,move,untag"], 1),
        ("deletion", ["ops=image,delete,delete"], 1),
        ("garbage collection", ["ops=image,untag,bulk,collect,collect"], 1),
        ("manual save", ["ops=save", "save=manual"], 1),
        ("copying", ["ops=copy", "big=96"], 1),
        ("importing", ["ops=import", "big=96"], 1),
        ("one of several processes", ["ops=image,move,untag,delete,contest,bulk,collect"], 3),
        ("32 threads", ["ops=image,move,untag,delete,contest,bulk,collect", "threads=32"], 1),
    ];

    public static TheoryData<string> Kinds() => [.. Faults.Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Acknowledged_changes_survive_kill(string kind)
    {
        int number = Array.FindIndex(Faults, f => f.Name == kind);
        (string name, string[] settings, int processes) = Faults[number];
        int rounds = (Rounds + Faults.Length - 1 - number) / Faults.Length;
        var random = new Random((Seed * 100) + number);
        var lost = new List<string>();
        int acknowledged = 0, interrupted = 0;
        var directory = new TemporaryDirectory();
        string root = FinalStateCheck.NewStore(directory["layout"]);
        var ready = Start(processes);
        try
        {
            for (int round = 0; round < rounds; round++)
            {
                int seed = random.Next(1 << 20);
                try
                {
                    WorkerProcess[] workers = ready;
                    await Round(workers, root, settings, seed, random);
                    ready = Start(processes); // the next workers start while this round is checked
                    acknowledged += workers.Sum(w => w.WorkerLog.Acknowledged);
                    if (workers[0].WorkerLog.Begun.Any() || workers[0].WorkerLog.Saving.Count > 0) interrupted++;
                    FinalStateCheck.Check(root, processes == 1 && !settings.Contains("threads=32"), [.. workers.Select(w => w.WorkerLog)]);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    lost.Add($"round {round}, seed {seed}: {e.Message}");
                    Array.ForEach(ready, w => w.Dispose());
                    ready = Start(processes);
                    directory = new TemporaryDirectory(); // keep the old directory for inspection
                    root = FinalStateCheck.NewStore(directory["layout"]);
                }
            }
        }
        finally
        {
            Array.ForEach(ready, w => w.Dispose());
            directory.Dispose();
        }

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"| {name} | {rounds} | {rounds - lost.Count} | {lost.Count} | {acknowledged} acknowledged, {interrupted} tag changes cut |");
        Assert.True(lost.Count == 0, $"OCILAYOUT_KILL_SEED={Seed}: {string.Join('\n', lost)}");
    }

    // Kills the first worker after a random line and a random delay. The others make more changes, and end in order.
    private static async Task Round(WorkerProcess[] workers, string root, string[] settings, int seed, Random random)
    {
        IReadOnlyDictionary<string, string> before = Invariant.Tags(root);
        for (int i = 0; i < workers.Length; i++)
        {
            string name = $"w{i}";
            workers[i].WorkerLog.Continue(before.Where(t => t.Key.StartsWith(name, StringComparison.Ordinal)));
            if (i == 0) workers[i].WorkerLog.Contest(before.Where(t => t.Key.StartsWith("shared.", StringComparison.Ordinal)));
            await workers[i].Begin("change", root, [$"name={name}", $"seed={seed + i}", .. settings]);
        }

        var others = workers.Skip(1).Select(w => w.Read(60)).ToList();
        await workers[0].Read(random.Next(0, settings.Contains("threads=32") ? 300 : 30));
        Wait(random);
        await workers[0].KillAndRead();
        await Task.WhenAll(others);
        await Task.WhenAll(workers.Skip(1).Select(w => w.End()));
        Array.ForEach(workers, w => w.Dispose());
    }

    // The random delay before the kill, from 0.01 ms to 100 ms, evenly distributed over the orders of magnitude.
    private static void Wait(Random random)
    {
        double milliseconds = Math.Pow(10, (random.NextDouble() * 4) - 2);
        if (milliseconds > 1) Thread.Sleep((int)milliseconds);
        else Thread.SpinWait((int)(milliseconds * 10_000));
    }

    private static WorkerProcess[] Start(int count) => [.. Enumerable.Range(0, count).Select(_ => WorkerProcess.Start())];

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int number) ? number : otherwise;
}
