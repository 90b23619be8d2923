using System;
using System.IO;
using System.Threading.Tasks;
using OciLayout.Testing;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Compiles and runs the registry example of docs/library.md. The lines between the two markers are those of the document.</summary>
public class LibraryExampleTests
{
    [Fact]
    public async Task Example_runs()
    {
        using var temporary = new TemporaryDirectory();
        await using var server = await TestRegistry.StartAsync();
        using var client = server.Client();
        var image = TestImage.Create();
        await image.PushAsync(client.GetRepository("team/app"), "v1");

        await RunAsync(server.Host, temporary["layout"], temporary["layer"]);

        Assert.Equal(image.Layer, File.ReadAllBytes(temporary["layer"]));
        Assert.Equal(image.Descriptor.Digest, OciStore.Open(temporary["layout"]).Resolve("v1").Digest);
        Assert.Equal(image.Descriptor.Digest, (await client.GetRepository("sync/team/app").ResolveAsync("v1", TestContext.Current.CancellationToken)).Digest);
        Assert.Equal(image.Descriptor.Digest, (await client.GetRepository("mirror/app").ResolveAsync("v1", TestContext.Current.CancellationToken)).Digest);
    }

    [Fact]
    public void Document_shows_the_lines_that_run() =>
        Assert.Equal(LibraryDocument.LinesOf("OciLayout.Registry.Tests/LibraryExampleTests.cs"), LibraryDocument.Example(1));

    private static async Task RunAsync(string host, string path, string file)
    {
        // begin of the example
        using var registry = new OciRegistry(host, new RegistryOptions { MaximumWait = TimeSpan.FromMinutes(1) });
        await registry.CheckAsync();
        var repository = registry.GetRepository("team/app");
        foreach (var tag in await repository.GetTagsAsync()) Console.WriteLine(tag);

        var manifest = await repository.GetManifestAsync("v1");
        await repository.FetchToFileAsync(manifest.Layers[0], file);

        var store = OciStore.Create(path);
        var root = new CopyRoot(await repository.ResolveAsync("v1"), "v1");
        using var pull = new OciCopy(repository, store, new CopyOptions { IncludeReferrers = true });
        var plan = await pull.PlanAsync([root]);
        Console.WriteLine($"{plan.Count} objects, {plan.Size} bytes");
        await pull.RunAsync(plan);

        using var push = new OciCopy(store, registry.GetRepository("mirror/app"));
        await push.RunAsync(await push.PlanAsync([root]));

        using var sync = new OciSync(registry, "sync");
        foreach (var result in await sync.RunAsync(await sync.PlanAsync([new SyncSource(repository) { Latest = 3 }])))
            Console.WriteLine($"{result.Item.Tag}: {result.Action}");
        // end of the example
    }
}
