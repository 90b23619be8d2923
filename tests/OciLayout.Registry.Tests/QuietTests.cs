using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Registry.Credentials;
using OciLayout.Testing;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests for requests of completions: a token at hand, or anonymously, and nothing that disturbs the user.</summary>
public sealed class QuietTests
{
    private readonly FakeClock _clock = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tags_are_listed_anonymously_with_an_anonymous_token()
    {
        var accounts = new TestAccounts(_clock) { AllowsAnonymousPull = true };
        await using var server = await StartAsync(accounts);
        using var registry = server.Client(_clock, o => o with { Credential = new(accounts.User, accounts.Password) });

        Assert.Equal(["v1"], await registry.GetRepository("team/app").GetTagsQuietlyAsync(Cancellation));

        Assert.All(server.Log.Where(r => r.Path == "/token"), r => Assert.Null(r.Header("Authorization")));
    }

    [Fact]
    public async Task A_password_is_not_sent_for_a_token_and_a_token_at_hand_is_used()
    {
        var accounts = new TestAccounts(_clock);
        await using var server = await StartAsync(accounts);
        using var registry = server.Client(_clock, o => o with { Credential = new(accounts.User, accounts.Password) });
        var repository = registry.GetRepository("team/app");

        await Assert.ThrowsAsync<OciException>(() => repository.GetTagsQuietlyAsync(Cancellation));
        Assert.All(server.Log, r => Assert.Null(r.Header("Authorization")));
        await repository.ResolveAsync("v1", Cancellation);
        server.ClearLog();

        Assert.Equal(["v1"], await repository.GetTagsQuietlyAsync(Cancellation));
        Assert.Equal(["/v2/team/app/tags/list"], server.Log.Select(r => r.Path));
    }

    [Fact]
    public async Task A_password_of_this_process_is_used_where_there_are_no_tokens()
    {
        var accounts = new TestAccounts(_clock) { IsBasic = true };
        await using var server = await StartAsync(accounts);
        using var registry = server.Client(_clock, o => o with { Credential = new(accounts.User, accounts.Password) });

        Assert.Equal(["v1"], await registry.GetRepository("team/app").GetTagsQuietlyAsync(Cancellation));
    }

    [Fact]
    public async Task A_request_is_sent_once_and_not_repeated()
    {
        await using var server = await StartAsync(null);
        server.Faults.Always("GET", "/tags/list", Answers.Status(503));
        using var registry = server.Client(_clock);

        await Assert.ThrowsAsync<OciException>(() => registry.GetRepository("team/app").GetTagsQuietlyAsync(Cancellation));

        Assert.Single(server.Log, r => r.Path.EndsWith("/tags/list", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stored_account_is_known_only_after_it_was_used()
    {
        using var home = new TemporaryDirectory();
        Directory.CreateDirectory(home[".docker"]);
        await File.WriteAllTextAsync(Path.Combine(home[".docker"], "config.json"), """{"auths":{"registry.example":{"auth":"Ym9iOnB3"}}}""", Cancellation);
        using var chain = new CredentialChain(_clock, _ => null, home.Path);

        Assert.Null(chain.FindKnown("registry.example", "team/app"));
        await chain.FindAsync("registry.example", "team/app", Cancellation);
        Assert.Equal("bob", chain.FindKnown("registry.example", "team/app")!.UserName);
        _clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Null(chain.FindKnown("registry.example", "team/app"));
    }

    private static async Task<TestRegistry> StartAsync(TestAccounts? accounts)
    {
        var server = await TestRegistry.StartAsync();
        server.Accounts = accounts;
        server.Content.Add("team/app", TestImage.Create(), "v1");
        return server;
    }
}
