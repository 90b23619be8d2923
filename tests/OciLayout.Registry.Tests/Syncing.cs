using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Short forms of syncs for tests.</summary>
internal static class Syncing
{
    /// <summary>Plans and runs a sync of all tags of places.</summary>
    public static Task<IReadOnlyList<SyncResult>> RunAsync(this OciSync sync, params OciPlace[] places) => sync.RunAsync([.. places.Select(p => new SyncSource(p))]);

    /// <summary>Plans and runs a sync.</summary>
    public static async Task<IReadOnlyList<SyncResult>> RunAsync(this OciSync sync, params SyncSource[] sources) =>
        await sync.RunAsync(await sync.PlanAsync(sources), null, TestContext.Current.CancellationToken);

    /// <summary>Plans a sync.</summary>
    public static Task<SyncPlan> PlanAsync(this OciSync sync, params SyncSource[] sources) => sync.PlanAsync(sources, TestContext.Current.CancellationToken);

    /// <summary>Returns the tags of a repository with their digests.</summary>
    public static IEnumerable<(string Tag, string Digest)> TagsOf(this TestRegistry server, string repository) =>
        server.Content[repository].Tags.Select(t => (t.Key, t.Value)).OrderBy(t => t.Key, StringComparer.Ordinal);

    /// <summary>Returns the tags and the actions of results.</summary>
    public static IEnumerable<string> Actions(this IEnumerable<SyncResult> results) => results.Select(r => $"{r.Item.Tag} {r.Action}");
}
