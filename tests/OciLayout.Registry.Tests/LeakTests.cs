using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests for rules S1 and S4: credentials reach only the registry and the token service that it names.</summary>
public sealed class LeakTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The requests that a registry can direct elsewhere.</summary>
    public static TheoryData<string, string> Directions()
    {
        var data = new TheoryData<string, string>();
        foreach (var authentication in new[] { "Basic", "Bearer" })
        {
            foreach (var direction in new[] { "GET /manifests/ 307", "HEAD /manifests/ 302", "GET /blobs/ 307", "HEAD /blobs/ 307", "GET /tags/ 301", "GET /referrers/ 303", "POST /uploads/ 307", "PUT /manifests/ 308", "PUT /uploads/ 307", "location", "link", "bounce", "foreign challenge" })
                data.Add(authentication, direction);
        }

        return data;
    }

    [Theory]
    [InlineData("Basic", 400, "pa55-w0rd")]
    [InlineData("Bearer", 400, "pa55-w0rd")]
    [InlineData("Basic", 403, "pa55-w0rd")]
    [InlineData("Bearer", 403, "pa55-w0rd")]
    [InlineData("Basic", 400, "p\"a\\s&é/+<?>")] // JSON escapes these characters, in the password and in its base64
    [InlineData("Basic", 400, "errors")]
    public async Task Credentials_that_a_registry_repeats_are_not_shown(string authentication, int status, string password)
    {
        var clock = new FakeClock();
        var accounts = new TestAccounts(clock) { IsBasic = authentication == "Basic", Password = password };
        await using var server = await TestRegistry.StartAsync();
        server.Accounts = accounts;
        using var registry = server.Client(clock, o => o with { Credential = new(accounts.User, accounts.Password) });
        await registry.CheckAsync(Cancellation);
        server.Faults.Always("GET", "/tags/", (context, next) =>
        {
            var message = $"no: {context.Request.Headers.Authorization} {(accounts.IsBasic ? accounts.Password : "")}";
            return Answers.Status(status, null, JsonSerializer.Serialize(new { errors = new[] { new { code = "DENIED", message } } }))(context, next);
        });

        var error = await Assert.ThrowsAsync<OciException>(() => registry.GetRepository("team/app").GetTagsAsync(null, Cancellation));

        Assert.Contains("no: ", error.Message);
        AssertNone(SecretsOf(accounts), error.ToString());
    }

    [Theory]
    [MemberData(nameof(Directions))]
    public async Task S1_Another_origin_gets_no_credentials(string authentication, string direction)
    {
        var clock = new FakeClock();
        var accounts = new TestAccounts(clock) { IsBasic = authentication == "Basic" };
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        server.Accounts = accounts;
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");
        other.Content.Add("team/app", image, "v1");
        other.Faults.Always("PUT", "/uploads/", Answers.Status(201));
        Direct(server, other, direction);
        using var registry = server.Client(clock, o => o with { Credential = new(accounts.User, accounts.Password) });
        var repository = registry.GetRepository("team/app");

        var errors = new List<string>();
        await TryAsync(() => repository.GetTagsAsync(null, Cancellation), errors);
        await TryAsync(() => repository.ResolveAsync("v1", Cancellation), errors);
        await TryAsync(() => repository.GetManifestAsync("v1", Cancellation), errors);
        await TryAsync(() => repository.FetchBytesAsync(image.LayerDescriptor), errors);
        await TryAsync(() => repository.ExistsAsync(TestImage.BlobOf([1]).Digest, Cancellation), errors);
        await TryAsync(() => repository.GetReferrersAsync(image.Descriptor.Digest, null, Cancellation), errors);
        await TryAsync(() => TestImage.Create(seed: 2).PushAsync(repository, "v2"), errors);
        await TryAsync(() => repository.PushManifestAsync(image.Manifest, null, "v3", Cancellation), errors);

        // A link to another server is refused, and referrers are not read elsewhere.
        if (direction is not ("link" or "GET /referrers/ 303")) Assert.NotEmpty(other.Log);
        if (direction == "bounce") Assert.Contains(server.Log, r => r.Path.StartsWith("/v2/stolen/", StringComparison.Ordinal));
        var secrets = SecretsOf(accounts);
        foreach (var request in other.Log.Concat(server.Log.Where(r => r.Path.StartsWith("/v2/stolen/", StringComparison.Ordinal))))
        {
            Assert.Null(request.Header("Authorization"));
            Assert.Null(request.Header("Cookie"));
            Assert.Null(request.Header("Proxy-Authorization"));
            AssertNone(secrets, request + string.Concat(request.Headers.Select(h => h.Value)));
        }

        foreach (var error in errors) AssertNone(secrets, error);
    }

    private static void Direct(TestRegistry server, TestRegistry other, string direction)
    {
        if (direction == "location")
        {
            server.Features.Location = path => other.Origin + path;
        }
        else if (direction == "link")
        {
            server.Faults.Always("GET", "/", Answers.Header("Link", $"<{other.Origin}/v2/team/app/tags/list>; rel=\"next\""));
        }
        else if (direction == "bounce")
        {
            // The way back to the registry has no credentials either: the other server chooses what is requested.
            server.Faults.Add("GET", "/manifests/", Answers.Redirect(other.Origin + "{path}"));
            other.Faults.Always("GET", "/manifests/", Answers.Redirect(server.Origin + "/v2/stolen/manifests/x"));
        }
        else if (direction == "foreign challenge")
        {
            server.Faults.Always("GET", "/blobs/", Answers.Redirect(other.Origin + "{path}"));
            other.Faults.Always("GET", "/blobs/", async (context, _) =>
            {
                context.Response.Headers.WWWAuthenticate = $"Bearer realm=\"{other.Origin}/token\",service=\"x\", Basic realm=\"x\"";
                context.Response.Headers.SetCookie = "a=b";
                await Answers.Status(401)(context, () => Task.CompletedTask);
            });
            other.Faults.Always("", "/token", Answers.Status(200, null, "{\"token\":\"x\"}"));
        }
        else
        {
            var parts = direction.Split(' ');
            server.Faults.Always(parts[0], parts[1], Answers.Redirect(other.Origin + "{path}", int.Parse(parts[2], System.Globalization.CultureInfo.InvariantCulture)));
        }
    }

    [Fact]
    public async Task S1_Cookies_are_not_kept()
    {
        await using var server = await TestRegistry.StartAsync();
        server.Content.Add("team/app", TestImage.Create(), "v1");
        server.Faults.Always("", "/", Answers.Header("Set-Cookie", "session=1; path=/"));
        using var registry = server.Client();
        for (var i = 0; i < 3; i++) await registry.GetRepository("team/app").ResolveAsync("v1", Cancellation);
        Assert.All(server.Log, r => Assert.Null(r.Header("Cookie")));
    }

    [Fact]
    public async Task S5_The_token_service_does_not_redirect_the_password_elsewhere()
    {
        var clock = new FakeClock();
        await using var server = await TestRegistry.StartAsync();
        await using var tokens = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        var accounts = server.Accounts = new TestAccounts(clock) { Challenges = (_, _) => [$"Bearer realm=\"{tokens.Origin}/token\""] };
        foreach (var credential in new[] { new RegistryCredential(accounts.User, accounts.Password), RegistryCredential.FromIdentityToken(accounts.IdentityToken) })
        {
            tokens.Faults.Always("", "/token", Answers.Redirect(other.Origin + "{path}"));
            using var registry = server.Client(clock, o => o with { Credential = credential });
            var error = await Assert.ThrowsAsync<OciException>(() => registry.GetRepository("team/app").GetTagsAsync(null, Cancellation));
            AssertNone(SecretsOf(accounts), error.ToString());
        }

        foreach (var request in other.Log) AssertNone(SecretsOf(accounts), request + string.Concat(request.Headers.Select(h => h.Value)));
    }

    [Fact]
    public async Task S1_Debug_lines_and_errors_have_no_secrets()
    {
        var clock = new FakeClock();
        await using var server = await TestRegistry.StartAsync();
        await using var storage = await TestRegistry.StartAsync();
        var accounts = server.Accounts = new TestAccounts(clock);
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");
        server.Faults.Always("GET", "/blobs/", Answers.Redirect(storage.Origin + "/stored?X-Signature=s1gnature"));
        storage.Faults.Always("GET", "/stored", Answers.Status(403, null, "<Error/>", "application/xml"));
        using var registry = server.Client(clock, o => o with { Credential = new(accounts.User, accounts.Password) });
        var lines = new List<string>();
        registry.Client.Sent = lines.Add;
        var errors = new List<string>();
        await TryAsync(() => registry.GetRepository("team/app").FetchBytesAsync(image.LayerDescriptor), errors);
        Assert.Single(errors);
        Assert.Contains(lines, l => l.StartsWith($"GET {storage.Host}/stored 403 ", StringComparison.Ordinal));
        AssertNone([.. SecretsOf(accounts), "s1gnature"], string.Join('\n', lines.Concat(errors)));
    }

    [Fact]
    public async Task S11_A_debug_line_has_method_host_path_status_and_time_only()
    {
        await using var server = await TestRegistry.StartAsync();
        server.Content.Add("team/app", TestImage.Create(), "v1");
        server.Faults.Add("GET", "/tags/", Answers.Redirect(server.Origin + "{path}&X-Signature=s1gnature"));
        using var registry = server.Client();
        var lines = new List<string>();
        registry.Client.Sent = lines.Add;
        await registry.GetRepository("team/app").GetTagsAsync(null, Cancellation);
        Assert.Collection(
            lines,
            line => Assert.Matches($"^GET {server.Host}/v2/team/app/tags/list 307 [0-9]+ ms$", line),
            line => Assert.Matches($"^GET {server.Host}/v2/team/app/tags/list 200 [0-9]+ ms$", line));
    }

    [Fact]
    public void Texts_of_settings_have_no_secrets()
    {
        var credential = new RegistryCredential("bob", "pa55-w0rd");
        var token = RegistryCredential.FromIdentityToken("1dent1ty");
        using var certificate = new TestCertificate();
        var options = new RegistryOptions
        {
            Credential = credential,
            ClientCertificate = certificate.Server,
            Proxy = new Uri("http://user:pr0xy@proxy.example:3128"),
            ProxyCredential = new NetworkCredential("user", "pr0xy"),
        };
        Assert.Contains("bob", credential.ToString(), StringComparison.Ordinal);
        foreach (var text in new[] { credential.ToString(), token.ToString(), options.ToString(), (options with { Credential = token }).ToString() })
            AssertNone(["pa55", "w0rd", "1dent1ty", "pr0xy"], text);
        Assert.DoesNotContain(typeof(RegistryCredential).GetProperties(), p => p.Name.Contains("Secret", StringComparison.Ordinal));
    }

    private static IReadOnlyList<string> SecretsOf(TestAccounts accounts) =>
    [
        accounts.Password, accounts.IdentityToken, .. accounts.Tokens,
        Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(accounts.User + ":" + accounts.Password)),
    ];

    private static void AssertNone(IEnumerable<string> secrets, string text) => Assert.All(secrets, s => Assert.DoesNotContain(s, text, StringComparison.OrdinalIgnoreCase));

    private static async Task TryAsync(Func<Task> call, List<string> errors)
    {
        try
        {
            await call();
        }
        catch (OciException e)
        {
            errors.Add(e.ToString());
        }
    }
}
