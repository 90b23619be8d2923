using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Testing;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests that other clients read from docker-registry what this library pushed, and the reverse. A client that is not on PATH is skipped.</summary>
public sealed class PeerTests : IDisposable
{
    private readonly TemporaryDirectory _place = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Clients => ["skopeo", "oras", "crane", "regctl"];

    public void Dispose() => _place.Dispose();

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Another_client_copies_what_was_pushed_with_the_same_digest(string client)
    {
        var program = Require(client);
        await using var server = await DockerRegistry.StartAsync();
        using var registry = new OciRegistry(server.Host, new RegistryOptions { UseStoredCredentials = false });
        var source = CopyShapes.Create(_place["source"], "index");
        using (var push = new OciCopy(source, registry.GetRepository("team/app")))
            await push.RunAsync(await push.PlanAsync([new CopyRoot(source.Resolve("index"), "index")], Cancellation), null, Cancellation);

        (await ExternalProcess.RunAsync(program, Copy(client, $"{server.Host}/team/app:index", $"{server.Host}/team/theirs:index"))).AssertSuccess();

        var theirs = registry.GetRepository("team/theirs");
        Assert.Equal(source.Resolve("index").Digest, (await theirs.ResolveAsync("index", Cancellation)).Digest);
        var target = OciStore.Create(_place["target"]);
        using var pull = new OciCopy(theirs, target);
        await pull.RunAsync(await pull.PlanAsync([new CopyRoot(await theirs.ResolveAsync("index", Cancellation), "index")], Cancellation), null, Cancellation);
        Assert.Empty(target.CompareWith(source, cancellationToken: Cancellation).Differences);
    }

    [Fact]
    public async Task Oras_lists_the_referrers_that_were_pushed_and_the_reverse()
    {
        var program = Require("oras");
        await using var server = await DockerRegistry.StartAsync();
        using var registry = new OciRegistry(server.Host, new RegistryOptions { UseStoredCredentials = false });
        var source = CopyShapes.Create(_place["source"], "artifact");
        var repository = registry.GetRepository("team/app");
        using (var push = new OciCopy(source, repository, new CopyOptions { IncludeReferrers = true }))
            await push.RunAsync(await push.PlanAsync([new CopyRoot(source.Resolve("artifact"), "artifact")], Cancellation), null, Cancellation);
        var name = $"{server.Host}/team/app:artifact";

        var listed = (await ExternalProcess.RunAsync(program, ["discover", "--plain-http", "--format", "json", name])).AssertSuccess().Output;
        foreach (var referrer in source.GetReferrers(source.Resolve("artifact").Digest)) Assert.Contains(referrer.Digest.ToString(), listed, StringComparison.Ordinal);
        (await ExternalProcess.RunAsync(program, ["attach", "--plain-http", "--artifact-type", "application/x-theirs", "--annotation", "a=b", name])).AssertSuccess();

        var types = (await repository.GetReferrersAsync(source.Resolve("artifact").Digest, null, Cancellation)).Select(r => r.ArtifactType);
        Assert.Contains("application/x-theirs", types);
        Assert.Equal(source.GetReferrers(source.Resolve("artifact").Digest).Count + 1, types.Count());
    }

    private static string Require(string client)
    {
        var program = ExternalProcess.Find(client);
        Assert.SkipWhen(program is null, $"{client} is not on PATH.");
        return program;
    }

    private static string[] Copy(string client, string from, string to) => client switch
    {
        "skopeo" => ["copy", "--insecure-policy", "--preserve-digests", "--all", "--src-tls-verify=false", "--dest-tls-verify=false", "docker://" + from, "docker://" + to],
        "oras" => ["cp", "--from-plain-http", "--to-plain-http", from, to],
        "crane" => ["copy", "--insecure", from, to],
        _ => ["image", "copy", "--host", $"reg={from.Split('/')[0]},tls=disabled", from, to],
    };
}
