using System;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Registry;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests for rules S2 to S10: endpoints that a registry may name, encryption, and limits.</summary>
public sealed class SafetyTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static OciErrorKind? Check(string origin, string target)
    {
        try
        {
            var request = new RegistryRequest(System.Net.Http.HttpMethod.Get, new Uri(origin));
            EndpointRules.Check("registry.example", request, new Uri(origin), new Uri(target), "a redirect");
            return null;
        }
        catch (OciException e)
        {
            return e.Kind;
        }
    }

    [Theory]
    [InlineData("https://cdn.example/x")]
    [InlineData("https://8.8.8.8/x")]
    [InlineData("https://[2001:db8::1]/x")]
    [InlineData("https://172.32.0.1/x")]
    public void S3_A_public_registry_may_name_public_hosts(string target) => Assert.Null(Check("https://r.example/v2/", target));

    [Theory]
    [InlineData("https://localhost/x")]
    [InlineData("https://LOCALHOST./x")]
    [InlineData("https://a.localhost/x")]
    [InlineData("https://127.0.0.1/x")]
    [InlineData("https://127.8.9.10/x")]
    [InlineData("https://2130706433/x")]
    [InlineData("https://0x7f.1/x")]
    [InlineData("https://0.0.0.0/x")]
    [InlineData("https://10.1.2.3/x")]
    [InlineData("https://172.16.0.1/x")]
    [InlineData("https://192.168.1.1/x")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://100.64.0.1/x")]
    [InlineData("https://[::1]/x")]
    [InlineData("https://[::]/x")]
    [InlineData("https://[fe80::1]/x")]
    [InlineData("https://[fc00::1]/x")]
    [InlineData("https://[::ffff:127.0.0.1]/x")]
    [InlineData("https://[::ffff:10.0.0.1]/x")]
    [InlineData("https://169.254.169.254./x")]
    public void S3_A_public_registry_may_not_name_internal_addresses(string target)
    {
        Assert.Equal(OciErrorKind.UntrustedEndpoint, Check("https://r.example/v2/", target));
        Assert.Null(Check("https://10.0.0.5:5000/v2/", target));
    }

    [Theory]
    [InlineData("http://cdn.example/x")]
    [InlineData("ftp://cdn.example/x")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://bob@cdn.example/x")]
    public void S2_A_registry_with_https_names_https_only(string target) => Assert.Equal(OciErrorKind.UntrustedEndpoint, Check("https://r.example/v2/", target));

    [Fact]
    public async Task S2_A_redirect_from_https_to_http_is_refused()
    {
        using var certificate = new TestCertificate();
        await using var server = await TestRegistry.StartAsync(certificate);
        await using var other = await TestRegistry.StartAsync();
        server.Faults.Always("GET", "/manifests/", Answers.Redirect(other.Origin + "{path}"));
        using var registry = server.Client(change: o => o with { CertificateAuthorities = [certificate.Authority] });
        var error = await Reading.FailsAsync(OciErrorKind.UntrustedEndpoint, () => registry.GetRepository("team/app").GetManifestAsync("v1", Cancellation));
        Assert.Contains(other.Host, error.Message, StringComparison.Ordinal);
        Assert.Empty(other.Log);
    }

    [Theory]
    [InlineData("/v2/team/app/manifests/v2")]
    [InlineData("v2")]
    [InlineData("other")]
    public async Task Redirects_are_followed(string target)
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v2");
        other.Content.Add("team/app", image, "v1");
        server.Faults.Add("GET", "/manifests/v1", Answers.Redirect(target == "other" ? other.Origin + "{path}" : target));
        using var registry = server.Client();
        Assert.Single((await registry.GetRepository("team/app").GetManifestAsync("v1", Cancellation)).Layers);
    }

    [Fact]
    public async Task S9_Redirects_end_after_ten()
    {
        await using var server = await TestRegistry.StartAsync();
        server.Faults.Always("GET", "/manifests/", Answers.Redirect("{path}"));
        using var registry = server.Client();
        await Reading.FailsAsync(OciErrorKind.RegistryError, () => registry.GetRepository("team/app").GetManifestAsync("v1", Cancellation));
        Assert.Equal(11, server.Log.Count);
    }

    [Theory]
    [InlineData("http://storage.example/token")]
    [InlineData("https://bob:pw@storage.example/token")]
    [InlineData("ftp://127.0.0.1/token")]
    [InlineData("//")]
    public async Task S5_Another_realm_gets_no_password(string realm)
    {
        await using var server = await TestRegistry.StartAsync();
        var accounts = server.Accounts = new TestAccounts(new FakeClock()) { Challenges = (_, _) => [$"Bearer realm=\"{realm}\",service=\"test\""] };
        using var registry = server.Client(change: o => o with { Credential = new(accounts.User, accounts.Password) });
        var error = await Assert.ThrowsAsync<OciException>(() => registry.CheckAsync(Cancellation));
        Assert.True(error.Kind is OciErrorKind.UntrustedEndpoint or OciErrorKind.RegistryError, error.Message);
        Assert.DoesNotContain("pw", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S5_A_token_service_may_redirect_on_its_own_server_only(bool isIdentityToken)
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        server.Content.Add("team/app", TestImage.Create(), "v1");
        var accounts = server.Accounts = new TestAccounts(new FakeClock()) { Challenges = (origin, scope) => [$"Bearer realm=\"{origin}/start\",service=\"test\",scope=\"{scope}\""] };
        var credential = isIdentityToken ? RegistryCredential.FromIdentityToken(accounts.IdentityToken) : new RegistryCredential(accounts.User, accounts.Password);
        accounts.Redirect = query => "/token" + query;
        using (var registry = server.Client(change: o => o with { Credential = credential }))
            await registry.GetRepository("team/app").ResolveAsync("v1", Cancellation);

        accounts.Redirect = query => other.Origin + "/token" + query;
        using (var registry = server.Client(change: o => o with { Credential = credential }))
            await Reading.FailsAsync(OciErrorKind.UntrustedEndpoint, () => registry.GetRepository("team/app").ResolveAsync("v1", Cancellation));
        Assert.Empty(other.Log);
    }

    [Fact]
    public async Task S6_A_link_to_another_server_is_refused()
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        server.Content.Add("team/app", TestImage.Create(), "v1");
        server.Faults.Always("GET", "/tags/", Answers.Header("Link", $"<{other.Origin}/v2/team/app/tags/list>; rel=\"next\""));
        server.Faults.Always("GET", "/referrers/", Answers.Header("Link", $"<{other.Origin}/v2/team/app/referrers/x>; rel=\"next\""));
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        await Reading.FailsAsync(OciErrorKind.UntrustedEndpoint, () => repository.GetTagsAsync(null, Cancellation));
        await Reading.FailsAsync(OciErrorKind.UntrustedEndpoint, () => repository.GetReferrersAsync(TestImage.Create().Descriptor.Digest, null, Cancellation));
        Assert.Empty(other.Log);
    }

    [Fact]
    public async Task S7_Plain_HTTP_is_used_on_this_computer_without_credentials_or_on_request()
    {
        await using var server = await TestRegistry.StartAsync();
        var port = server.Host.Split(':')[1];
        var plain = new RegistryOptions { UseStoredCredentials = false, Clock = new FakeClock() };
        foreach (var host in new[] { server.Host, "localhost:" + port })
        {
            using var anonymous = new OciRegistry(host, plain);
            await anonymous.CheckAsync(Cancellation);
            using var withAccount = new OciRegistry(host, plain with { Credential = new("bob", "pw") });
            await Reading.FailsAsync(OciErrorKind.RegistryUnavailable, () => withAccount.CheckAsync(Cancellation));
            using var permitted = new OciRegistry(host, plain with { Credential = new("bob", "pw"), AllowUnencrypted = true });
            await permitted.CheckAsync(Cancellation);
        }
    }

    [Fact]
    public async Task S7_HTTPS_is_preferred()
    {
        using var certificate = new TestCertificate();
        await using var server = await TestRegistry.StartAsync(certificate);
        using var registry = server.Client(change: o => o with { CertificateAuthorities = [certificate.Authority] });
        await registry.CheckAsync(Cancellation);
        using var untrusting = server.Client();
        await Reading.FailsAsync(OciErrorKind.UntrustedEndpoint, () => untrusting.CheckAsync(Cancellation));
    }

    [Fact]
    public async Task S8_A_certificate_that_is_not_trusted_ends_the_operation_at_once()
    {
        using var certificate = new TestCertificate();
        await using var server = await TestRegistry.StartAsync(certificate);
        var clock = new FakeClock();
        using var registry = server.Client(clock);
        var error = await Reading.FailsAsync(OciErrorKind.UntrustedEndpoint, () => registry.GetRepository("team/app").GetTagsAsync(null, Cancellation));
        Assert.StartsWith($"The certificate of {server.Host} is refused: ", error.Message, StringComparison.Ordinal);
        Assert.Empty(server.Log);
        Assert.Empty(clock.Waits);
    }

    [Fact]
    public async Task S9_Long_answers_are_cut()
    {
        var clock = new FakeClock();
        await using var server = await TestRegistry.StartAsync();
        server.Faults.Always("GET", "/tags/", Answers.Error(400, "UNKNOWN", new string('x', 5000)));
        using (var registry = server.Client(clock))
        {
            var error = await Reading.FailsAsync(OciErrorKind.RegistryError, () => registry.GetRepository("team/app").GetTagsAsync(null, Cancellation));
            Assert.InRange(error.Message.Length, 200, 400);
        }

        await using var tokens = await TestRegistry.StartAsync();
        tokens.Faults.Always("GET", "/token", Answers.Status(200, null, "{\"token\":\"" + new string('t', 200 * 1024) + "\"}"));
        server.Accounts = new TestAccounts(clock) { Challenges = (_, _) => [$"Bearer realm=\"{tokens.Origin}/token\""] };
        using var other = server.Client(clock);
        await Reading.FailsAsync(OciErrorKind.RegistryError, () => other.CheckAsync(Cancellation));
    }

    [Fact]
    public async Task S10_Control_characters_of_a_server_are_escaped()
    {
        await using var server = await TestRegistry.StartAsync();
        server.Faults.Always("GET", "/tags/", Answers.Error(400, "BAD\\u001b[31m", "red \\u001b[31m \\u202e text"));
        using var registry = server.Client();
        var error = await Reading.FailsAsync(OciErrorKind.RegistryError, () => registry.GetRepository("team/app").GetTagsAsync(null, Cancellation));
        Assert.DoesNotContain(error.Message, c => char.IsControl(c) || c == '\u202e');
        server.Faults.Clear();
        server.Faults.Always("GET", "/tags/", Answers.Error(400, "BAD\\u001b[31m"));
        error = await Reading.FailsAsync(OciErrorKind.RegistryError, () => registry.GetRepository("team/app").GetTagsAsync(null, Cancellation));
        Assert.DoesNotContain(error.Message + error.Registry!.Code, char.IsControl);
    }
}
