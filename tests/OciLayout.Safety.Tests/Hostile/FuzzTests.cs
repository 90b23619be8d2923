using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace OciLayout.Safety.Hostile;

/// <summary>
/// Parses random changes of documents. Parsing ends soon with a result or an OciException, its memory is limited by the length of the
/// input, and parsed documents are written back unchanged.
/// </summary>
/// <remarks>
/// <c>OCILAYOUT_FUZZ_INPUTS</c> sets the number of inputs (50,000), <c>OCILAYOUT_FUZZ_SEED</c> the random seed (1), which a nightly run
/// varies, <c>OCILAYOUT_FUZZ_MINUTES</c> the time limit in minutes (5), and <c>OCILAYOUT_FUZZ_CORPUS</c> a directory for the shortest input
/// of each kind of result.
/// </remarks>
public sealed class FuzzTests
{
    /// <summary>The allocation limit in bytes per byte of input. A target parses an input dozens of times to compare the results.</summary>
    private const long BytesPerByte = 1000;

    private const long BytesForNothing = 256 * 1024;

    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(Number("OCILAYOUT_FUZZ_MINUTES", 5));

    // The index and manifests get most inputs, because they have most code.
    private static readonly string[] Shares =
        [.. FuzzTargets.All.Keys, "descriptor", .. Enumerable.Repeat("index", 5), .. Enumerable.Repeat("manifest", 3)];

    private static int Number(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;

    [Fact]
    public async Task Mutated_documents_are_read_or_refused()
    {
        int count = Number("OCILAYOUT_FUZZ_INPUTS", 50_000);
        int start = Number("OCILAYOUT_FUZZ_SEED", 1);
        var found = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        IReadOnlyDictionary<string, IReadOnlyList<byte[]>> seeds = FuzzSeeds.Load();
        double worst = 0;
        await Run(current =>
        {
            for (int i = 0; i < count; i++)
            {
                var chance = new Random(unchecked((start * 1_000_003) + i));
                string target = Shares[chance.Next(Shares.Length)];
                byte[] input = new Mutator(chance, seeds[target]).Next();
                current(target, input);
                foreach (string part in Try(target, input, ref worst).Split("; "))
                {
                    string kind = target + ": " + part;
                    if (!found.TryGetValue(kind, out byte[]? shortest) || input.Length < shortest.Length) found[kind] = input;
                }
            }
        });

        TestContext.Current.SendDiagnosticMessage($"{count} inputs from {start}: {found.Count} kinds of result, {worst:0} bytes a byte.");
        Assert.Equal(FuzzTargets.All.Keys.ToHashSet(), found.Keys.Select(k => k.Split(':')[0]).ToHashSet());
        if (Environment.GetEnvironmentVariable("OCILAYOUT_FUZZ_CORPUS") is not { Length: > 0 } folder) return;
        foreach (var ofTarget in found.Where(f => f.Value.Length < 1500).GroupBy(f => f.Key.Split(':')[0]))
            FuzzCorpus.Save(folder, ofTarget.Key, ofTarget.Select(f => f.Value).Distinct());
    }

    [Fact]
    public async Task Seeds_and_corpus_are_read_or_refused()
    {
        IReadOnlyDictionary<string, IReadOnlyList<byte[]>> seeds = FuzzSeeds.Load();
        double worst = 0;
        int known = 0;
        await Run(current =>
        {
            foreach (string target in FuzzTargets.All.Keys)
            {
                foreach (byte[] input in seeds[target])
                {
                    known++;
                    current(target, input);
                    Try(target, input, ref worst);
                }
            }
        });
        Assert.InRange(known, 80, 10_000);
    }

    private static string Try(string target, byte[] input, ref double worst)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        string result;
        try
        {
            result = FuzzTargets.All[target](input);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{target}: {e.Message}\n{FuzzCorpus.Encode(input)}", e);
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        worst = Math.Max(worst, (allocated - BytesForNothing) / (input.Length + 1.0));
        if (allocated > BytesForNothing + (BytesPerByte * input.Length))
            Assert.Fail($"{target}: {allocated} bytes for {input.Length}\n{FuzzCorpus.Encode(input)}");
        return result;
    }

    // Runs a loop that reports each input, and fails with the last input if the loop hangs.
    private static async Task Run(Action<Action<string, byte[]>> loop)
    {
        (string Target, byte[] Input) last = ("nothing", []);
        Task task = Task.Run(() => loop((target, input) => last = (target, input)), TestContext.Current.CancellationToken);
        try
        {
            await task.WaitAsync(Hang, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{last.Target} did not end within {Hang}:\n{FuzzCorpus.Encode(last.Input)}");
        }
    }
}
