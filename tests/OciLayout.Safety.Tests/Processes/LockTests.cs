using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Safety;

/// <summary>Tests locks that another process holds for too long, or until it is killed.</summary>
public sealed class LockTests : IDisposable
{
    private readonly TemporaryDirectory _directory = TemporaryDirectory.InMemory();
    private readonly string _root;

    public LockTests() => _root = FinalStateCheck.NewStore(_directory["layout"]);

    public void Dispose() => _directory.Dispose();

    public static TheoryData<string, string, string> Uses()
    {
        var data = new TheoryData<string, string, string>();
        foreach (string file in (string[])[".turn", ".gate", ".lock"])
        {
            data.Add(file, "manifest", "second");
            data.Add(file, "tag", "v2");
            data.Add(file, "untag", "v1");
            data.Add(file, "delete", "v1");
            data.Add(file, "collect", "");
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Uses))]
    public async Task Lock_timeout_names_the_file_and_a_killed_holder_releases_the_lock(string file, string step, string text)
    {
        using WorkerProcess worker = WorkerProcess.Start();
        using WorkerProcess holder = WorkerProcess.Start();
        await worker.Begin("step", _root, "timeout=0"); // no other process holds a lock, so the worker never waits
        await worker.Expect("open");
        await worker.Step("config", "{}", "pushed");
        await worker.Step("manifest", "first", "pushed");
        await worker.Step("tag", "v1", "tagged");
        await worker.Step("layer", "for the second", "pushed");
        if (step == "collect") await worker.Step("untag", "v1", "untagged");
        await holder.Begin("lock", _root, $"file={file}");
        await holder.Expect("held");
        string before = File.ReadAllText(Path.Combine(_root, "index.json"));

        string answer = await worker.Step(step, text, "refused");

        Assert.Equal($"refused StoreBusy {Path.Combine(_root, "ingest", file)}", answer);
        Assert.Equal(before, File.ReadAllText(Path.Combine(_root, "index.json")));
        await holder.KillAndRead();
        answer = await worker.Step(step, text, "");
        Assert.False(answer.StartsWith("refused", StringComparison.Ordinal), answer);
        await worker.End();
        Invariant.Check(_root);
    }

    [Fact]
    public async Task Readers_need_no_lock()
    {
        WorkerProcess[] holders = [WorkerProcess.Start(), WorkerProcess.Start(), WorkerProcess.Start()];
        try
        {
            foreach ((WorkerProcess holder, string file) in holders.Zip((string[])[".turn", ".gate", ".lock"]))
            {
                await holder.Begin("lock", _root, $"file={file}");
                await holder.Expect("held");
            }

            var store = OciStore.Open(_root, FinalStateCheck.Unflushed);
            Assert.Equal(["base"], store.GetTags().Select(t => t.Tag));
            Assert.DoesNotContain(store.Walk(store.Resolve("base")), v => v.IsMissing);
            Assert.NotNull(store.PlanGarbage());
            Assert.NotNull(store.PlanDeletion("base"));
        }
        finally
        {
            Array.ForEach(holders, h => h.Dispose());
        }
    }
}
