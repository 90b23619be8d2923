using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Testing;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Syncs between registries, and between a registry and a layout: names, requests and bytes.</summary>
public sealed class SyncTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_registry_is_carried_by_a_layout_to_another_registry_with_equal_digests()
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        using var registry = server.Client();
        using var otherRegistry = other.Client();
        server.Content.Add("team/app", TestImage.Create(seed: 1), "1.0", "stable");
        server.Content.Add("team/app", TestImage.Create(seed: 2), "1.1");
        server.Content.Add("library/tool", TestImage.Create(seed: 1), "1.0");
        var layout = Layout("gap");

        using (var sync = new OciSync(layout))
            Assert.All(await sync.RunAsync(registry.GetRepository("team/app"), registry.GetRepository("library/tool")), r => Assert.Equal(SyncAction.Added, r.Action));
        using (var sync = new OciSync(otherRegistry, "mirror"))
            Assert.All(await sync.RunAsync(layout), r => Assert.Equal(SyncAction.Added, r.Action));

        Assert.Equal(
            [$"{server.Host}/library/tool:1.0", $"{server.Host}/team/app:1.0", $"{server.Host}/team/app:1.1", $"{server.Host}/team/app:stable"], layout.GetTags().Select(t => t.Tag!));
        Assert.Equal(["mirror/library/tool", "mirror/team/app"], other.Content.Names);
        Assert.Equal(server.TagsOf("team/app"), other.TagsOf("mirror/team/app"));
        Assert.Equal(server.TagsOf("library/tool"), other.TagsOf("mirror/library/tool"));
    }

    [Fact]
    public async Task A_second_run_looks_at_each_tag_once_at_the_source_and_once_at_the_destination()
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        using var registry = server.Client();
        using var otherRegistry = other.Client();
        for (var i = 0; i < 20; i++) server.Content.Add("team/app", TestImage.Create(seed: i), $"1.{i}");
        using (var sync = new OciSync(otherRegistry, "mirror")) await sync.RunAsync(registry.GetRepository("team/app"));
        Assert.Equal(server.TagsOf("team/app"), other.TagsOf("mirror/team/app"));
        Assert.Equal(20, other.Log.Count(r => r.Method == "HEAD" && r.Path.Contains("/manifests/1.", StringComparison.Ordinal)));
        server.ClearLog();
        other.ClearLog();

        using (var sync = new OciSync(otherRegistry, "mirror"))
            Assert.All(await sync.RunAsync(registry.GetRepository("team/app")), r => Assert.Equal((SyncAction.Same, 0), (r.Action, r.CopiedSize)));

        Assert.Equal(["GET", .. Enumerable.Repeat("HEAD", 20)], server.Log.Select(r => r.Method).Order());
        Assert.Equal(Enumerable.Repeat("HEAD", 20), other.Log.Select(r => r.Method));
    }

    [Fact]
    public async Task A_second_run_to_a_layout_looks_at_each_tag_once()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        for (var i = 0; i < 20; i++) server.Content.Add("team/app", TestImage.Create(seed: i), $"1.{i}");
        var layout = Layout("gap");
        using (var sync = new OciSync(layout)) await sync.RunAsync(registry.GetRepository("team/app"));
        server.ClearLog();

        using (var sync = new OciSync(layout)) Assert.All(await sync.RunAsync(registry.GetRepository("team/app")), r => Assert.Equal(SyncAction.Same, r.Action));

        Assert.Equal(["GET", .. Enumerable.Repeat("HEAD", 20)], server.Log.Select(r => r.Method).Order());
    }

    // Test 6 of the design.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_plan_only_reads_and_the_run_moves_what_the_plan_said(bool toLayout)
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        using var registry = server.Client();
        using var otherRegistry = other.Client();
        var image = TestImage.Create(100_000, seed: 1);
        foreach (var repository in new[] { "team/a", "team/b", "team/c" })
        {
            server.Content.Add(repository, image, "1.0", "latest");
            server.Content.Add(repository, TestImage.Create(5000, seed: repository[^1]), "1.1");
        }

        using var sync = toLayout ? new OciSync(Layout("gap")) : new OciSync(otherRegistry);
        var plan = await sync.PlanAsync([.. "abc".Select(c => new SyncSource(registry.GetRepository("team/" + c)))], Cancellation);
        Assert.All(server.Log.Concat(other.Log), r => Assert.Contains(r.Method, new[] { "GET", "HEAD" }));
        var cost = SyncCost.Of(plan)!;
        var pulls = server.Log.Count(r => r.Method == "GET" && r.Path.Contains("/manifests/", StringComparison.Ordinal));
        server.ClearLog();
        other.ClearLog();

        var results = await sync.RunAsync(plan, null, Cancellation);

        Assert.Equal(9, results.Count);
        Assert.All(results, r => Assert.Equal(SyncAction.Added, r.Action));
        // A blob counts once. A registry gets a manifest once for each repository, and one PUT more for each further tag.
        var manifests = toLayout ? 4 : 6;
        Assert.Equal(8 + manifests, plan.Count);
        Assert.InRange(plan.Size, 115_000, 125_000);
        Assert.Equal(plan.Size, results.Sum(r => r.CopiedSize));
        Assert.Equal((plan.Size, 0, 0, pulls), (cost.Size, cost.MountableSize, cost.PartialSize, cost.ManifestPulls));
        Assert.Equal(cost.Requests, server.Log.Count + other.Log.Count);
        if (toLayout) return;
        Assert.Equal(8, other.Log.Count(r => r.Method == "PUT" && r.Path.Contains("/blobs/", StringComparison.Ordinal)));
        Assert.Equal(4, other.Log.Count(r => r.Query.Contains("mount=", StringComparison.Ordinal) && r.Status == 201));
    }

    [Fact]
    public async Task W2_A_blob_that_cannot_be_mounted_is_uploaded()
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        using var registry = server.Client();
        using var otherRegistry = other.Client();
        server.Content.Add("team/a", TestImage.Create(), "1.0");
        server.Content.Add("team/b", TestImage.Create(), "1.0");
        other.Faults.Always("POST", "/team/b/blobs/uploads/", async (context, next) =>
        {
            if (context.Request.Query.ContainsKey("mount")) await Answers.Error(403, "DENIED")(context, next);
            else await next();
        });

        using var sync = new OciSync(otherRegistry);
        await sync.RunAsync(registry.GetRepository("team/a"), registry.GetRepository("team/b"));

        Assert.Equal(server.TagsOf("team/b"), other.TagsOf("team/b"));
    }

    [Fact]
    public async Task The_host_of_the_source_is_kept_on_request()
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        using var registry = server.Client();
        using var otherRegistry = other.Client();
        server.Content.Add("team/app", TestImage.Create(), "1.0");

        using var sync = new OciSync(otherRegistry, "mirror", new SyncOptions { KeepHost = true });
        await sync.RunAsync(registry.GetRepository("team/app"));

        Assert.Equal([$"mirror/{server.Host.Replace(':', '-')}/team/app"], other.Content.Names);
    }

    [Fact]
    public async Task Two_sources_with_the_same_destination_are_refused_before_anything_is_copied()
    {
        await using var server = await TestRegistry.StartAsync();
        await using var second = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        using var registry = server.Client();
        using var secondRegistry = second.Client();
        using var otherRegistry = other.Client();
        server.Content.Add("team/app", TestImage.Create(seed: 1), "1.0");
        second.Content.Add("team/app", TestImage.Create(seed: 2), "2.0");
        OciPlace[] sources = [registry.GetRepository("team/app"), secondRegistry.GetRepository("team/app")];

        using var sync = new OciSync(otherRegistry, "mirror");
        var error = await Reading.FailsAsync(OciErrorKind.AmbiguousReference, () => sync.RunAsync(sources));
        Assert.Equal(sources.Select(s => s.Path), error.Related);
        Assert.Empty(other.Log);
        using var withHost = new OciSync(otherRegistry, "mirror", new SyncOptions { KeepHost = true });
        await withHost.RunAsync(sources);
        Assert.Equal(2, other.Content.Names.Count);
        using var layout = new OciSync(Layout("gap"));
        Assert.Equal(2, (await layout.RunAsync(sources)).Count);
    }

    [Fact]
    public async Task A_layout_with_two_forms_of_one_name_is_refused_unless_they_are_equal()
    {
        await using var other = await TestRegistry.StartAsync();
        using var otherRegistry = other.Client();
        var layout = CopyShapes.Create(_directory["source"], "image");
        layout.Tag(layout.Resolve("image"), "nginx:1.27");
        layout.Tag(layout.Resolve("image"), "docker.io/library/nginx:1.27");
        layout.Untag("image");
        using (var sync = new OciSync(otherRegistry)) await sync.RunAsync(layout);
        Assert.Equal(["library/nginx"], other.Content.Names);

        var second = TestImage.Create();
        Push(layout, second);
        layout.Tag(second.Descriptor, "nginx:1.27");
        using (var sync = new OciSync(otherRegistry)) await Reading.FailsAsync(OciErrorKind.AmbiguousReference, () => sync.RunAsync(layout));
    }

    [Fact]
    public async Task A_tag_of_a_layout_without_a_repository_fails_alone()
    {
        await using var other = await TestRegistry.StartAsync();
        using var otherRegistry = other.Client();
        var layout = CopyShapes.Create(_directory["source"], "image");
        layout.Tag(layout.Resolve("image"), "docker.io/team/app:1.0");

        using var sync = new OciSync(otherRegistry, "mirror");
        var results = await sync.RunAsync(layout);

        Assert.Equal(["image Failed", "1.0 Added"], results.Actions());
        Assert.Equal(OciErrorKind.InvalidReference, Assert.IsType<OciException>(results[0].Error).Kind);
        Assert.Equal(["mirror/team/app"], other.Content.Names);
    }

    [Fact]
    public async Task Tags_move_or_stay()
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        using var registry = server.Client();
        using var otherRegistry = other.Client();
        var (first, second) = (TestImage.Create(seed: 1), TestImage.Create(seed: 2));
        server.Content.Add("team/app", first, "1.0", "latest");
        using (var sync = new OciSync(otherRegistry)) await sync.RunAsync(registry.GetRepository("team/app"));
        server.Content.Add("team/app", second, "latest");

        using (var sync = new OciSync(otherRegistry, "", new SyncOptions { KeepExisting = true }))
            Assert.Equal(["1.0 Same", "latest Kept"], (await sync.RunAsync(registry.GetRepository("team/app"))).Actions());
        Assert.Equal(first.Descriptor.Digest.ToString(), other.Content["team/app"].Tags["latest"]);
        using (var sync = new OciSync(otherRegistry))
        {
            var results = await sync.RunAsync(registry.GetRepository("team/app"));
            Assert.Equal(["1.0 Same", "latest Moved"], results.Actions());
            Assert.Equal((first.Descriptor.Digest, second.Descriptor.Digest), (results[1].Item.PreviousDigest, results[1].Item.Digest));
        }

        Assert.Equal(second.Descriptor.Digest.ToString(), other.Content["team/app"].Tags["latest"]);
    }

    // The plan reads the digest of a tag once. Its content is copied, whatever the tag names when the run reads it.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_tag_that_moves_during_a_sync_is_copied_as_planned(bool toLayout)
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        using var registry = server.Client();
        using var otherRegistry = other.Client();
        var (first, second) = (TestImage.Create(seed: 1), TestImage.Create(seed: 2));
        server.Content.Add("team/app", first, "1.0", "latest");
        using var sync = toLayout ? new OciSync(Layout("gap")) : new OciSync(otherRegistry);

        var plan = await sync.PlanAsync([new SyncSource(registry.GetRepository("team/app"))], Cancellation);
        server.Content.Add("team/app", second, "latest");
        var results = await sync.RunAsync(plan, null, Cancellation);

        var repository = toLayout ? $"{server.Host}/team/app:" : "";
        Assert.Equal([$"{repository}1.0 Added", $"{repository}latest Added"], results.Actions());
        Assert.All(results, r => Assert.Equal(first.Descriptor.Digest, r.Item.Digest));
        Assert.Equal([$"{repository}1.0 Same", $"{repository}latest Moved"], (await sync.RunAsync(registry.GetRepository("team/app"))).Actions());
        if (!toLayout) Assert.Equal(second.Descriptor.Digest.ToString(), other.Content["team/app"].Tags["latest"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Referrers_and_signatures_make_the_round_trip(bool hasReferrers)
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        server.Features.HasReferrers = other.Features.HasReferrers = hasReferrers;
        using var registry = server.Client();
        using var otherRegistry = other.Client();
        var repository = registry.GetRepository("team/app");
        foreach (var shape in new[] { "signed", "artifact" })
        {
            var source = CopyShapes.Create(_directory[shape], shape);
            using var copy = new OciCopy(source, repository, new CopyOptions { IncludeReferrers = true });
            await copy.RunAsync(await copy.PlanAsync([new CopyRoot(source.Resolve(shape), shape)], Cancellation), cancellationToken: Cancellation);
        }

        var options = new SyncOptions { IncludeReferrers = true };
        var layout = Layout("gap");
        using (var sync = new OciSync(layout, options)) await sync.RunAsync(new SyncSource(repository) { Filter = t => t.Length < 20 });
        using (var sync = new OciSync(otherRegistry, "", options)) Assert.All(await sync.RunAsync(layout), r => Assert.Equal(SyncAction.Added, r.Action));

        // The order of the entries of a fallback index depends on the order of the requests.
        Assert.Equal(server.TagsOf("team/app").Where(t => t.Tag.Length != 71), other.TagsOf("team/app").Where(t => t.Tag.Length != 71));
        var manifests = ImagesOf(server);
        Assert.Equal(manifests, ImagesOf(other));
        foreach (var manifest in manifests)
        {
            Assert.Equal(
                (await repository.GetReferrersAsync(Digest.Parse(manifest), null, Cancellation)).Select(d => d.Digest.ToString()).Order(),
                (await otherRegistry.GetRepository("team/app").GetReferrersAsync(Digest.Parse(manifest), null, Cancellation)).Select(d => d.Digest.ToString()).Order());
        }

        using (var sync = new OciSync(layout, options)) Assert.All(await sync.RunAsync(repository), r => Assert.Equal(SyncAction.Same, r.Action));
        using (var sync = new OciSync(otherRegistry, "", options)) Assert.All(await sync.RunAsync(layout), r => Assert.Equal(SyncAction.Same, r.Action));
    }

    [Fact]
    public async Task A_platform_is_selected_from_each_index()
    {
        await using var other = await TestRegistry.StartAsync();
        using var otherRegistry = other.Client();
        var source = CopyShapes.Create(_directory["source"], "index");
        source.Tag(source.Resolve("index"), "docker.io/team/app:1.0");
        source.Untag("index");
        var options = new SyncOptions { Platform = new Platform("linux", "arm64") };

        using (var sync = new OciSync(otherRegistry, "", options)) await sync.RunAsync(source);

        var image = OciPlatforms.Select(source, source.Resolve("docker.io/team/app:1.0"), options.Platform, Cancellation);
        Assert.Equal(image.Digest.ToString(), other.Content["team/app"].Tags["1.0"]);
        using (var sync = new OciSync(otherRegistry, "", options)) Assert.Equal(["1.0 Same"], (await sync.RunAsync(source)).Actions());
    }

    [Fact]
    public async Task A_layout_of_a_sync_can_be_created_by_the_run()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        server.Content.Add("team/app", TestImage.Create(), "1.0");
        var path = _directory["new"];
        using var sync = new OciSync(new SyncDestination(path, null, () => OciStore.Create(path)), null, Cancellation);

        var plan = await sync.PlanAsync(new SyncSource(registry.GetRepository("team/app")));
        Assert.False(Directory.Exists(path));
        await sync.RunAsync(plan, null, Cancellation);

        Assert.Equal([$"{server.Host}/team/app:1.0"], OciStore.Open(path).GetTags().Select(t => t.Tag!));
    }

    private static List<string> ImagesOf(TestRegistry server) =>
        [.. server.Content["team/app"].Manifests.Where(m => m.Value.MediaType == MediaTypes.ImageManifest).Select(m => m.Key).Order(StringComparer.Ordinal)];

    private OciStore Layout(string name) => OciStore.Create(_directory[name], new OciStoreOptions { Flush = false });

    private static void Push(OciStore layout, TestImage image)
    {
        layout.Push(image.LayerDescriptor, new MemoryStream(image.Layer), Cancellation);
        layout.Push(image.ConfigDescriptor, new MemoryStream(image.Config), Cancellation);
        layout.Push(image.Descriptor, new MemoryStream(image.Manifest), Cancellation);
    }
}
