using System;
using System.Linq;
using System.Threading.Tasks;
using OciLayout.Testing;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Syncs that remove tags.</summary>
public sealed class SyncPruneTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Tags_that_pass_the_filter_and_are_not_at_the_source_are_removed()
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        using var registry = server.Client();
        using var otherRegistry = other.Client();
        var signature = $"sha256-{new string('a', 64)}.sig";
        server.Content.Add("team/app", TestImage.Create(), "1.1", "1.2", "1.3");
        other.Content.Add("team/app", TestImage.Create(seed: 2), "1.0", "1.1", "2.0", "stable", signature);
        other.Content.Add("team/other", TestImage.Create(seed: 2), "1.0");

        using var sync = new OciSync(otherRegistry, "", new SyncOptions { Prune = true });
        var results = await sync.RunAsync(new SyncSource(registry.GetRepository("team/app")) { Filter = t => t[0] is '1' or 's', Latest = 1 });

        // -Latest leaves out 1.1, but the source has it.
        Assert.Equal(["1.3 Added", "1.0 Removed", "stable Removed"], results.Actions());
        Assert.Equal(TestImage.Create(seed: 2).Descriptor.Digest, results[1].Item.PreviousDigest);
        Assert.Equal(["1.1", "1.3", "2.0", signature], other.TagsOf("team/app").Select(t => t.Tag));
        Assert.Equal(["1.0"], other.TagsOf("team/other").Select(t => t.Tag));
    }

    [Fact]
    public async Task Tags_of_a_layout_are_removed_only_below_the_repositories_of_the_sources()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        server.Content.Add("team/app", TestImage.Create(), "1.0", "1.1");
        server.Content.Add("team/application", TestImage.Create(), "1.0");
        var layout = OciStore.Create(_directory["gap"], new OciStoreOptions { Flush = false });
        using (var sync = new OciSync(layout)) await sync.RunAsync(registry.GetRepository("team/app"), registry.GetRepository("team/application"));
        layout.Tag(layout.Resolve($"{server.Host}/team/app:1.0"), "mine");
        server.Content["team/app"].Tags.TryRemove("1.0", out _);
        server.Content["team/application"].Tags.TryRemove("1.0", out _);

        using (var sync = new OciSync(layout, new SyncOptions { Prune = true }))
            Assert.Equal([$"{server.Host}/team/app:1.1 Same", $"{server.Host}/team/app:1.0 Removed"], (await sync.RunAsync(registry.GetRepository("team/app"))).Actions());

        Assert.Equal([$"{server.Host}/team/app:1.1", $"{server.Host}/team/application:1.0", "mine"], layout.GetTags().Select(t => t.Tag!));
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("empty")]
    [InlineData("refused")]
    public async Task Nothing_is_removed_when_a_list_of_tags_is_empty_or_cannot_be_read(string problem)
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        using var registry = server.Client();
        using var otherRegistry = other.Client();
        server.Content.Add("team/app", TestImage.Create(), "1.1");
        if (problem == "empty") _ = server.Content["team/other"];
        if (problem == "refused") server.Faults.Always("GET", "/team/other/tags/list", Answers.Error(403, "DENIED"));
        other.Content.Add("team/app", TestImage.Create(), "1.0");
        other.Content.Add("team/other", TestImage.Create(), "1.0");
        SyncSource[] sources = [new(registry.GetRepository("team/app")), new(registry.GetRepository("team/other"))];

        using (var sync = new OciSync(otherRegistry, "", new SyncOptions { Prune = true }))
        {
            var plan = await sync.PlanAsync(sources);
            Assert.True(plan.IsPruneRefused);
            Assert.Equal(["1.1"], plan.Items.Select(i => i.Tag));
            await sync.RunAsync(plan, null, TestContext.Current.CancellationToken);
            Assert.Equal(["1.0", "1.1"], other.TagsOf("team/app").Select(t => t.Tag));
        }

        using var forced = new OciSync(otherRegistry, "", new SyncOptions { Prune = true, Force = true });
        await forced.RunAsync(sources);
        Assert.Equal(["1.1"], other.TagsOf("team/app").Select(t => t.Tag));
        // Without a list, it is not known which tags exist.
        Assert.Equal(problem == "refused" ? ["1.0"] : [], other.TagsOf("team/other").Select(t => t.Tag));
    }

    [Fact]
    public async Task A_source_with_one_tag_removes_nothing()
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        using var registry = server.Client();
        using var otherRegistry = other.Client();
        server.Content.Add("team/app", TestImage.Create(), "1.1");
        other.Content.Add("team/app", TestImage.Create(), "1.0");

        using var sync = new OciSync(otherRegistry, "", new SyncOptions { Prune = true });
        Assert.Equal(["1.1 Added"], (await sync.RunAsync(new SyncSource(registry.GetRepository("team/app")) { Tag = "1.1" })).Actions());
    }

    [Fact]
    public async Task W10_A_registry_that_does_not_remove_tags_fails_these_tags()
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        other.Features.DeletesTags = false;
        using var registry = server.Client();
        using var otherRegistry = other.Client();
        server.Content.Add("team/app", TestImage.Create(), "1.1");
        other.Content.Add("team/app", TestImage.Create(), "1.0");

        using var sync = new OciSync(otherRegistry, "", new SyncOptions { Prune = true });
        var results = await sync.RunAsync(registry.GetRepository("team/app"));

        Assert.Equal(["1.1 Added", "1.0 Failed"], results.Actions());
        Assert.Equal(OciErrorKind.UnsupportedOperation, Assert.IsType<OciException>(results[1].Error).Kind);
    }
}
