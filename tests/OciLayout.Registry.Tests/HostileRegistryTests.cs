using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using OciLayout.Testing;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests that a registry that attacks its clients causes a documented error, within limits of time, memory and requests.</summary>
public sealed class HostileRegistryTests : IDisposable
{
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(60);

    private readonly TemporaryDirectory _directory = new();
    private readonly TestImage _image = TestImage.Create(300_000);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    private async Task<TestRegistry> StartAsync()
    {
        var server = await TestRegistry.StartAsync();
        server.Content.Add("team/app", _image, "v1");
        return server;
    }

    /// <summary>Bodies that no client may read to their end.</summary>
    public static TheoryData<string, string> Bodies => new(
        from path in new[] { "/manifests/", "/tags/", "/referrers/", "/blobs/", "/token", "/_catalog", "error" }
        from body in new[] { "endless", "slow" }
        select (path, body));

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_body_without_an_end_is_not_read(string path, string body)
    {
        await using var server = await StartAsync();
        await using var tokens = await TestRegistry.StartAsync();
        server.Accounts = path == "/token" ? new TestAccounts(new FakeClock()) { Challenges = (_, _) => [$"Bearer realm=\"{tokens.Origin}/token\""] } : null;
        (path == "/token" ? tokens : server).Faults.Always("GET", path == "error" ? "/tags/" : path, body == "endless" ? Endless(path) : Slow(path));
        using var registry = server.Client(change: o => o with { IdleTimeout = Idle });
        var repository = registry.GetRepository("team/app");

        var error = await Assert.ThrowsAsync<OciException>(() => path switch
        {
            "/manifests/" => repository.GetManifestAsync("v1", Cancellation),
            "/referrers/" => repository.GetReferrersAsync(_image.Descriptor.Digest, null, Cancellation),
            "/blobs/" => repository.FetchBytesAsync(_image.LayerDescriptor),
            "/_catalog" => registry.GetRepositoriesAsync("", Cancellation),
            _ => repository.GetTagsAsync(null, Cancellation),
        });

        Assert.True(error.Kind is OciErrorKind.SizeLimitExceeded or OciErrorKind.RegistryError or OciErrorKind.RegistryUnavailable or OciErrorKind.DigestMismatch, error.ToString());
        Assert.InRange(server.Log.Concat(tokens.Log).Sum(r => r.SentBytes), 0, 200 << 20);
    }

    [Theory]
    [InlineData(1 << 20, 1)]
    [InlineData(100, 20_000)]
    public async Task Headers_have_a_limit(int length, int count)
    {
        await using var server = await StartAsync();
        server.Faults.Always("", "/manifests/", (context, next) =>
        {
            for (var i = 0; i < count; i++) context.Response.Headers[$"X-{i}"] = new string('x', length);
            return next();
        });
        using var registry = server.Client();
        await Reading.FailsAsync(OciErrorKind.RegistryUnavailable, () => registry.GetRepository("team/app").ResolveAsync("v1", Cancellation));
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nx")]
    [InlineData("HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Encoding: gzip\r\n\r\n{}")]
    [InlineData("HTTP/1.1 307 X\r\nLocation: http://\u0001\u0002\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 307 X\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 401 X\r\nWWW-Authenticate: Bearer realm=\"\u0001\",\"\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 429 X\r\nRetry-After: 99999999999999999999\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n", true)]
    [InlineData("HTTP/1.1 200 OK\r\nX: ", true)]
    public async Task An_answer_that_is_not_HTTP_is_an_error(string answer, bool repeats = false)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var serving = ServeAsync(listener, Encoding.Latin1.GetBytes(answer), repeats, stop.Token);
        using var registry = new OciRegistry(
            listener.LocalEndpoint.ToString()!,
            new RegistryOptions { UseStoredCredentials = false, Clock = new FakeClock(), ConnectTimeout = TimeSpan.FromMilliseconds(300), IdleTimeout = TimeSpan.FromMilliseconds(100) });

        var error = await Assert.ThrowsAsync<OciException>(() => registry.GetRepository("team/app").GetTagsAsync(null, Cancellation));

        Assert.True(error.Registry is not null, error.ToString());
        Assert.DoesNotContain(error.Message, char.IsControl);
        await stop.CancelAsync();
        listener.Stop();
        await serving;
    }

    [Fact]
    public async Task A_list_whose_links_never_end_is_an_error()
    {
        await using var server = await StartAsync();
        var page = 0;
        server.Faults.Always("GET", "/tags/", (context, _) =>
        {
            context.Response.Headers.Link = $"</v2/team/app/tags/list?page={++page}>; rel=\"next\"";
            return Answers.SendAsync(context, Encoding.UTF8.GetBytes($"{{\"tags\":[\"t{page}\"]}}"));
        });
        server.Faults.Always("GET", "/referrers/", (context, _) =>
        {
            context.Response.Headers.Link = $"</v2/team/app/referrers/x?page={++page}>; rel=\"next\"";
            context.Response.ContentType = MediaTypes.ImageIndex;
            return Answers.SendAsync(context, ListReadingTests.ListOf(TestImage.BlobOf([(byte)page])));
        });
        using var registry = server.Client(change: o => o with { PageLimit = 100 });
        await Reading.FailsAsync(OciErrorKind.RegistryError, () => registry.GetRepository("team/app").GetTagsAsync(null, Cancellation));
        await Reading.FailsAsync(OciErrorKind.RegistryError, () => registry.GetRepository("team/app").GetReferrersAsync(_image.Descriptor.Digest, null, Cancellation));
        Assert.Equal(200, server.Log.Count);
    }

    [Fact]
    public async Task A_list_of_many_large_pages_is_an_error()
    {
        await using var server = await StartAsync();
        var page = 0;
        var filler = new byte[15 << 20];
        Array.Fill(filler, (byte)' ');
        server.Faults.Always("GET", "/tags/", (context, _) =>
        {
            context.Response.Headers.Link = $"</v2/team/app/tags/list?page={++page}>; rel=\"next\"";
            return Answers.SendAsync(context, (byte[])[.. "{\"tags\":[\"a\"]}"u8, .. filler]);
        });
        using var registry = server.Client();
        await Reading.FailsAsync(OciErrorKind.RegistryError, () => registry.GetRepository("team/app").GetTagsAsync(null, Cancellation));
        Assert.Equal(5, server.Log.Count);
    }

    [Fact]
    public async Task Names_that_are_not_valid_are_left_out()
    {
        await using var server = await StartAsync();
        server.Faults.Always("GET", "/tags/", Answers.Status(200, null, """{"tags":["v1","../../x","a b","\u001b[31mred","v1?x=y","sha256:12","v2"]}"""));
        server.Faults.Always("GET", "/_catalog", Answers.Status(200, null, """{"repositories":["team/app","Team/App","../x","a//b","\u001b[31mred","team/other"]}"""));
        using var registry = server.Client();
        var notes = new List<string>();
        registry.Client.Noted = notes.Add;
        Assert.Equal(["v1", "v2"], await registry.GetRepository("team/app").GetTagsAsync(null, Cancellation));
        Assert.Equal(["team/app", "team/other"], await registry.GetRepositoriesAsync("", Cancellation));
        Assert.Equal(2, notes.Count);
    }

    [Theory]
    [InlineData("/manifests/", MediaTypes.ImageManifest)]
    [InlineData("/tags/", "application/json")]
    [InlineData("/referrers/", MediaTypes.ImageIndex)]
    [InlineData("/token", "application/json")]
    [InlineData("error", "application/json")]
    public async Task Nested_JSON_is_an_error(string path, string type)
    {
        await using var server = await StartAsync();
        await using var tokens = await TestRegistry.StartAsync();
        server.Accounts = path == "/token" ? new TestAccounts(new FakeClock()) { Challenges = (_, _) => [$"Bearer realm=\"{tokens.Origin}/token\""] } : null;
        var text = string.Concat(Enumerable.Repeat("{\"manifests\":[", 8000));
        (path == "/token" ? tokens : server).Faults.Always("GET", path == "error" ? "/tags/" : path, Answers.Status(path == "error" ? 400 : 200, null, text, type));
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        await Assert.ThrowsAsync<OciException>(() => path switch
        {
            "/manifests/" => repository.GetManifestAsync("v1", Cancellation),
            "/referrers/" => repository.GetReferrersAsync(_image.Descriptor.Digest, null, Cancellation),
            _ => repository.GetTagsAsync(null, Cancellation),
        });
    }

    [Theory]
    [InlineData("sha256:../../../../etc/passwd")]
    [InlineData("../../outside")]
    [InlineData("sha256:..%2f..%2foutside")]
    [InlineData("sha256-x/../../outside:aa")]
    [InlineData("")]
    public async Task A_digest_that_is_a_path_is_refused(string digest)
    {
        await using var server = await StartAsync();
        var manifest = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(_image.Manifest).Replace(_image.LayerDescriptor.Digest.ToString(), digest, StringComparison.Ordinal));
        server.Content["team/app"].AddManifest(manifest, MediaTypes.ImageManifest, "bad");
        using var registry = server.Client();
        var target = OciStore.Create(_directory["target"]);
        await Assert.ThrowsAsync<OciException>(() => CopyAsync(registry.GetRepository("team/app"), target, "bad"));
        Assert.Empty(target.GetTags());
        Assert.DoesNotContain(server.Log, r => r.Path.Contains("outside", StringComparison.Ordinal) || r.Path.Contains("passwd", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ten_thousand_layers_are_planned_and_sizes_without_a_sum_are_no_crash()
    {
        await using var server = await StartAsync();
        var layers = Enumerable.Range(0, 10_000).Select(n => $$"""{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:{{n:x64}}","size":{{long.MaxValue}}}""");
        var manifest = $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.ImageManifest}}","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{{_image.ConfigDescriptor.Digest}}","size":{{_image.Config.Length}}},"layers":[{{string.Join(',', layers)}}]}""";
        server.Content["team/app"].AddManifest(Encoding.UTF8.GetBytes(manifest), MediaTypes.ImageManifest, "large");
        using var registry = server.Client();
        var target = OciStore.Create(_directory["target"]);
        using var copy = new OciCopy(registry.GetRepository("team/app"), target);
        var root = await registry.GetRepository("team/app").ResolveAsync("large", Cancellation);

        var plan = await copy.PlanAsync([new CopyRoot(root, "large")], Cancellation);

        Assert.Equal((10_002, long.MaxValue), (plan.Count, plan.Size));
        await Reading.FailsAsync(OciErrorKind.NotFound, () => copy.RunAsync(plan, null, Cancellation));
        Assert.Empty(target.GetTags());
    }

    [Theory]
    [InlineData("0-9223372036854775807")]
    [InlineData("0--5")]
    [InlineData("5")]
    [InlineData("a-b-c")]
    [InlineData("0-99999999999999999999999")]
    public async Task A_wrong_state_of_an_upload_starts_it_again(string range)
    {
        await using var server = await StartAsync();
        var blob = TestImage.Bytes(9 << 20, 1);
        server.Faults.Add("PUT", "/uploads/", Answers.CutRequestAfter(1 << 20));
        server.Faults.Always("GET", "/uploads/", Answers.Header("Range", range));
        server.Faults.Always("POST", "/uploads/", Answers.Header("OCI-Chunk-Min-Length", "9223372036854775807"));
        using var registry = server.Client();
        await registry.GetRepository("team/app").PushBlobAsync(TestImage.BlobOf(blob), new MemoryStream(blob), null, Cancellation);
        Assert.Equal(blob, server.Content["team/app"].Blobs[Digest.Compute(blob).ToString()]);
    }

    [Theory]
    [InlineData("realm", "https://169.254.169.254/latest/meta-data/")]
    [InlineData("realm", "http://169.254.169.254/latest/meta-data/")]
    [InlineData("realm", "https://[::ffff:169.254.169.254]/")]
    [InlineData("realm", "https://localhost/token")]
    [InlineData("redirect", "https://169.254.169.254/latest/")]
    [InlineData("redirect", "http://10.0.0.1/admin")]
    [InlineData("redirect", "file:///etc/passwd")]
    [InlineData("location", "http://192.168.0.1/upload")]
    [InlineData("location", "https://bob:pw@storage.example/upload")]
    [InlineData("link", "http://127.0.0.1/v2/team/app/tags/list")]
    public async Task S3_A_public_registry_cannot_make_the_client_call_an_internal_host(string kind, string target)
    {
        // The registry has a public name here, because the server is the proxy to which all requests go.
        await using var server = await StartAsync();
        server.Faults.Always("CONNECT", "", Answers.Status(502));
        if (kind == "realm") server.Accounts = new TestAccounts(new FakeClock()) { Challenges = (_, _) => [$"Bearer realm=\"{target}\",service=\"x\""] };
        else if (kind == "redirect") server.Faults.Always("", "/v2/team/", Answers.Redirect(target));
        else if (kind == "location") server.Features.Location = _ => target;
        else server.Faults.Always("GET", "/tags/", Answers.Header("Link", $"<{target}>; rel=\"next\""));
        using var registry = new OciRegistry("registry.example", new RegistryOptions
        {
            AllowUnencrypted = true,
            Credential = new("bob", "pa55-w0rd"),
            Clock = new FakeClock(),
            Proxy = new Uri(server.Origin),
        });
        var repository = registry.GetRepository("team/app");

        var error = await Reading.FailsAsync(
            OciErrorKind.UntrustedEndpoint, () => kind == "location" ? TestImage.Create(seed: 5).PushAsync(repository, "v2") : repository.GetTagsAsync(null, Cancellation));

        Assert.DoesNotContain("pw", error.Message, StringComparison.Ordinal);
        Assert.All(server.Log, r => Assert.StartsWith("registry.example", r.Header("Host"), StringComparison.Ordinal));
    }

    private static Answer Endless(string path) => async (context, _) =>
    {
        await BeginAsync(context, path);
        var block = Encoding.ASCII.GetBytes(new string(' ', 64 * 1024));
        for (var i = 0; !context.RequestAborted.IsCancellationRequested; i++)
        {
            await context.Response.Body.WriteAsync(block, context.RequestAborted);
            if (i % 16 == 0) await Task.Delay(1, context.RequestAborted); // Kestrel accepts any bytes after the client has left, until it reports that
        }
    };

    // Sends a byte often enough that the connection is never idle.
    private static Answer Slow(string path) => async (context, _) =>
    {
        await BeginAsync(context, path);
        while (!context.RequestAborted.IsCancellationRequested)
        {
            await context.Response.Body.WriteAsync(" "u8.ToArray(), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await Task.Delay(path == "/blobs/" ? 2 * Idle : Idle / 6, context.RequestAborted);
        }
    };

    private static Task BeginAsync(HttpContext context, string path)
    {
        context.Response.StatusCode = path == "error" ? 400 : 200;
        context.Response.ContentType = path switch { "/manifests/" => MediaTypes.ImageManifest, "/referrers/" => MediaTypes.ImageIndex, _ => "application/json" };
        return Task.CompletedTask;
    }

    private static async Task ServeAsync(TcpListener listener, byte[] answer, bool repeats, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(cancellationToken);
                try
                {
                    await using var stream = client.GetStream();
                    var request = new byte[4096];
                    await stream.ReadAtLeastAsync(request, 1, throwOnEndOfStream: false, cancellationToken);
                    do
                    {
                        await stream.WriteAsync(answer, cancellationToken);
                        if (repeats) await Task.Delay(1, cancellationToken);
                    }
                    while (repeats);
                    client.Client.Shutdown(SocketShutdown.Send);
                    while (await stream.ReadAsync(request, cancellationToken) > 0)
                    {
                    }
                }
                catch (IOException)
                {
                    // The client closed the connection.
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or InvalidOperationException)
        {
        }
    }

    private static async Task CopyAsync(OciRepository source, OciStore target, string tag)
    {
        using var copy = new OciCopy(source, target);
        await copy.RunAsync(await copy.PlanAsync([new CopyRoot(await source.ResolveAsync(tag, Cancellation), tag)], Cancellation), null, Cancellation);
    }
}
