using System;
using System.Linq;
using System.Net;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests with proxies: squid and tinyproxy.</summary>
public sealed class ProxyTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("squid", false)]
    [InlineData("squid", true)]
    [InlineData("tinyproxy", false)]
    [InlineData("tinyproxy", true)]
    public async Task A_registry_is_used_through_a_proxy_which_sees_no_credentials_of_an_encrypted_one(string program, bool hasPassword)
    {
        await using var proxy = await ProxyServer.StartAsync(program, hasPassword);
        using var certificate = new TestCertificate();
        await using var plain = await TestRegistry.StartAsync();
        await using var encrypted = await TestRegistry.StartAsync(certificate);
        var clock = new FakeClock();
        plain.Accounts = new TestAccounts(clock) { AllowsAnonymousPull = true };
        var accounts = encrypted.Accounts = new TestAccounts(clock);
        await UseAsync(plain, o => o);
        await UseAsync(encrypted, o => o with { Credential = new(accounts.User, accounts.Password), CertificateAuthorities = [certificate.Authority] });

        var log = await proxy.StopAsync();
        Assert.Contains($"GET http://{plain.Host}/v2/team/app/manifests/v1", log, StringComparison.Ordinal);
        Assert.Contains($"CONNECT {encrypted.Host}", log, StringComparison.Ordinal);
        Assert.DoesNotContain($"GET https://{encrypted.Host}", log, StringComparison.Ordinal);
        var secrets = accounts.Tokens.Append(accounts.Password).Append(Convert.ToBase64String(Encoding.UTF8.GetBytes($"{accounts.User}:{accounts.Password}")));
        Assert.All(secrets, s => Assert.DoesNotContain(s, log, StringComparison.Ordinal));
        Assert.All(plain.Log.Concat(encrypted.Log), r => Assert.Null(r.Header("Proxy-Authorization")));

        async Task UseAsync(TestRegistry server, Func<RegistryOptions, RegistryOptions> change)
        {
            var image = TestImage.Create(3 << 20);
            server.Content.Add("team/app", image, "v1");
            var account = hasPassword ? new NetworkCredential(ProxyServer.User, ProxyServer.Password) : null;
            using var registry = server.Client(clock, o => change(o) with { Proxy = proxy.Address, ProxyCredential = account });
            var repository = registry.GetRepository("team/app");
            Assert.Equal(image.Layer, await repository.FetchBytesAsync((await repository.GetManifestAsync("v1", Cancellation)).Layers[0]));
            if (server == encrypted) await TestImage.Create(2 << 20, seed: 2).PushAsync(repository, "v2");
        }
    }

    [Theory]
    [InlineData("squid")]
    [InlineData("tinyproxy")]
    public async Task A_proxy_that_refuses_the_account_is_an_error_with_its_name(string program)
    {
        await using var proxy = await ProxyServer.StartAsync(program, hasPassword: true);
        using var certificate = new TestCertificate();
        await using var plain = await TestRegistry.StartAsync();
        await using var encrypted = await TestRegistry.StartAsync(certificate);
        foreach (var (server, account) in new[] { (plain, null), (encrypted, null), (plain, new NetworkCredential("dave", "wr0ng")), (encrypted, new NetworkCredential("dave", "wr0ng")) })
        {
            using var registry = server.Client(change: o => o with { Proxy = proxy.Address, ProxyCredential = account, AllowUnencrypted = server == plain });
            var error = await Reading.FailsAsync(OciErrorKind.Unauthorized, () => registry.CheckAsync(Cancellation));
            Assert.DoesNotContain("wr0ng", error.ToString(), StringComparison.Ordinal);
            if (program == "tinyproxy" && account is not null) continue; // it answers a wrong password as a registry does, with 401
            Assert.Equal(407, error.Registry!.Status);
            Assert.Contains(proxy.Address.Authority, error.Message, StringComparison.Ordinal);
            Assert.Contains(account is null ? "requires an account" : "'dave'", error.Message, StringComparison.Ordinal);
        }

        Assert.Empty(plain.Log.Concat(encrypted.Log));
    }

    [Fact]
    public async Task A_proxy_that_does_not_exist_is_an_error_without_its_password()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client(change: o => o with { Proxy = new Uri("http://carol:pr0xy@127.0.0.1:1") });
        var error = await Reading.FailsAsync(OciErrorKind.RegistryUnavailable, () => registry.CheckAsync(Cancellation));
        Assert.DoesNotContain("pr0xy", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(server.Log);
    }
}
