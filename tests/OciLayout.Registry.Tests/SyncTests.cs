using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Testing;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Syncs between registries, and between a registry and a layout.</summary>
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
        var layout = OciStore.Create(_directory["gap"], new OciStoreOptions { Flush = false });

        using (var sync = new OciSync(layout))
            Assert.All(await RunAsync(sync, registry.GetRepository("team/app"), registry.GetRepository("library/tool")), r => Assert.Equal(SyncAction.Added, r.Action));
        using (var sync = new OciSync(otherRegistry, "mirror"))
            Assert.All(await RunAsync(sync, layout), r => Assert.Equal(SyncAction.Added, r.Action));

        Assert.Equal(
            [$"{server.Host}/library/tool:1.0", $"{server.Host}/team/app:1.0", $"{server.Host}/team/app:1.1", $"{server.Host}/team/app:stable"], layout.GetTags().Select(t => t.Tag!));
        Assert.Equal(["mirror/library/tool", "mirror/team/app"], other.Content.Names);
        Assert.Equal(Tags(server, "team/app"), Tags(other, "mirror/team/app"));
        Assert.Equal(Tags(server, "library/tool"), Tags(other, "mirror/library/tool"));
    }

    [Fact]
    public async Task The_repositories_of_a_registry_get_the_prefix_and_a_second_run_looks_at_each_tag_once_on_each_side()
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        using var registry = server.Client();
        using var otherRegistry = other.Client();
        for (var i = 0; i < 20; i++) server.Content.Add("team/app", TestImage.Create(seed: i), $"1.{i}");

        using (var sync = new OciSync(otherRegistry, "mirror")) await RunAsync(sync, registry.GetRepository("team/app"));
        Assert.Equal(Tags(server, "team/app"), Tags(other, "mirror/team/app"));
        server.ClearLog();
        other.ClearLog();
        using (var sync = new OciSync(otherRegistry, "mirror"))
            Assert.All(await RunAsync(sync, registry.GetRepository("team/app")), r => Assert.Equal((SyncAction.Same, 0), (r.Action, r.CopiedSize)));

        Assert.Equal(["GET", .. Enumerable.Repeat("HEAD", 20)], server.Log.Select(r => r.Method).Order());
        Assert.Equal(Enumerable.Repeat("HEAD", 20), other.Log.Select(r => r.Method));
    }

    private static async Task<IReadOnlyList<SyncResult>> RunAsync(OciSync sync, params OciPlace[] sources) =>
        await sync.RunAsync(await sync.PlanAsync([.. sources.Select(s => new SyncSource(s))], Cancellation), null, Cancellation);

    private static IEnumerable<(string, string)> Tags(TestRegistry server, string repository) =>
        server.Content[repository].Tags.Select(t => (t.Key, t.Value)).OrderBy(t => t.Key, StringComparer.Ordinal);
}
