using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Registry;
using OciLayout.Testing;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Registries that are full, read-only or elsewhere, disks that are full, copies that are stopped, and other bad days.</summary>
public sealed class BadDayTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(507, null, OciErrorKind.RegistryUnavailable, 1)]
    [InlineData(500, "UNKNOWN", OciErrorKind.RegistryUnavailable, 5)] // distribution reports a full disk as any other failure
    [InlineData(403, "DENIED", OciErrorKind.Unauthorized, 1)]
    [InlineData(405, "UNSUPPORTED", OciErrorKind.UnsupportedOperation, 1)]
    public async Task A_registry_that_is_full_or_read_only_says_so_and_gets_the_blob_only_as_often_as_it_may_help(int status, string? code, OciErrorKind kind, int times)
    {
        await using var server = await TestRegistry.StartAsync();
        server.Faults.Always("PUT", "/uploads/", async (context, next) =>
        {
            await UploadRoutes.ReadAsync(context);
            await (code is null ? Answers.Status(status) : Answers.Error(status, code, "no space left on device"))(context, next);
        });
        using var registry = server.Client();
        var error = await Reading.FailsAsync(kind, () => TestImage.Create().PushAsync(registry.GetRepository("team/app"), "v1"));
        Assert.Equal(status, error.Registry!.Status);
        if (code is not null) Assert.Contains("no space left on device", error.Message, StringComparison.Ordinal);
        Assert.Equal(times, server.Log.Count(r => r.Method == "PUT"));
        Assert.Empty(server.Content["team/app"].Tags);
    }

    [Theory]
    [InlineData(405, OciErrorKind.UnsupportedOperation)]
    [InlineData(403, OciErrorKind.Unauthorized)]
    public async Task A_registry_that_is_read_only_refuses_a_push_before_bytes_are_sent(int status, OciErrorKind kind)
    {
        await using var server = await TestRegistry.StartAsync();
        server.Faults.Always("POST", "/uploads/", Answers.Error(status, "DENIED", "read-only"));
        using var registry = server.Client();
        await Reading.FailsAsync(kind, () => TestImage.Create(1 << 20).PushAsync(registry.GetRepository("team/app"), "v1"));
        Assert.Equal(0, server.Log.Sum(r => r.ReceivedBytes));
    }

    [Fact]
    public async Task A_registry_with_an_IPv6_address_is_used()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "This computer has no IPv6.");
        await using var server = await TestRegistry.StartAsync(address: IPAddress.IPv6Loopback);
        var clock = new FakeClock();
        var accounts = server.Accounts = new TestAccounts(clock);
        using var registry = server.Client(clock, o => o with { Credential = new(accounts.User, accounts.Password) });
        Assert.StartsWith("[::1]:", registry.Host, StringComparison.Ordinal);
        var image = TestImage.Create();
        await image.PushAsync(registry.GetRepository("team/app"), "v1");
        Assert.Equal(image.Layer, await registry.GetRepository("team/app").FetchBytesAsync(image.LayerDescriptor));
        Assert.Equal($"oci://{server.Host}/team/app", RegistryReference.Parse($"oci://{server.Host}/team/app").ToString());
    }

    [Theory]
    [InlineData("oci://unix:///var/run/registry.sock")]
    [InlineData("oci://unix:/var/run/registry.sock:team/app")]
    public void A_Unix_socket_is_not_supported_and_the_error_says_so(string text) =>
        Assert.Contains("a Unix socket is not supported", Assert.Throws<OciException>(() => RegistryReference.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Names_that_differ_only_in_case_are_not_mixed()
    {
        await using var server = await TestRegistry.StartAsync();
        server.Content.Add("team/app", TestImage.Create(), "v1", "V1");
        server.Content.Add("team/app", TestImage.Create(seed: 2), "V1");
        using var registry = server.Client();
        var error = Assert.Throws<OciException>(() => RegistryReference.Parse($"oci://{server.Host}/team/App:v1"));
        Assert.Contains("/team/app", error.Message, StringComparison.Ordinal);
        var repository = registry.GetRepository("team/app");
        Assert.Equal(["V1", "v1"], await repository.GetTagsAsync(null, Cancellation));
        Assert.NotEqual((await repository.ResolveAsync("V1", Cancellation)).Digest, (await repository.ResolveAsync("v1", Cancellation)).Digest);
    }

    [Fact]
    public async Task Ten_thousand_tags_are_listed()
    {
        await using var server = await TestRegistry.StartAsync();
        server.Content.Add("team/app", TestImage.Create(), [.. Enumerable.Range(0, 10_000).Select(n => $"v{n}")]);
        using var registry = server.Client();
        Assert.Equal(10_000, (await registry.GetRepository("team/app").GetTagsAsync(null, Cancellation)).Count);
        Assert.InRange(server.Log.Count, 10, 11);
    }

    [Fact]
    public async Task A4_A_token_of_one_second_is_renewed_during_a_long_upload()
    {
        await using var server = await TestRegistry.StartAsync();
        var clock = new FakeClock();
        var accounts = server.Accounts = new TestAccounts(clock) { Lifetime = 1 };
        server.Features.LargestBody = 100_000;
        server.Faults.Always("PATCH", "/uploads/", async (_, next) =>
        {
            await next();
            clock.Advance(TimeSpan.FromSeconds(2));
        });
        using var registry = server.Client(clock, o => o with { Credential = new(accounts.User, accounts.Password) });
        var access = new RepositoryAccess(registry.Client, RegistryReference.Parse($"oci://{registry.Host}/team/app"), registry.Options);
        var blob = TestImage.Bytes(450_000, 1);
        await new BlobUpload(access, new BlobCall(access)) { ChunkSize = 100_000 }.PushAsync(TestImage.BlobOf(blob), () => new MemoryStream(blob), null, null, null, Cancellation);
        Assert.Equal(blob, server.Content["team/app"].Blobs[Digest.Compute(blob).ToString()]);
        Assert.InRange(accounts.Tokens.Count, 5, 10);
    }

    [Fact]
    public async Task A4_A_token_that_expires_while_the_body_is_sent_is_renewed_and_the_body_is_sent_again()
    {
        await using var server = await TestRegistry.StartAsync();
        var clock = new FakeClock();
        var accounts = server.Accounts = new TestAccounts(clock);
        server.Faults.Add("PUT", "/uploads/", async (context, _) =>
        {
            await UploadRoutes.ReadAsync(context);
            accounts.Revoke();
            await accounts.AnswersAsync(context);
        });
        using var registry = server.Client(clock, o => o with { Credential = new(accounts.User, accounts.Password) });
        var blob = TestImage.Bytes(2 << 20, 1);
        await registry.GetRepository("team/app").PushBlobAsync(TestImage.BlobOf(blob), new MemoryStream(blob), null, Cancellation);
        Assert.Equal(blob, server.Content["team/app"].Blobs[Digest.Compute(blob).ToString()]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_copy_that_is_stopped_at_any_request_shows_nothing_half_and_the_next_one_completes(bool isPull)
    {
        await using var server = await TestRegistry.StartAsync();
        var layout = CopyShapes.Create(_directory["source"], "index");
        var root = layout.Resolve("index");
        using var registry = server.Client();
        if (isPull) await CopyAsync(layout, registry.GetRepository("team/source"), Cancellation);
        var target = OciStore.Create(_directory["target"], new OciStoreOptions { Flush = false });
        for (var request = 0; ; request++)
        {
            using var fresh = server.Client();
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            server.Faults.Clear();
            server.Faults.Add("", "/v2/team/", Answers.Normal, request);
            server.Faults.Add("", "/v2/team/", async (context, _) =>
            {
                await stop.CancelAsync();
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            });
            try
            {
                if (isPull) await CopyAsync(fresh.GetRepository("team/source"), target, stop.Token);
                else await CopyAsync(layout, fresh.GetRepository("team/target"), stop.Token);
                break;
            }
            catch (OperationCanceledException)
            {
                Assert.True(stop.IsCancellationRequested);
                if (isPull) Assert.Empty(target.GetTags());
                else Assert.Empty(server.Content["team/target"].Tags);
            }
        }

        if (isPull) Assert.Empty(new OciVerification(target.Path).Run());
        else Assert.Equal(root.Digest.ToString(), server.Content["team/target"].Tags["index"]);

        async Task CopyAsync(OciPlace from, OciPlace to, CancellationToken cancellationToken)
        {
            using var copy = new OciCopy(from, to);
            await copy.RunAsync(await copy.PlanAsync([new CopyRoot(root, "index")], cancellationToken), null, cancellationToken);
        }
    }

    [Fact]
    public async Task A_disk_that_fills_up_during_a_pull_is_an_error_and_the_next_pull_continues()
    {
        const int Size = 8 << 20;
        await using var disk = await SmallDisk.Mount(18);
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create(Size);
        server.Content.Add("team/app", image, "v1");
        using var registry = server.Client();
        var target = OciStore.Create(Path.Combine(disk.Path, "layout"));
        var ballast = Path.Combine(disk.Path, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[12 << 20], Cancellation);
        var error = await Assert.ThrowsAnyAsync<Exception>(CopyAsync);
        Assert.True(error is IOException or OciException { InnerException: IOException }, error.ToString());
        Assert.Empty(target.GetTags());

        File.Delete(ballast);
        server.ClearLog();
        await CopyAsync();

        Assert.Equal(image.Descriptor.Digest, target.Resolve("v1").Digest);
        Assert.InRange(server.Log.Where(r => r.Path.EndsWith(image.LayerDescriptor.Digest.Encoded, StringComparison.Ordinal)).Sum(r => r.SentBytes), 0, Size / 2);

        async Task CopyAsync()
        {
            using var copy = new OciCopy(registry.GetRepository("team/app"), target);
            await copy.RunAsync(await copy.PlanAsync([new CopyRoot(image.Descriptor, "v1")], Cancellation), null, Cancellation);
        }
    }

    [Fact]
    public async Task S8_A_client_certificate_is_sent_and_a_missing_one_is_named_in_the_error()
    {
        using var certificate = new TestCertificate();
        using var client = new TestCertificate("client.example");
        await using var server = await TestRegistry.StartAsync(certificate, needsClientCertificate: true);
        var image = TestImage.Create();
        using (var registry = server.Client(change: o => o with { CertificateAuthorities = [certificate.Authority], ClientCertificate = client.Server }))
        {
            await image.PushAsync(registry.GetRepository("team/app"), "v1");
            Assert.Equal(image.Layer, await registry.GetRepository("team/app").FetchBytesAsync(image.LayerDescriptor));
        }

        using var without = server.Client(change: o => o with { CertificateAuthorities = [certificate.Authority], AllowUnencrypted = false, Credential = new("bob", "pw") });
        var error = await Assert.ThrowsAsync<OciException>(() => without.CheckAsync(Cancellation));
        Assert.Contains("client certificate", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task S8_A_registry_that_requires_a_client_certificate_gets_it_or_is_an_error_at_once()
    {
        using var certificate = new TestCertificate();
        using var client = new TestCertificate("client.example");
        await using var server = await DockerRegistry.StartAsync(certificate, clients: client);
        var options = new RegistryOptions { UseStoredCredentials = false, CertificateAuthorities = [certificate.Authority], Clock = new FakeClock() };
        using (var registry = new OciRegistry(server.Host, options with { ClientCertificate = client.Server })) await registry.CheckAsync(Cancellation);
        using var without = new OciRegistry(server.Host, options with { Credential = new("bob", "pw") });
        var error = await Assert.ThrowsAsync<OciException>(() => without.CheckAsync(Cancellation));
        Assert.Equal(OciErrorKind.Unauthorized, error.Kind);
        Assert.Contains("client certificate", error.Message, StringComparison.Ordinal);
    }
}
