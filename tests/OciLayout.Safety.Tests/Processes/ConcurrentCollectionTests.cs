using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using OciLayout.Files;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Safety;

/// <summary>
/// Processes write slowly, step by step, while another process collects garbage all the time. Their content stays, and the leftovers of
/// killed processes are deleted. <c>OCILAYOUT_COLLECT_IMAGES</c> sets the number of images that the slow writer makes (6).
/// </summary>
public sealed class ConcurrentCollectionTests : IDisposable
{
    private static readonly int Images =
        int.TryParse(Environment.GetEnvironmentVariable("OCILAYOUT_COLLECT_IMAGES"), CultureInfo.InvariantCulture, out int number) ? number : 6;

    private readonly TemporaryDirectory _directory = TemporaryDirectory.InMemory();
    private readonly string _root;

    public ConcurrentCollectionTests() => _root = FinalStateCheck.NewStore(_directory["layout"]);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Slow_writer_keeps_every_image_complete()
    {
        using WorkerProcess writer = await StartWriter();
        using WorkerProcess between = await StartWriter();
        using WorkerProcess during = WorkerProcess.Start();
        await during.Begin("collect", _root);
        var collected = Task.Run(() => Follow(during), TestContext.Current.CancellationToken);
        var expected = new Dictionary<string, string> { ["base"] = Invariant.Tags(_root)["base"] };
        for (int image = 0; image < Images; image++)
        {
            LeaveOrphan($"orphan {image}");
            await Step(writer, "config", "{}", "pushed");
            await Step(writer, "layer", $"layer {image}", "pushed");
            await Step(writer, "reuse", $"orphan {image}", "pushed"); // the orphan may have been collected before
            await Step(writer, "slow", new string('x', image), "half"); // 1 MiB; half of it is staged when the worker answers
            await Step(writer, "go", "", "pushed");
            await Step(writer, "manifest", $"image {image}", "pushed");
            string tagged = await Step(writer, "tag", $"v{image}", "tagged");
            expected[$"v{image}"] = tagged.Split(' ')[2];
            Invariant.Check(_root, expected);
        }

        await writer.End();
        await between.End();
        during.CloseInput();
        int runs = await collected;
        Assert.True(runs > 0);
        Invariant.Check(_root, expected);
        TestContext.Current.TestOutputHelper!.WriteLine($"{Images} images; {Images * 8} collections between the steps, {runs} during them");

        async Task<string> Step(WorkerProcess worker, string step, string text, string answer)
        {
            string line = await worker.Step(step, text, answer);
            await between.Step("collect", "", "collected");
            return line;
        }
    }

    [Fact]
    public async Task Claims_of_a_killed_process_are_deleted_and_those_of_a_running_one_kept()
    {
        using WorkerProcess living = await StartWriter();
        using WorkerProcess dying = await StartWriter();
        string kept = await Pushed(living, "layer", "kept");
        string lost = await Pushed(dying, "layer", "lost");
        await living.Step("slow", "a", "half");
        await dying.Step("slow", "b", "half");
        await dying.KillAndRead();

        Assert.True(Collect() > 0);

        Assert.True(File.Exists(Invariant.BlobPath(_root, kept)));
        Assert.False(File.Exists(Invariant.BlobPath(_root, lost)));
        Assert.Equal([".claims", ".session", ".upload"], Ingest().Select(Path.GetExtension).Order(StringComparer.Ordinal));
        await living.Step("go", "", "pushed");
        await living.Step("config", "{}", "pushed");
        await living.Step("manifest", "image", "pushed");
        await living.Step("tag", "v1", "tagged");
        await living.End();
        Assert.Equal(0, Collect());
        Invariant.Check(_root);
        Assert.Empty(Ingest());
    }

    [Fact]
    public async Task Claims_of_a_running_process_hold_at_any_age()
    {
        using WorkerProcess writer = await StartWriter();
        string layer = await Pushed(writer, "layer", "old");
        await writer.Step("config", "{}", "pushed");
        string manifest = await Pushed(writer, "manifest", "old image");
        await writer.Step("slow", "a", "half");
        foreach (string file in Ingest().Append(Invariant.BlobPath(_root, layer)).Append(Invariant.BlobPath(_root, manifest)))
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddHours(-25));

        Assert.Equal(0, Collect());

        Assert.True(File.Exists(Invariant.BlobPath(_root, layer)));
        await writer.Step("go", "", "pushed");
        await writer.Step("tag", "old", "tagged");
        Invariant.Check(_root, new Dictionary<string, string> { ["old"] = manifest });
        await writer.End();
    }

    [Fact]
    public async Task Reader_does_not_stop_a_collection_and_reads_its_content_to_the_end()
    {
        string digest = LeaveOrphan(new string('z', 300_000));
        using WorkerProcess reader = await StartWriter();
        await reader.Step("read", digest, "half");

        Assert.Equal(1, Collect()); // does not wait for a lock

        Assert.False(File.Exists(Invariant.BlobPath(_root, digest)));
        await reader.Step("go", "", $"read {digest}");
        await reader.End();
    }

    private static async Task<int> Follow(WorkerProcess collector)
    {
        int runs = 0;
        while (await collector.ReadLine() is { } line)
        {
            if (line.StartsWith("collected", StringComparison.Ordinal)) runs++;
        }

        return runs;
    }

    private async Task<WorkerProcess> StartWriter()
    {
        WorkerProcess worker = WorkerProcess.Start();
        await worker.Begin("step", _root);
        await worker.Expect("open");
        return worker;
    }

    private static async Task<string> Pushed(WorkerProcess worker, string step, string text) => (await worker.Step(step, text, "pushed")).Split(' ')[1];

    // Pushes content that no session claims, because the session of the push has ended.
    private string LeaveOrphan(string text)
    {
        var store = OciStore.OpenIsolated(_root, PhysicalFileSystem.Instance);
        var pushed = store.Push(new PushRequest(), new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text))).Descriptor;
        store.State.Dispose();
        return pushed.Digest.ToString();
    }

    private int Collect()
    {
        var store = OciStore.OpenIsolated(_root, PhysicalFileSystem.Instance, FinalStateCheck.Unflushed);
        int removed = store.Collect().RemovedCount;
        store.State.Dispose();
        return removed;
    }

    private List<string> Ingest() =>
        [.. Directory.EnumerateFiles(Path.Combine(_root, "ingest")).Where(f => Path.GetFileName(f)[0] != '.')];
}
