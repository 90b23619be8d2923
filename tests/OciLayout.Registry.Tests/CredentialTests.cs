using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Registry.Credentials;
using OciLayout.Testing;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests for rules A1 and A2: the files of docker, podman and other tools.</summary>
public sealed class CredentialTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);
    private readonly FakeClock _clock = new();
    private readonly List<string> _warnings = [];
    private readonly CredentialChain _chain;

    public CredentialTests() =>
        _chain = new CredentialChain(_clock, name => _environment.TryGetValue(name, out var value) ? value : null, _home.Path)
        {
            Warning = text =>
            {
                _warnings.Add(text);
                return true;
            },
        };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _chain.Dispose();
        _home.Dispose();
    }

    private void Write(string path, string text) => _home.NewFile(path, Encoding.UTF8.GetBytes(text));

    private static string Auth(string user, string password) => Convert.ToBase64String(Encoding.UTF8.GetBytes(user + ":" + password));

    private static string FileWith(string host, string user) => $$$"""{"auths":{"{{{host}}}":{"auth":"{{{Auth(user, "pw-" + user)}}}"} } }""";

    private async Task AssertUserAsync(string? user, string host, string? repository = null)
    {
        var found = await _chain.FindAsync(host, repository, Cancellation);
        Assert.Equal(user, found?.UserName);
        if (user is not null) Assert.Equal("pw-" + user, found!.Secret);
    }

    [Fact]
    public async Task A1_The_first_source_with_an_account_decides()
    {
        string[] files = [Path.Combine(".docker", "config.json"), Path.Combine(".config", "containers", "auth.json"), Path.Combine("run", "containers", "auth.json"), "auth-file.json"];
        for (var i = 0; i < files.Length; i++)
        {
            Write(files[i], FileWith("ghcr.io", "user" + i));
            if (i == 2 && OperatingSystem.IsWindows()) continue;
            if (i == 2) _environment["XDG_RUNTIME_DIR"] = _home["run"];
            if (i == 3) _environment["REGISTRY_AUTH_FILE"] = _home["auth-file.json"];
            _clock.Advance(TimeSpan.FromMinutes(2));
            await AssertUserAsync("user" + i, "ghcr.io", "team/app");
        }

        _environment["DOCKER_AUTH_CONFIG"] = FileWith("ghcr.io", "variable");
        _clock.Advance(TimeSpan.FromMinutes(2));
        await AssertUserAsync("variable", "ghcr.io", "team/app");
        await AssertUserAsync(null, "quay.io", "team/app");
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task A1_Directories_of_the_environment_are_used()
    {
        Write(Path.Combine("d", "config.json"), FileWith("a.example", "docker"));
        Write(Path.Combine("c", "containers", "auth.json"), FileWith("b.example", "podman"));
        _environment["DOCKER_CONFIG"] = _home["d"];
        _environment["XDG_CONFIG_HOME"] = _home["c"];
        await AssertUserAsync("docker", "a.example");
        await AssertUserAsync("podman", "b.example");
    }

    [Fact]
    public async Task A1_A_source_is_read_once_a_minute()
    {
        await AssertUserAsync(null, "ghcr.io");
        Write(Path.Combine(".docker", "config.json"), FileWith("ghcr.io", "late"));
        await AssertUserAsync(null, "ghcr.io");
        _clock.Advance(TimeSpan.FromSeconds(61));
        await AssertUserAsync("late", "ghcr.io");
    }

    [Theory]
    [InlineData("not JSON s3cret")]
    [InlineData("[\"s3cret\"]")]
    [InlineData("{\"auths\":{\"ghcr.io\":{\"auth\":\"s3cret!\"}}}")]
    [InlineData("{\"auths\":{\"ghcr.io\":{\"auth\":\"s3cret")]
    public async Task A1_A_broken_file_is_one_warning_and_the_next_source_is_used(string text)
    {
        Write(Path.Combine(".config", "containers", "auth.json"), text);
        Write(Path.Combine(".docker", "config.json"), FileWith("ghcr.io", "docker"));
        await AssertUserAsync("docker", "ghcr.io");
        await AssertUserAsync("docker", "ghcr.io", "team/app");
        var warning = Assert.Single(_warnings);
        Assert.Contains(_home[".config", "containers", "auth.json"], warning, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A1_A_broken_file_is_reported_again_only_after_it_changed()
    {
        var path = Path.Combine(".docker", "config.json");
        Write(path, "not JSON");
        for (var i = 0; i < 3; i++)
        {
            await AssertUserAsync(null, "ghcr.io");
            _clock.Advance(TimeSpan.FromSeconds(61));
        }

        using (var other = new CredentialChain(_clock, _ => null, _home.Path) { Warning = _ => throw new InvalidOperationException("It was reported.") })
            Assert.Null(await other.FindAsync("ghcr.io", null, Cancellation));
        Assert.Single(_warnings);
        Write(path, "still not JSON");
        File.SetLastWriteTimeUtc(_home[path], DateTime.UtcNow.AddHours(1));
        await AssertUserAsync(null, "ghcr.io");
        Assert.Equal(2, _warnings.Count);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"auths\":{\"ghcr.io\":{}}}")]
    [InlineData("{\"auths\":{\"ghcr.io\":null},\"credHelpers\":[],\"credsStore\":1}")]
    [InlineData("{\"auths\":{\"ghcr.io\":{\"auth\":\"\"}}}")]
    [InlineData("{\"auths\":[]}")]
    public async Task A1_A_file_without_accounts_is_fine(string text)
    {
        Write(Path.Combine(".docker", "config.json"), text);
        await AssertUserAsync(null, "ghcr.io");
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task A1_The_longest_prefix_of_the_repository_decides()
    {
        Write(Path.Combine(".config", "containers", "auth.json"), $$$"""
            {"auths":{"ghcr.io":{"auth":"{{{Auth("host", "pw-host")}}}"},"ghcr.io/team":{"auth":"{{{Auth("team", "pw-team")}}}"},"ghcr.io/team/app":{"auth":"{{{Auth("app", "pw-app")}}}"} } }
            """);
        await AssertUserAsync("app", "ghcr.io", "team/app");
        await AssertUserAsync("team", "ghcr.io", "team/other");
        await AssertUserAsync("team", "ghcr.io", "team/apple");
        await AssertUserAsync("host", "ghcr.io", "tea");
        await AssertUserAsync("host", "ghcr.io");
    }

    [Theory]
    [InlineData("ghcr.io", "ghcr.io", true)]
    [InlineData("https://ghcr.io/v2/", "ghcr.io", true)]
    [InlineData("http://localhost:5000", "localhost:5000", true)]
    [InlineData("localhost:5000", "localhost:5000", true)]
    [InlineData("localhost", "localhost:5000", false)]
    [InlineData("localhost:5000", "localhost", false)]
    [InlineData("ghcr.io", "evil-ghcr.io", false)]
    [InlineData("ghcr.io", "a.ghcr.io", false)]
    [InlineData("a.ghcr.io", "ghcr.io", false)]
    [InlineData("https://index.docker.io/v1/", "docker.io", true)]
    [InlineData("docker.io", "docker.io", true)]
    [InlineData("registry-1.docker.io", "docker.io", true)]
    [InlineData("https://index.docker.io/v1/access-token", "ghcr.io", false)]
    public async Task A2_Hosts_match_exactly(string key, string host, bool matches)
    {
        Write(Path.Combine(".docker", "config.json"), FileWith(key, "bob"));
        await AssertUserAsync(matches ? "bob" : null, host, "team/app");
    }

    [Fact]
    public void A1_All_forms_of_an_entry_are_read()
    {
        var file = CredentialFile.Parse($$$"""
            {"auths":{
              "a":{"auth":"{{{Auth("u", "p:with:colons")}}}"},
              "b":{"auth":"{{{Convert.ToBase64String("u:padded\0\0"u8.ToArray())}}}"},
              "c":{"username":"u","password":"plain"},
              "d":{"auth":"{{{Auth("00000000-0000-0000-0000-000000000000", "")}}}","identitytoken":"refresh"},
              "e":{"auth":"{{{Convert.ToBase64String("nocolon"u8.ToArray())}}}"}},
             "credHelpers":{"https://f/v1/":"pass"},"credsStore":"desktop"}
            """, "file");
        Assert.Equal("p:with:colons", file.AccountOf("a", null)!.Secret);
        Assert.Equal("padded", file.AccountOf("b", null)!.Secret);
        Assert.Equal("plain", file.AccountOf("c", null)!.Secret);
        Assert.Equal((true, "refresh"), (file.AccountOf("d", null)!.IsIdentityToken, file.AccountOf("d", null)!.Secret));
        Assert.Null(file.AccountOf("e", null));
        Assert.Equal(("pass", null, "desktop"), (file.HelperOf("f"), file.HelperOf("a"), file.DefaultHelper));
        Assert.Equal("file", file.AccountOf("a", null)!.Source);
    }

    [Fact]
    public async Task A1_A_registry_uses_stored_credentials()
    {
        await using var server = await TestRegistry.StartAsync();
        var accounts = server.Accounts = new TestAccounts(_clock) { IsBasic = true };
        server.Content.Add("team/app", TestImage.Create(), "v1");
        Write(Path.Combine(".docker", "config.json"), $$$"""{"auths":{"{{{server.Host}}}":{"auth":"{{{Auth(accounts.User, accounts.Password)}}}"} } }""");
        using var client = new OciLayout.Registry.RegistryClient(
            RegistryReference.Parse($"oci://{server.Host}/team/app"), new RegistryOptions { AllowUnencrypted = true, Clock = _clock }, (repository, token) => _chain.FindAsync(server.Host, repository, token), _ => null);
        var request = new OciLayout.Registry.RegistryRequest(System.Net.Http.HttpMethod.Get, await client.UrlAsync("team/app/tags/list", Cancellation)) { Scopes = ["repository:team/app:pull"] };
        using var response = await client.SendAsync(request, Cancellation);
        Assert.True(response.IsSuccess);
    }
}
