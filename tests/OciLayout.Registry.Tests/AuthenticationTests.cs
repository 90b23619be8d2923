using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using CsCheck;
using OciLayout.Registry;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests for rules A3, A4 and A5: challenges, tokens and accounts.</summary>
public sealed class AuthenticationTests
{
    private readonly FakeClock _clock = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task<TestRegistry> StartAsync(TestAccounts accounts)
    {
        var server = await TestRegistry.StartAsync();
        server.Accounts = accounts;
        server.Content.Add("team/app", TestImage.Create(), "v1");
        return server;
    }

    private OciRegistry Client(TestRegistry server, RegistryCredential? credential) => server.Client(_clock, o => o with { Credential = credential });

    private static int TokenRequests(TestRegistry server) => server.Log.Count(r => r.Path == "/token");

    [Fact]
    public async Task A4_A_token_is_requested_once_for_a_repository()
    {
        var accounts = new TestAccounts(_clock);
        await using var server = await StartAsync(accounts);
        server.Content.Add("team/other", TestImage.Create(), "v1");
        using var registry = Client(server, new(accounts.User, accounts.Password));
        for (var i = 0; i < 5; i++) await registry.GetRepository("team/app").ResolveAsync("v1", Cancellation);
        Assert.Equal(1, TokenRequests(server));
        Assert.Equal("?service=test&scope=repository%3Ateam%2Fapp%3Apull&account=bob&client_id=ocilayout", server.Log.Single(r => r.Path == "/token").Query);
        await registry.GetRepository("team/other").ResolveAsync("v1", Cancellation);
        Assert.Equal(2, TokenRequests(server));
        Assert.Single(server.Log, r => r.Status == 401);
    }

    [Fact]
    public async Task A4_Workers_that_start_together_share_a_token()
    {
        var accounts = new TestAccounts(_clock) { AllowsAnonymousPull = true };
        await using var server = await StartAsync(accounts);
        using var registry = Client(server, null);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => registry.GetRepository("team/app").ResolveAsync("v1", Cancellation)));
        Assert.Equal(1, TokenRequests(server));
        accounts.Revoke();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => registry.GetRepository("team/app").ResolveAsync("v1", Cancellation)));
        Assert.Equal(2, TokenRequests(server));
    }

    [Theory]
    [InlineData(300, 289, 291)]
    [InlineData(null, 49, 51)]
    [InlineData(16, 7, 9)]
    public async Task A4_A_token_is_renewed_before_it_expires(int? lifetime, int still, int renewed)
    {
        var accounts = new TestAccounts(_clock) { Lifetime = lifetime };
        await using var server = await StartAsync(accounts);
        using var registry = Client(server, new(accounts.User, accounts.Password));
        await registry.GetRepository("team/app").ResolveAsync("v1", Cancellation);
        _clock.Advance(TimeSpan.FromSeconds(still));
        await registry.GetRepository("team/app").ResolveAsync("v1", Cancellation);
        Assert.Equal(1, TokenRequests(server));
        _clock.Advance(TimeSpan.FromSeconds(renewed - still));
        await registry.GetRepository("team/app").ResolveAsync("v1", Cancellation);
        Assert.Equal(2, TokenRequests(server));
        Assert.Single(server.Log, r => r.Status == 401);
    }

    [Fact]
    public async Task A4_A_second_refusal_names_scope_account_and_source_but_not_the_secret()
    {
        var accounts = new TestAccounts(_clock);
        await using var server = await StartAsync(accounts);
        using var registry = Client(server, new RegistryCredential(accounts.User, accounts.Password).From("~/.docker/config.json"));
        await registry.GetRepository("team/app").ResolveAsync("v1", Cancellation);
        server.Faults.Always("GET", "/manifests/", async (context, _) =>
        {
            context.Response.Headers.WWWAuthenticate = $"Bearer realm=\"{server.Origin}/token\",service=\"test\"";
            await Answers.Error(401, "DENIED")(context, () => Task.CompletedTask);
        });
        server.ClearLog();
        var error = await Reading.FailsAsync(OciErrorKind.Unauthorized, () => registry.GetRepository("team/app").GetManifestAsync("v1", Cancellation));
        Assert.Equal(2, server.Log.Count(r => r.Path != "/token"));
        Assert.Equal(("DENIED", 401), (error.Registry!.Code, error.Registry.Status));
        foreach (var part in new[] { "repository:team/app:pull", "bob", "from ~/.docker/config.json" }) Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(accounts.Password, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A4_A_wrong_password_is_refused_by_the_token_service()
    {
        var accounts = new TestAccounts(_clock);
        await using var server = await StartAsync(accounts);
        using var registry = Client(server, new(accounts.User, "wr0ng"));
        var error = await Reading.FailsAsync(OciErrorKind.Unauthorized, () => registry.GetRepository("team/app").ResolveAsync("v1", Cancellation));
        Assert.Contains("'bob'", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wr0ng", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, TokenRequests(server));
    }

    [Fact]
    public async Task A4_An_identity_token_is_exchanged()
    {
        var accounts = new TestAccounts(_clock);
        await using var server = await StartAsync(accounts);
        using var registry = Client(server, RegistryCredential.FromIdentityToken(accounts.IdentityToken));
        await TestImage.Create(seed: 2).PushAsync(registry.GetRepository("team/app"), "v2");
        Assert.All(server.Log.Where(r => r.Path == "/token"), r => Assert.Equal("POST", r.Method));
    }

    [Fact]
    public async Task A4_A_busy_token_service_is_asked_again_when_it_says()
    {
        var accounts = new TestAccounts(_clock);
        await using var server = await StartAsync(accounts);
        await using var tokens = await TestRegistry.StartAsync();
        tokens.Faults.Add("GET", "/token", Answers.Status(429, "9"));
        tokens.Faults.Add("GET", "/token", (context, _) => Answers.CutAfter(5)(context, () => accounts.AnswersAsync(context)));
        tokens.Faults.Add("GET", "/token", Answers.Status(503));
        tokens.Faults.Always("GET", "/token", async (context, _) => await accounts.AnswersAsync(context));
        accounts.Challenges = (_, _) => [$"Bearer realm=\"{tokens.Origin}/token\",service=\"test\""];
        using var registry = Client(server, new(accounts.User, accounts.Password));
        await registry.GetRepository("team/app").ResolveAsync("v1", Cancellation);
        Assert.InRange(_clock.Waited.TotalSeconds, 9, 14);
    }

    [Theory]
    [InlineData("""{"token":""}""")]
    [InlineData("""{"expires_in":60}""")]
    [InlineData("""{"token":"se cret"}""")]
    [InlineData("""{"token":"s\u0000cret"}""")]
    [InlineData("""{"token":"secret\r\nX-Other: 1"}""")]
    [InlineData("""{"token":"s\u00e9cret"}""")]
    [InlineData("""[]""")]
    [InlineData("""token""")]
    public async Task A4_An_answer_without_a_valid_token_is_an_error(string body)
    {
        var accounts = new TestAccounts(_clock);
        await using var server = await StartAsync(accounts);
        await using var tokens = await TestRegistry.StartAsync();
        tokens.Faults.Always("GET", "/token", Answers.Status(200, null, body));
        accounts.Challenges = (_, _) => [$"Bearer realm=\"{tokens.Origin}/token\""];
        using var registry = Client(server, new(accounts.User, accounts.Password));
        var error = await Reading.FailsAsync(OciErrorKind.RegistryError, () => registry.GetRepository("team/app").ResolveAsync("v1", Cancellation));
        Assert.DoesNotContain("cret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A5_A_service_that_refuses_two_scopes_is_asked_for_one()
    {
        var accounts = new TestAccounts(_clock) { RefusesSeveralScopes = true };
        await using var server = await StartAsync(accounts);
        using var registry = Client(server, new(accounts.User, accounts.Password));
        var access = new RepositoryAccess(registry.Client, RegistryReference.Parse($"oci://{registry.Host}/team/new"), registry.Options);
        var image = TestImage.Create();
        var mounted = await new BlobUpload(access, new BlobCall(access)).PushAsync(image.LayerDescriptor, () => new System.IO.MemoryStream(image.Layer), "team/app", null, null, Cancellation);
        Assert.False(mounted);
        Assert.Equal(image.Layer, server.Content["team/new"].Blobs[image.LayerDescriptor.Digest.ToString()]);
    }

    [Fact]
    public async Task A5_Two_scopes_permit_a_mount()
    {
        var accounts = new TestAccounts(_clock);
        await using var server = await StartAsync(accounts);
        using var registry = Client(server, new(accounts.User, accounts.Password));
        var access = new RepositoryAccess(registry.Client, RegistryReference.Parse($"oci://{registry.Host}/team/new"), registry.Options);
        Assert.True(await new BlobUpload(access, new BlobCall(access)).PushAsync(TestImage.Create().LayerDescriptor, () => throw new InvalidOperationException(), "team/app", null, null, Cancellation));
    }

    [Fact]
    public async Task A3_Bearer_is_preferred_to_Basic()
    {
        var accounts = new TestAccounts(_clock);
        accounts.Challenges = (origin, scope) => ["Basic realm=\"test\"", $"Bearer realm=\"{origin}/token\", service=\"test\", scope=\"{scope}\""];
        await using var server = await StartAsync(accounts);
        using var registry = Client(server, new(accounts.User, accounts.Password));
        await registry.GetRepository("team/app").ResolveAsync("v1", Cancellation);
        Assert.All(server.Log.Where(r => r.Path != "/token"), r => Assert.DoesNotContain("Basic", r.Header("Authorization") ?? "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A3_Basic_needs_encryption_or_permission()
    {
        var accounts = new TestAccounts(_clock) { IsBasic = true };
        await using var server = await StartAsync(accounts);
        var credential = new RegistryCredential(accounts.User, accounts.Password);
        using (var registry = Client(server, credential)) await registry.GetRepository("team/app").ResolveAsync("v1", Cancellation);
        server.ClearLog();
        using var strict = server.Client(_clock, o => o with { Credential = credential, AllowUnencrypted = false });
        await Assert.ThrowsAsync<OciException>(() => strict.GetRepository("team/app").ResolveAsync("v1", Cancellation));
        Assert.Empty(server.Log);
    }

    [Theory]
    [InlineData("Basic realm=\"a\"", "Basic")]
    [InlineData("Bearer realm=\"https://a/t?x=1,2\",service=\"s\",scope=\"repository:a:pull,push\"", "Bearer")]
    [InlineData("Basic realm=\"a, b\", Bearer realm=x,service = \"y\"", "Basic|Bearer")]
    [InlineData("Negotiate, bearer realm=\"a\\\"b\"", "Negotiate|bearer")]
    [InlineData(",, =", "")]
    public void A4_Challenges_are_parsed(string text, string schemes) => Assert.Equal(schemes, string.Join('|', Challenge.Parse([text]).Select(c => c.Scheme)));

    [Fact]
    public void A4_Parameters_of_challenges_are_parsed()
    {
        var challenge = Assert.Single(Challenge.Parse(["Bearer realm=\"https://a/t?x=1,2\", Service=\"s \\\"q\\\"\",scope=\"repository:a:pull,push\""]));
        Assert.Equal(("https://a/t?x=1,2", "s \"q\"", "repository:a:pull,push"), (challenge["realm"], challenge["service"], challenge["scope"]));
    }

    [Fact]
    public void A4_Random_challenges_never_throw() =>
        Gen.Select(Gen.String, Pick.Sequence(0, 12, "Bearer", " ", "realm", "=", "\"", ",", "\\", "Basic", "a")).Select((one, other) => new[] { one, other, one + other, other + one })
            .Sample(texts => Assert.All(Challenge.Parse(texts), c => Assert.NotEmpty(c.Scheme)));
}
