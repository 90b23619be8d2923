using System;
using System.Collections.Concurrent;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Testing;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>The requests of copies, and copies that fail.</summary>
public sealed class CopyRequestTests : IDisposable
{
    private static readonly CopyOptions WithReferrers = new() { IncludeReferrers = true };

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool> Shapes =>
        new(from shape in CopyShapes.All from hasReferrers in new[] { true, false } select (shape, hasReferrers));

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task A_plan_only_reads_and_the_run_moves_what_the_plan_said(string shape, bool hasReferrers)
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        server.Features.HasReferrers = other.Features.HasReferrers = hasReferrers;
        using var registry = server.Client();
        using var otherRegistry = other.Client();
        var source = CopyShapes.Create(_directory["source"], shape);
        var root = source.Resolve(shape);
        OciPlace[] places =
        [
            source, registry.GetRepository("team/app"), registry.GetRepository("team/mounted"), otherRegistry.GetRepository("team/app"),
            OciStore.Create(_directory["target"], new OciStoreOptions { Flush = false }),
        ];
        for (var i = 1; i < places.Length; i++)
        {
            server.ClearLog();
            other.ClearLog();
            using var copy = new OciCopy(places[i - 1], places[i], WithReferrers);
            var plan = await copy.PlanAsync([new CopyRoot(root, shape)], Cancellation);
            Assert.All(server.Log.Concat(other.Log), r => Assert.Contains(r.Method, new[] { "GET", "HEAD" }));
            server.ClearLog();
            other.ClearLog();

            var cost = copy.CostOf(plan)!;
            var sums = new ConcurrentBag<long>();
            var progress = new Observer<long>(sums.Add);
            var result = await copy.RunAsync(plan, progress, Cancellation);

            Assert.Equal(plan.Count, result.CopiedCount);
            Assert.Equal(plan.Size, sums.DefaultIfEmpty().Max());
            Assert.Equal(plan.Count, copy.Progress!.Objects);
            if (hasReferrers) Assert.Equal(cost.Requests, server.Log.Count + other.Log.Count); // without the API, lists of referrers are written as well
            Assert.Equal(plan.Size, cost.Size + cost.MountableSize);
            var blobs = plan.Items.Where(item => !MediaTypes.IsManifest(item.Descriptor.MediaType)).ToList();
            var moved = i switch
            {
                1 => server.Log.Where(r => r.Path.Contains("/blobs/", StringComparison.Ordinal)).Sum(r => r.ReceivedBytes),
                2 => server.Log.Count(r => r.Query.Contains("mount=", StringComparison.Ordinal)),
                3 => other.Log.Where(r => r.Path.Contains("/blobs/", StringComparison.Ordinal)).Sum(r => r.ReceivedBytes),
                _ => other.Log.Where(r => r.Path.Contains("/blobs/", StringComparison.Ordinal)).Sum(r => r.SentBytes),
            };
            Assert.Equal(i == 2 ? blobs.Count : blobs.Sum(b => b.Descriptor.Size), moved);
            if (shape == "sha512") continue; // a tag of a registry has no algorithm, so the registry states its digest with sha256
            Assert.Empty((await OciComparison.CompareAsync(source, places[i], false, Cancellation)).Differences);
            Assert.Empty((await OciComparison.CompareAsync(places[i], places[i - 1], false, Cancellation)).Differences);
        }

        var target = (OciStore)places[^1];
        Assert.Equal(root.Digest, target.Resolve(shape).Digest);
        Assert.Empty(target.CompareWith(source, cancellationToken: Cancellation).Differences);
    }

    [Fact]
    public async Task W11_an_upload_follows_the_download_of_its_blob()
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        using var source = server.Client();
        using var target = other.Client();
        var image = TestImage.Create(4 << 20);
        server.Content.Add("team/app", image, "v1");
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Faults.Add("GET", image.LayerDescriptor.Digest.ToString(), async (context, _) =>
        {
            context.Response.Headers.ContentLength = image.Layer.Length;
            await context.Response.Body.WriteAsync(image.Layer.AsMemory(0, 2 << 20));
            await arrived.Task; // the upload has begun
            await context.Response.Body.WriteAsync(image.Layer.AsMemory(2 << 20));
        });
        other.Faults.Always("PUT", "/blobs/uploads/", async (context, next) =>
        {
            context.Request.Body = new MeteredBody(context.Request.Body, read =>
            {
                if (read > 1000) arrived.TrySetResult();
            });
            await next();
        });

        await Copy(source, target, image);

        Assert.Equal(image.Layer, other.Content["team/app"].Blobs[image.LayerDescriptor.Digest.ToString()]);
    }

    [Fact]
    public async Task W11_wrong_content_is_never_sent_completely()
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        using var source = server.Client();
        using var target = other.Client();
        var image = TestImage.Create(4 << 20);
        server.Content.Add("team/app", image, "v1");
        server.Content["team/app"].Blobs[image.LayerDescriptor.Digest.ToString()] = TestImage.Bytes(image.Layer.Length, 99);

        var error = await Assert.ThrowsAsync<OciException>(() => Copy(source, target, image));

        Assert.Equal((OciErrorKind.DigestMismatch, image.LayerDescriptor.Digest.ToString()), (error.Kind, error.Subject));
        Assert.All(other.Log, r => Assert.True(r.ReceivedBytes < image.Layer.Length));
        Assert.Empty(other.Content["team/app"].Manifests);
    }

    private static async Task Copy(OciRegistry source, OciRegistry target, TestImage image)
    {
        using var copy = new OciCopy(source.GetRepository("team/app"), target.GetRepository("team/app"));
        await copy.RunAsync(await copy.PlanAsync([new CopyRoot(image.Descriptor, "v1")], Cancellation), null, Cancellation);
    }

    [Fact]
    public async Task A_cancelled_copy_keeps_the_small_blobs_that_it_received()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client(null, o => o with { MaximumConcurrency = 1 });
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");
        var target = OciStore.Create(_directory["target"], new OciStoreOptions { Flush = false });
        using var stop = new CancellationTokenSource();
        server.Faults.Add("GET", image.LayerDescriptor.Digest.ToString(), async (context, _) =>
        {
            await stop.CancelAsync();
            context.Abort();
        });
        using var copy = new OciCopy(registry.GetRepository("team/app"), target);
        var plan = await copy.PlanAsync([new CopyRoot(image.Descriptor, "v1")], Cancellation);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => copy.RunAsync(plan, null, stop.Token));

        Assert.True(target.Exists(image.ConfigDescriptor.Digest));
        Assert.Empty(target.GetEntries());
        server.ClearLog();
        await copy.RunAsync(plan, null, Cancellation);
        Assert.DoesNotContain(server.Log, r => r.Path.Contains(image.ConfigDescriptor.Digest.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_referrer_that_an_earlier_copy_did_not_list_is_listed()
    {
        await using var server = await TestRegistry.StartAsync();
        server.Features.HasReferrers = false;
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        var source = CopyShapes.Create(_directory["source"], "artifact");
        var root = source.Resolve("artifact");
        await Copy();
        var referrers = await repository.GetReferrersAsync(root.Digest, cancellationToken: Cancellation);
        await repository.UntagAsync($"sha256-{root.Digest.Encoded}", Cancellation);
        Assert.Empty(await registry.GetRepository("team/app").GetReferrersAsync(root.Digest, cancellationToken: Cancellation));

        await Copy();

        Assert.NotEmpty(referrers);
        Assert.Equal(referrers.Select(r => r.Digest).Order(), (await repository.GetReferrersAsync(root.Digest, cancellationToken: Cancellation)).Select(r => r.Digest).Order());

        async Task Copy()
        {
            using var copy = new OciCopy(source, registry.GetRepository("team/app"), WithReferrers);
            await copy.RunAsync(await copy.PlanAsync([new CopyRoot(root, "v1")], Cancellation), cancellationToken: Cancellation);
        }
    }

    [Fact]
    public async Task New_and_known_content_needs_few_requests()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        var source = CopyShapes.Create(_directory["source"], "index");
        var root = source.Resolve("index");

        await CopyAsync(source, repository, root, "index");

        // A plan asks for the tag, and for 3 manifests and 5 blobs. A blob takes 2 requests, a manifest 1.
        Assert.Equal(9, Count("HEAD"));
        Assert.Equal((5, 8), (Count("POST"), Count("PUT")));
        Assert.Equal(0, Count("GET"));
        server.ClearLog();
        await CopyAsync(source, repository, root, "index");
        Assert.Equal(["HEAD"], server.Log.Select(r => r.Method));
        server.ClearLog();
        await CopyAsync(source, repository, root, "second");
        Assert.Equal(["HEAD", "HEAD", "PUT"], server.Log.Select(r => r.Method));
        server.ClearLog();

        using var fresh = server.Client();
        var target = OciStore.Create(_directory["target"]);
        await CopyAsync(fresh.GetRepository("team/app"), target, root, "index");
        Assert.Equal((8, 8), (Count("GET"), server.Log.Count));
        server.ClearLog();
        await CopyAsync(fresh.GetRepository("team/app"), target, root, "index");
        Assert.Empty(server.Log);

        int Count(string method) => server.Log.Count(r => r.Method == method);
    }

    [Theory]
    [InlineData("PUT", "/manifests/")]
    [InlineData("PUT", "/manifests/index")]
    [InlineData("POST", "/blobs/uploads/")]
    public async Task A_refused_push_writes_no_tag_and_the_next_one_completes(string method, string path)
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        var source = CopyShapes.Create(_directory["source"], "index");
        server.Faults.Add(method, path, Answers.Error(403, "DENIED"), 20);

        await Reading.FailsAsync(OciErrorKind.Unauthorized, () => CopyAsync(source, repository, source.Resolve("index"), "index"));

        Assert.Empty(server.Content["team/app"].Tags);
        server.Faults.Clear();
        await CopyAsync(source, repository, source.Resolve("index"), "index");
        Assert.Equal(source.Resolve("index").Digest, (await repository.ResolveAsync("index", Cancellation)).Digest);
    }

    [Fact]
    public async Task Content_that_a_registry_lost_below_a_manifest_is_pushed_again()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        var source = CopyShapes.Create(_directory["source"], "nested");
        var nested = source.Resolve("nested");
        var index = source.GetManifest(nested, Cancellation).Manifests[0];
        await CopyAsync(source, repository, index, "index");
        var content = server.Content["team/app"];
        var lost = source.GetManifest(index, Cancellation).Manifests[1];
        content.Manifests.TryRemove(lost.Digest.ToString(), out _);
        content.Blobs.TryRemove(source.GetManifest(lost, Cancellation).Layers[1].Digest.ToString(), out _);
        server.Faults.Add("PUT", "/manifests/nested", Answers.Error(400, "MANIFEST_BLOB_UNKNOWN"));

        await CopyAsync(source, repository, nested, "nested");

        Assert.Equal(nested.Digest.ToString(), content.Tags["nested"]);
        Assert.Contains(lost.Digest.ToString(), content.Manifests.Keys);

        server.Faults.Always("PUT", "/manifests/again", Answers.Error(400, "MANIFEST_BLOB_UNKNOWN"));
        await Reading.FailsAsync(OciErrorKind.IncompleteGraph, () => CopyAsync(source, repository, nested, "again"));
    }

    [Fact]
    public async Task A_pull_that_was_cut_fetches_only_the_rest()
    {
        const int Size = 8 << 20;
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var image = TestImage.Create(Size);
        server.Content.Add("team/app", image, "v1");
        var layer = "/blobs/" + image.LayerDescriptor.Digest;
        server.Faults.Add("GET", layer, Answers.CutAfter(Size * 9L / 10));
        server.Faults.Always("GET", layer, Answers.Status(503));
        var target = OciStore.Create(_directory["target"]);

        await Reading.FailsAsync(OciErrorKind.RegistryUnavailable, () => CopyAsync(registry.GetRepository("team/app"), target, image.Descriptor, "v1"));

        Assert.Empty(target.GetTags());
        server.Faults.Clear();
        server.ClearLog();
        using var copy = new OciCopy(registry.GetRepository("team/app"), target);
        var plan = await copy.PlanAsync([new CopyRoot(image.Descriptor, "v1")], Cancellation);
        await copy.RunAsync(plan, null, Cancellation);
        Assert.Equal(Size - plan.PartialSize, server.Log.Where(r => r.Path.Contains(layer, StringComparison.Ordinal)).Sum(r => r.SentBytes));
        Assert.InRange(plan.PartialSize, Size * 8L / 10, Size * 9L / 10);
        Assert.Equal(image.Descriptor.Digest, target.Resolve("v1").Digest);
    }

    [Fact]
    public async Task Wrong_content_of_a_registry_is_fetched_once_more_and_then_refused()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var image = TestImage.Create(2 << 20);
        server.Content.Add("team/app", image, "v1");
        server.Content["team/app"].Blobs[image.LayerDescriptor.Digest.ToString()] = TestImage.Bytes(2 << 20, 77);
        var target = OciStore.Create(_directory["target"]);

        await Reading.FailsAsync(OciErrorKind.DigestMismatch, () => CopyAsync(registry.GetRepository("team/app"), target, image.Descriptor, "v1"));

        Assert.Equal(2, server.Log.Count(r => r.Path.Contains(image.LayerDescriptor.Digest.ToString(), StringComparison.Ordinal)));
        Assert.Empty(Directory.GetFiles(Path.Combine(target.Path, "ingest", "partial")));
        Assert.Empty(target.GetTags());
    }

    [Theory]
    [InlineData(403, "DENIED")]
    [InlineData(404, "NAME_UNKNOWN")]
    [InlineData(405, "UNSUPPORTED")]
    public async Task A_blob_is_uploaded_if_it_cannot_be_mounted(int status, string code)
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");
        server.Faults.Always("POST", "/v2/team/other/blobs/uploads/", (context, next) => context.Request.Query.ContainsKey("mount") ? Answers.Error(status, code)(context, next) : next());

        await CopyAsync(registry.GetRepository("team/app"), registry.GetRepository("team/other"), image.Descriptor, "v1");

        Assert.Equal(image.Descriptor.Digest.ToString(), server.Content["team/other"].Tags["v1"]);
        Assert.Equal(2, server.Content["team/other"].Blobs.Count);
    }

    private static async Task CopyAsync(OciPlace source, OciPlace target, Descriptor root, string tag)
    {
        using var copy = new OciCopy(source, target);
        await copy.RunAsync(await copy.PlanAsync([new CopyRoot(root, tag)], Cancellation), null, Cancellation);
    }
}
