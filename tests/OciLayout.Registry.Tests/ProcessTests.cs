using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Safety;
using OciLayout.Testing;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Processes that are killed while they copy, and processes that work at the same time.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_pull_that_was_killed_again_and_again_fetches_each_byte_about_once()
    {
        const int Size = 8 << 20, Slack = 1 << 20;
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create(Size);
        server.Content.Add("team/app", image, "v1");
        var target = OciStore.Create(_directory["target"]);
        foreach (var part in new[] { 3 << 20, 7 << 20 })
        {
            Hold(server, image, part);
            using var worker = WorkerProcess.Start();
            await worker.Begin("pull", target.Path, "host=" + server.Host, "repository=team/app", "tag=v1");
            await worker.Expect("! partial ");
            while (Number(await worker.Expect("! at ")) < part - Slack)
            {
            }

            await worker.KillAndRead();
            Assert.Empty(target.GetTags());
        }

        server.Faults.Clear();
        using var last = WorkerProcess.Start();
        await last.Begin("pull", target.Path, "host=" + server.Host, "repository=team/app", "tag=v1");
        Assert.InRange(Number(await last.Expect("! partial ")), (7 << 20) - (2 * Slack), 7 << 20);
        await last.End(closeFirst: false);

        Assert.Equal(image.Descriptor.Digest, target.Resolve("v1").Digest);
        AssertSound(target);
        Assert.InRange(server.Log.Where(r => r.Path.EndsWith(image.LayerDescriptor.Digest.Encoded, StringComparison.Ordinal)).Sum(r => r.SentBytes), Size, Size + (2 * 2 * Slack));
    }

    [Theory]
    [InlineData("PUT", "/uploads/", false)]
    [InlineData("PUT", "/manifests/", true)]
    [InlineData("HEAD", "/blobs/", false)]
    public async Task A_push_that_was_killed_leaves_no_tag_and_the_next_one_sends_only_the_rest(string method, string path, bool hasBlobs)
    {
        await using var server = await TestRegistry.StartAsync();
        var source = CopyShapes.Create(_directory["source"], "image");
        source.SaveIndex(Cancellation);
        var reached = new TaskCompletionSource();
        server.Faults.Add(method, path, async (context, _) =>
        {
            reached.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        using (var worker = WorkerProcess.Start())
        {
            await worker.Begin("push", source.Path, "host=" + server.Host, "repository=team/app", "tag=image");
            await reached.Task.WaitAsync(Cancellation);
            await worker.KillAndRead();
        }

        var before = server.Content["team/app"].Blobs.Values.Sum(b => b.Length);
        Assert.Empty(server.Content["team/app"].Tags);
        Assert.Equal(hasBlobs, server.Content["team/app"].Blobs.Count == 3);
        server.ClearLog();
        using var next = WorkerProcess.Start();
        await next.Begin("push", source.Path, "host=" + server.Host, "repository=team/app", "tag=image");
        await next.End(closeFirst: false);

        Assert.Equal(source.Resolve("image").Digest.ToString(), server.Content["team/app"].Tags["image"]);
        Assert.Equal(
            server.Content["team/app"].Blobs.Values.Sum(b => b.Length) - before, server.Log.Where(r => r.Path.Contains("/uploads/", StringComparison.Ordinal)).Sum(r => r.ReceivedBytes));
    }

    [Fact]
    public async Task Two_processes_pull_one_image_into_one_layout()
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create(4 << 20);
        server.Content.Add("team/app", image, "v1", "v2");
        var target = OciStore.Create(_directory["target"]);
        using WorkerProcess one = WorkerProcess.Start(), two = WorkerProcess.Start();
        await one.Begin("pull", target.Path, "host=" + server.Host, "repository=team/app", "tag=v1");
        await two.Begin("pull", target.Path, "host=" + server.Host, "repository=team/app", "tag=v2");
        await one.End(closeFirst: false);
        await two.End(closeFirst: false);

        Assert.Equal(["v1", "v2"], target.GetTags().Select(t => t.Tag));
        Assert.All(target.GetTags(), t => Assert.Equal(image.Descriptor.Digest, t.Descriptor!.Digest));
        AssertSound(target);
        Assert.All(Directory.GetFiles(Path.Combine(target.Path, "ingest", "partial")), f => Assert.EndsWith(".lock", f, StringComparison.Ordinal));
    }

    [Fact]
    public async Task W6_Two_processes_attach_referrers_to_one_subject_and_none_is_lost_unnoticed()
    {
        const int Count = 100;
        await using var server = await TestRegistry.StartAsync();
        server.Features.HasReferrers = false;
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");
        var attached = new HashSet<string>(StringComparer.Ordinal);
        var refused = 0;
        using WorkerProcess one = WorkerProcess.Start(), two = WorkerProcess.Start();
        foreach (var (worker, name) in new[] { (one, "one"), (two, "two") })
        {
            await worker.Begin(
                "attach", "-", "host=" + server.Host, "repository=team/app", "subject=v1", $"layer={image.LayerDescriptor.Digest}", "size=1000", "name=" + name, $"count={Count}");
            await worker.Expect("attaching");
        }

        one.Say("begin");
        two.Say("begin");
        await Task.WhenAll(ReadAsync(one), ReadAsync(two));

        using var registry = server.Client();
        var listed = (await registry.GetRepository("team/app").GetReferrersAsync(image.Descriptor.Digest, null, Cancellation)).Select(d => d.Digest.ToString()).ToHashSet();
        Assert.Equal(2 * Count, attached.Count + refused);
        Assert.Empty(attached.Except(listed));
        TestContext.Current.TestOutputHelper!.WriteLine($"{attached.Count} attached, {refused} refused, {server.Log.Count} requests");

        async Task ReadAsync(WorkerProcess worker)
        {
            for (var i = 0; i < Count; i++)
            {
                var words = (await worker.ReadLine())!.Split(' ');
                lock (attached)
                {
                    if (words[0] == "attached") attached.Add(words[1]);
                    else refused++;
                }
            }

            await worker.End(closeFirst: false);
        }
    }

    [Fact]
    public async Task The_proxy_of_the_environment_is_used_except_for_the_hosts_of_NO_PROXY()
    {
        await using var proxy = await ProxyServer.StartAsync("squid", hasPassword: true);
        await using var server = await TestRegistry.StartAsync();
        await using var excepted = await TestRegistry.StartAsync();
        var address = $"http://{ProxyServer.User}:{ProxyServer.Password}@{proxy.Address.Authority}";
        foreach (var registry in new[] { server, excepted })
        {
            registry.Content.Add("team/app", TestImage.Create(), "v1");
            using var worker = WorkerProcess.Start(("http_proxy", address), ("https_proxy", address), ("no_proxy", registry == server ? null : "example.com,127.0.0.1"));
            await worker.Begin("pull", OciStore.Create(_directory[registry.Host.Split(':')[1]]).Path, "host=" + registry.Host, "repository=team/app", "tag=v1");
            await worker.End(closeFirst: false);
        }

        var log = await proxy.StopAsync();
        Assert.Contains($"GET http://{server.Host}/v2/team/app/", log, StringComparison.Ordinal);
        Assert.DoesNotContain(excepted.Host, log, StringComparison.Ordinal);
    }

    // Sends the layer up to a position and then nothing.
    private static void Hold(TestRegistry server, TestImage image, int position)
    {
        server.Faults.Clear();
        server.Faults.Always("GET", "/blobs/" + image.LayerDescriptor.Digest, async (context, next) =>
        {
            var from = context.Request.Headers.Range.ToString() is { Length: > 0 } range ? int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture) : 0;
            context.Response.StatusCode = from > 0 ? 206 : 200;
            if (from > 0) context.Response.Headers.ContentRange = $"bytes {from}-{image.Layer.Length - 1}/{image.Layer.Length}";
            context.Response.Headers.ContentLength = image.Layer.Length - from;
            await context.Response.Body.WriteAsync(image.Layer.AsMemory(from, position - from), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
    }

    // A killed process leaves small files in ingest/, which garbage collection deletes.
    private static void AssertSound(OciStore store) => Assert.DoesNotContain(new OciVerification(store.Path).Run(), f => f.Problem != FindingProblem.StaleUpload);

    private static long Number(string line) => long.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture);
}
