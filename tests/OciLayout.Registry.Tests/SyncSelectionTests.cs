using System;
using System.Linq;
using System.Threading.Tasks;
using OciLayout.Tests.Registry.Server;
using OciLayout.Transfer;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>The tags that a sync selects.</summary>
public sealed class SyncSelectionTests
{
    // Each list is in the expected order, the highest version first. The last column has the tags that are not versions.
    [Theory]
    [InlineData("1.10 1.9 1.1", "")]
    [InlineData("v2.0.0 1.10.1 v1.10.0 1.9", "")]
    [InlineData("1.27.3 1.27 1", "latest stable main")]
    [InlineData("2.0 1.0 2.1-rc.1 1.1-beta", "")]
    [InlineData("1.0.0 1.0.0-rc.10 1.0.0-rc.9 1.0.0-beta.11 1.0.0-beta.2 1.0.0-beta 1.0.0-alpha.beta 1.0.0-alpha.1 1.0.0-alpha", "")]
    [InlineData("1.27.3 1.26.9 1.27.3-alpine 1.26.9-alpine", "alpine")]
    [InlineData("20261130 20250101 99", "2026w1")]
    [InlineData("99999999999999999999.1 99999999999999999999", "")]
    [InlineData("1.27.0 1.27", "")]
    [InlineData("1.2 01.2 1.1", "")]
    [InlineData("1.0", "1. .1 v 1..2 1.0- 1.x ver1.0 1.0+2")]
    public void Versions_are_ordered_by_their_numbers_and_prereleases_come_last(string highestFirst, string others)
    {
        var versions = highestFirst.Split(' ');
        var mixed = versions.Concat(others.Split(' ', StringSplitOptions.RemoveEmptyEntries)).OrderBy(t => TestImage.Bytes(4, t.Sum(c => c))[0]).ToList();

        Assert.Equal(versions, TagVersion.Latest(mixed, int.MaxValue));
        Assert.Equal(versions.Take(2), TagVersion.Latest(mixed, 2));
    }

    [Fact]
    public async Task A_filter_comes_before_the_highest_versions()
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        using var registry = server.Client();
        using var otherRegistry = other.Client();
        server.Content.Add("team/app", TestImage.Create(), "1.9", "1.10", "1.11", "2.0", "stable", "1.12-rc.1");

        using var sync = new OciSync(otherRegistry);
        var results = await sync.RunAsync(new SyncSource(registry.GetRepository("team/app")) { Filter = t => t.StartsWith("1.", StringComparison.Ordinal) && t != "1.11", Latest = 2 });

        Assert.Equal(["1.10 Added", "1.9 Added"], results.Actions());
        Assert.Equal(["1.10", "1.9"], other.TagsOf("team/app").Select(t => t.Tag));
    }

    [Fact]
    public async Task One_tag_is_copied_without_a_list()
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        using var registry = server.Client();
        using var otherRegistry = other.Client();
        server.Content.Add("team/app", TestImage.Create(), "1.0", "1.1");

        using var sync = new OciSync(otherRegistry);
        await sync.RunAsync(new SyncSource(registry.GetRepository("team/app")) { Tag = "1.0", Filter = _ => false, Latest = 3 });

        Assert.Equal(["1.0"], other.TagsOf("team/app").Select(t => t.Tag));
        Assert.DoesNotContain(server.Log, r => r.Path.EndsWith("/tags/list", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_repository_that_is_named_twice_gets_the_tags_of_both()
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        using var registry = server.Client();
        using var otherRegistry = other.Client();
        server.Content.Add("team/app", TestImage.Create(), "1.0", "1.1", "2.0", "stable");
        var repository = registry.GetRepository("team/app");

        using var sync = new OciSync(otherRegistry);
        await sync.RunAsync(new SyncSource(repository) { Filter = t => t[0] == '1' }, new SyncSource(repository) { Tag = "stable" });

        Assert.Equal(["1.0", "1.1", "stable"], other.TagsOf("team/app").Select(t => t.Tag));
    }

    [Fact]
    public async Task A_source_without_a_selected_tag_is_reported()
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        using var registry = server.Client();
        using var otherRegistry = other.Client();
        server.Content.Add("team/app", TestImage.Create(), "1.0");
        var repository = registry.GetRepository("team/app");

        using var sync = new OciSync(otherRegistry);
        var plan = await sync.PlanAsync(new SyncSource(repository) { Filter = _ => false });

        Assert.Equal([repository.Path], plan.Empty);
        Assert.Empty(plan.Items);
    }

    [Fact]
    public async Task Fallback_tags_are_not_copied_as_tags()
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        server.Features.HasReferrers = false;
        using var registry = server.Client();
        using var otherRegistry = other.Client();
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "1.0");
        await TestImage.Create(seed: 2, subject: image.Descriptor).PushAsync(registry.GetRepository("team/app"));
        Assert.Equal(2, server.TagsOf("team/app").Count());

        using var sync = new OciSync(otherRegistry);
        await sync.RunAsync(registry.GetRepository("team/app"));

        Assert.Equal(["1.0"], other.TagsOf("team/app").Select(t => t.Tag));
    }
}
