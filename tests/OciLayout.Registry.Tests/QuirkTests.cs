using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Testing;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests that content survives the peculiarities of the registries that people use.</summary>
public sealed class QuirkTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Registries => [.. Quirks.Registries];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Registries))]
    public async Task Content_is_pushed_listed_mounted_pulled_and_deleted(string name)
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        Quirks.Apply(server, other, name);
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        var source = CopyShapes.Create(_directory["source"], "artifact");
        var root = source.Resolve("artifact");
        if (name == "gitlab") other.Faults.Always("GET", "/blobs/", (context, _) => Answers.SendAsync(context, server.Content["team/app"].Blobs[context.Request.Path.Value!.Split('/')[^1]]));

        await CopyAsync(source, repository, root);
        var large = TestImage.Bytes(7 << 20, 1);
        await repository.PushBlobAsync(TestImage.BlobOf(large), new MemoryStream(large), null, Cancellation);
        await CopyAsync(repository, registry.GetRepository("team/mounted"), root);
        for (var i = 0; i < 5; i++) await repository.TagAsync("artifact", $"v{i}", Cancellation);

        Assert.Equal(large, await repository.FetchBytesAsync(TestImage.BlobOf(large)));
        Assert.Equal(["artifact", "v0", "v1", "v2", "v3", "v4"], (await repository.GetTagsAsync(null, Cancellation)).Where(t => !t.StartsWith("sha256-", StringComparison.Ordinal)));
        Assert.Equal(root.Digest, (await repository.ResolveAsync("v4", Cancellation)).Digest);
        var target = OciStore.Create(_directory["target"], new OciStoreOptions { Flush = false });
        for (var i = 0; i < 2; i++) await CopyAsync(repository, target, await repository.ResolveAsync("artifact", Cancellation));
        Assert.Empty(target.CompareWith(source, cancellationToken: Cancellation).Differences);

        foreach (var referrer in await repository.GetReferrersAsync(root.Digest, null, Cancellation)) await repository.DeleteAsync(referrer.Digest, Cancellation);
        await repository.DeleteAsync(root.Digest, Cancellation);
        Assert.Empty(await repository.GetReferrersAsync(root.Digest, null, Cancellation));
        await Reading.FailsAsync(OciErrorKind.NotFound, () => repository.ResolveAsync("v4", Cancellation));
    }

    [Fact]
    public async Task On_ECR_a_repository_that_does_not_exist_is_named_in_the_error()
    {
        await using var server = await TestRegistry.StartAsync();
        server.Faults.Always("POST", "/uploads/", Answers.Error(404, "NAME_UNKNOWN", "The repository with name 'team/app' does not exist"));
        using var registry = server.Client();
        var error = await Reading.FailsAsync(OciErrorKind.NotFound, () => TestImage.Create().PushAsync(registry.GetRepository("team/app"), "v1"));
        Assert.Contains("team/app", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fallback_tag_of_GitLab_names_the_subject_and_is_no_list()
    {
        await using var server = await TestRegistry.StartAsync();
        server.Features.HasReferrers = false;
        var child = TestImage.Create();
        server.Content.Add("team/app", child);
        var index = ListReadingTests.ListOf(child.Descriptor);
        var subject = Digest.Compute(index);
        server.Content["team/app"].AddManifest(index, MediaTypes.ImageIndex, "v1", subject.ToString().Replace(':', '-'));
        using var registry = server.Client();
        Assert.Empty(await registry.GetRepository("team/app").GetReferrersAsync(subject, null, Cancellation));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_challenge_that_is_missing_is_read_from_the_root(bool isBasic)
    {
        await using var server = await TestRegistry.StartAsync();
        var clock = new FakeClock();
        var accounts = server.Accounts = new TestAccounts(clock) { IsBasic = isBasic, OmitsChallenges = true };
        server.Content.Add("team/app", TestImage.Create(), "v1");
        using var registry = server.Client(clock, o => o with { Credential = new(accounts.User, accounts.Password) });
        for (var i = 0; i < 2; i++) await registry.GetRepository("team/app").ResolveAsync("v1", Cancellation);
        Assert.Single(server.Log, r => r.Path == "/v2/" && r.Status == 401);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(401)]
    public async Task A5_A_token_service_that_fails_on_two_scopes_is_asked_for_one(int status)
    {
        var clock = new FakeClock();
        var accounts = new TestAccounts(clock);
        await using var server = await TestRegistry.StartAsync();
        await using var tokens = await TestRegistry.StartAsync();
        server.Accounts = accounts;
        accounts.Challenges = (_, _) => [$"Bearer realm=\"{tokens.Origin}/token\",service=\"test\""];
        tokens.Faults.Always("GET", "/token", async (context, next) =>
        {
            if (context.Request.Query["scope"].Count > 1) await Answers.Status(status)(context, next);
            else await accounts.AnswersAsync(context);
        });
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");
        using var registry = server.Client(clock, o => o with { Credential = new(accounts.User, accounts.Password) });
        await CopyAsync(registry.GetRepository("team/app"), registry.GetRepository("team/new"), image.Descriptor);
        Assert.Equal(image.Layer, server.Content["team/new"].Blobs[image.LayerDescriptor.Digest.ToString()]);
    }

    private static async Task CopyAsync(OciPlace source, OciPlace target, Descriptor root)
    {
        using var copy = new OciCopy(source, target, new CopyOptions { IncludeReferrers = true });
        await copy.RunAsync(await copy.PlanAsync([new CopyRoot(root, "artifact")], Cancellation), null, Cancellation);
    }
}
