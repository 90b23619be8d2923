using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Testing;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Syncs of which some tags fail, that have to wait, or that are stopped.</summary>
public sealed class SyncFailureTests : IDisposable
{
    private const int Images = 100;

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task T2_A_hundred_images_wait_for_a_rate_limit_and_are_all_copied(bool toLayout)
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        var clock = new FakeClock();
        using var registry = server.Client(clock);
        using var otherRegistry = other.Client(clock);
        AddImages(server);
        // After each 40 requests, the registry asks for a wait.
        var requests = 0;
        server.Faults.Always("", "/v2/", (context, next) => Interlocked.Increment(ref requests) % 40 == 0 ? Answers.Status(429, "47")(context, next) : next());
        var layout = OciStore.Create(_directory["gap"], new OciStoreOptions { Flush = false });

        using var sync = toLayout ? new OciSync(layout) : new OciSync(otherRegistry);
        var results = await sync.RunAsync(registry.GetRepository("team/app"));

        Assert.Equal(Images, results.Count);
        Assert.All(results, r => Assert.Equal(SyncAction.Added, r.Action));
        Assert.Contains(clock.Waits, w => w.TotalSeconds is >= 40 and < 49);
        Assert.Equal(Images, toLayout ? layout.TagCount : other.TagsOf("team/app").Count());
    }

    [Fact]
    public async Task T2_A_host_that_asks_for_a_longer_wait_than_permitted_fails_only_its_own_tags()
    {
        await using var server = await TestRegistry.StartAsync();
        await using var limited = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        using var registry = server.Client();
        using var limitedRegistry = limited.Client();
        using var otherRegistry = other.Client();
        server.Content.Add("team/app", TestImage.Create(seed: 1), "1.0", "1.1");
        limited.Content.Add("team/limited", TestImage.Create(seed: 2), "1.0", "1.1");
        limited.Faults.Always("GET", "/manifests/", Answers.Status(429, "3600"));

        using var sync = new OciSync(otherRegistry);
        var results = await sync.RunAsync(limitedRegistry.GetRepository("team/limited"), registry.GetRepository("team/app"));

        Assert.Equal(["1.0 Failed", "1.1 Failed", "1.0 Added", "1.1 Added"], results.Actions());
        Assert.All(results.Take(2), r => Assert.Equal(OciErrorKind.RateLimited, Assert.IsType<OciException>(r.Error).Kind));
    }

    [Theory]
    [InlineData("HEAD", "/manifests/1.50", true)]
    [InlineData("HEAD", "/manifests/1.50", false)]
    [InlineData("GET", "/manifests/", true)]
    [InlineData("GET", "/blobs/", false)]
    public async Task One_failing_image_costs_one_error(string method, string path, bool toLayout)
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        using var registry = server.Client();
        using var otherRegistry = other.Client();
        AddImages(server);
        var failing = TestImage.Create(100, 50);
        if (path == "/manifests/") path += failing.Descriptor.Digest;
        if (path == "/blobs/") path += failing.LayerDescriptor.Digest;
        server.Faults.Always(method, path, Answers.Error(403, "DENIED"));
        var layout = OciStore.Create(_directory["gap"], new OciStoreOptions { Flush = false });

        using (var sync = toLayout ? new OciSync(layout) : new OciSync(otherRegistry))
        {
            var results = await sync.RunAsync(registry.GetRepository("team/app"));
            Assert.Equal(["1.50"], results.Where(r => r.Action == SyncAction.Failed).Select(r => r.Item.Tag.Split(':')[^1]));
            Assert.Equal(OciErrorKind.Unauthorized, Assert.IsType<OciException>(results.Single(r => r.Error is not null).Error).Kind);
            Assert.Equal(Images - 1, results.Count(r => r.Action == SyncAction.Added));
        }

        server.Faults.Clear();
        using (var sync = toLayout ? new OciSync(layout) : new OciSync(otherRegistry))
            Assert.Equal(["1.50"], (await sync.RunAsync(registry.GetRepository("team/app"))).Where(r => r.Action == SyncAction.Added).Select(r => r.Item.Tag.Split(':')[^1]));
    }

    // The first tag of a repository fails after its plan was made, and the next tags need the same blobs.
    [Fact]
    public async Task Blobs_that_a_failed_tag_did_not_bring_are_brought_by_the_next_one()
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        using var registry = server.Client();
        using var otherRegistry = other.Client();
        server.Content.Add("team/a", TestImage.Create(), "1.0", "1.1");
        server.Content.Add("team/b", TestImage.Create(), "1.0");
        other.Faults.Add("POST", "/blobs/uploads/", Answers.Error(403, "DENIED"));

        using var sync = new OciSync(otherRegistry);
        var results = await sync.RunAsync(registry.GetRepository("team/a"), registry.GetRepository("team/b"));

        Assert.Equal(SyncAction.Failed, results[0].Action);
        Assert.Equal([SyncAction.Added, SyncAction.Added], results.Skip(1).Select(r => r.Action));
        Assert.Equal(["1.1"], other.TagsOf("team/a").Select(t => t.Tag));
        Assert.Equal(["1.0"], other.TagsOf("team/b").Select(t => t.Tag));
    }

    [Fact]
    public async Task A_list_that_cannot_be_read_fails_only_its_source()
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        using var registry = server.Client();
        using var otherRegistry = other.Client();
        server.Content.Add("team/app", TestImage.Create(), "1.0");

        using var sync = new OciSync(otherRegistry);
        var plan = await sync.PlanAsync(new SyncSource(registry.GetRepository("team/nope")), new SyncSource(registry.GetRepository("team/app")));

        Assert.Equal([registry.GetRepository("team/nope").Path], plan.Failures.Keys);
        Assert.Equal(["1.0"], plan.Items.Select(i => i.Tag));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_sync_that_was_stopped_is_completed_by_the_next_run(bool toLayout)
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        using var registry = server.Client();
        using var otherRegistry = other.Client();
        AddImages(server);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var blobs = 0;
        server.Faults.Always("GET", "/blobs/", async (context, next) =>
        {
            if (Interlocked.Increment(ref blobs) == Images)
            {
                await stop.CancelAsync();
                await Answers.CutAfter(0)(context, next);
            }
            else
            {
                await next();
            }
        });
        var layout = OciStore.Create(_directory["gap"], new OciStoreOptions { Flush = false });
        using (var sync = toLayout ? new OciSync(layout, null, stop.Token) : new OciSync(otherRegistry))
        {
            var plan = await sync.PlanAsync([new SyncSource(registry.GetRepository("team/app"))], stop.Token);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sync.RunAsync(plan, null, stop.Token));
        }

        server.Faults.Clear();
        var before = toLayout ? layout.TagCount : other.TagsOf("team/app").Count();
        Assert.InRange(before, 1, Images - 1);
        using (var sync = toLayout ? new OciSync(layout) : new OciSync(otherRegistry))
        {
            var results = await sync.RunAsync(registry.GetRepository("team/app"));
            Assert.Equal((before, Images - before), (results.Count(r => r.Action == SyncAction.Same), results.Count(r => r.Action == SyncAction.Added)));
        }
    }

    [Fact]
    public async Task A_wait_for_a_rate_limit_can_be_stopped()
    {
        await using var server = await TestRegistry.StartAsync();
        var clock = new FakeClock { Blocks = true };
        using var registry = server.Client(clock);
        AddImages(server);
        server.Faults.Add("HEAD", "/manifests/1.30", Answers.Status(429, "60"));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        using var sync = new OciSync(OciStore.Create(_directory["gap"]), null, stop.Token);

        var plan = sync.PlanAsync([new SyncSource(registry.GetRepository("team/app"))], stop.Token);
        await clock.FirstWait;
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => plan);
    }

    private static void AddImages(TestRegistry server)
    {
        for (var i = 0; i < Images; i++) server.Content.Add("team/app", TestImage.Create(100, i), $"1.{i}");
    }
}
