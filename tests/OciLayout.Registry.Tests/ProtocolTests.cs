using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Registry;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests for the rules of the protocol, P1 to P13 (distribution-spec).</summary>
public sealed class ProtocolTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task<(TestRegistry Server, TestImage Image)> StartAsync()
    {
        var server = await TestRegistry.StartAsync();
        var image = TestImage.Create(300_000);
        server.Content.Add("team/app", image, "v1");
        return (server, image);
    }

    [Theory]
    [InlineData("Team/App")]
    [InlineData("team//app")]
    [InlineData("/team")]
    [InlineData("team/")]
    [InlineData("team/../app")]
    [InlineData("team/a pp")]
    [InlineData("team/app.")]
    [InlineData("")]
    public async Task P1_A_name_that_registries_do_not_have_sends_no_request(string name)
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        Assert.Equal(OciErrorKind.InvalidReference, Assert.Throws<OciException>(() => registry.GetRepository(name)).Kind);
        Assert.Empty(server.Log);
    }

    [Fact]
    public void P1_Host_and_repository_have_at_most_255_characters()
    {
        var longest = "oci://registry.example:5000/" + new string('a', 255 - "registry.example:5000/".Length);
        Assert.Equal(longest, RegistryReference.Parse(longest).ToString());
        Assert.Equal(OciErrorKind.InvalidReference, Assert.Throws<OciException>(() => RegistryReference.Parse(longest + "a")).Kind);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task P2_A_digest_header_of_another_algorithm_is_compared_with_the_body(bool isRight)
    {
        var (server, image) = await StartAsync();
        await using var stop = server;
        var stated = Digest.Compute(isRight ? image.Manifest : image.Config, DigestAlgorithm.Sha512);
        server.Faults.Always("GET", "/manifests/", Answers.Header("Docker-Content-Digest", stated.ToString()));
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        if (isRight) Assert.Single((await repository.GetManifestAsync("v1", Cancellation)).Layers);
        else await Reading.FailsAsync(OciErrorKind.DigestMismatch, () => repository.GetManifestAsync("v1", Cancellation));
    }

    [Fact]
    public async Task P3_A_blob_is_continued_at_the_server_to_which_the_registry_redirects()
    {
        var (server, image) = await StartAsync();
        await using var stop = server;
        await using var storage = await TestRegistry.StartAsync();
        storage.Content.Add("team/app", image);
        server.Faults.Always("GET", "/blobs/", Answers.Redirect(storage.Origin + "{path}?signature=a%2Fb"));
        storage.Faults.Add("GET", "/blobs/", Answers.CutAfter(100_000));
        using var registry = server.Client();
        Assert.Equal(image.Layer, await registry.GetRepository("team/app").FetchBytesAsync(image.LayerDescriptor));
        Assert.Equal([null, "bytes=100000-"], storage.Log.Select(r => r.Header("Range")));
        Assert.All(storage.Log, r => Assert.Equal("?signature=a%2Fb", r.Query));
    }

    [Fact]
    public async Task P4_An_upload_is_closed_at_the_location_on_any_host_with_its_query()
    {
        await using var server = await TestRegistry.StartAsync();
        await using var storage = await TestRegistry.StartAsync();
        server.Features.Location = _ => storage.Origin + "/upload?signature=a%2Fb";
        storage.Faults.Always("PUT", "/upload", async (context, next) =>
        {
            await UploadRoutes.ReadAsync(context);
            await Answers.Status(201)(context, next);
        });
        using var registry = server.Client();
        var blob = TestImage.Bytes(1000, 1);
        await registry.GetRepository("team/app").PushBlobAsync(TestImage.BlobOf(blob), new MemoryStream(blob), null, Cancellation);
        var put = Assert.Single(storage.Log);
        Assert.Equal("?signature=a%2Fb&digest=" + Uri.EscapeDataString(Digest.Compute(blob).ToString()), put.Query);
        Assert.Equal(1000, put.ReceivedBytes);
    }

    [Fact]
    public async Task P5_Chunks_have_a_range_without_a_unit_and_follow_the_newest_location()
    {
        await using var server = await TestRegistry.StartAsync();
        server.Features.LargestBody = 100_000;
        using var registry = server.Client();
        var access = new RepositoryAccess(registry.Client, RegistryReference.Parse($"oci://{registry.Host}/team/app"), registry.Options);
        var blob = TestImage.Bytes(250_000, 1);
        await new BlobUpload(access, new BlobCall(access)) { ChunkSize = 100_000 }.PushAsync(TestImage.BlobOf(blob), () => new MemoryStream(blob), null, null, null, Cancellation);
        var patches = server.Log.Where(r => r.Method == "PATCH").ToList();
        Assert.Equal(["0-99999", "100000-199999", "200000-249999"], patches.Select(r => r.Header("Content-Range")));
        Assert.Equal(["?_state=1", "?_state=2", "?_state=3"], patches.Select(r => r.Query));
        Assert.Equal(blob, server.Content["team/app"].Blobs[Digest.Compute(blob).ToString()]);
    }

    [Fact]
    public async Task P6_A_blob_is_mounted_only_from_a_repository_that_is_known()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        await TestImage.Create().PushAsync(registry.GetRepository("team/app"), "v1");
        Assert.All(server.Log.Where(r => r.Method == "POST"), r => Assert.Equal("", r.Query));
    }

    [Fact]
    public async Task P7_A_manifest_is_stored_with_its_exact_bytes()
    {
        var (server, image) = await StartAsync();
        await using var stop = server;
        using var registry = server.Client();
        byte[] bytes = [.. "\n\t"u8, .. image.Manifest, .. " \r\n\n"u8];
        var pushed = await registry.GetRepository("team/app").PushManifestAsync(bytes, null, "v2", Cancellation);
        Assert.Equal(Digest.Compute(bytes), pushed.Digest);
        Assert.Equal(bytes, server.Content["team/app"].FindManifest("v2")!.Value.Bytes);
    }

    [Theory]
    [InlineData(413, null, OciErrorKind.RegistryError)]
    [InlineData(400, "MANIFEST_INVALID", OciErrorKind.RegistryError)]
    [InlineData(400, "TAG_INVALID", OciErrorKind.RegistryError)]
    [InlineData(403, "DENIED", OciErrorKind.Unauthorized)]
    [InlineData(404, "NAME_UNKNOWN", OciErrorKind.NotFound)]
    public async Task P7_A_refused_manifest_is_an_error_with_the_status_and_the_code(int status, string? code, OciErrorKind kind)
    {
        var (server, image) = await StartAsync();
        await using var stop = server;
        server.Faults.Always("PUT", "/manifests/", code is null ? Answers.Status(status) : Answers.Error(status, code));
        using var registry = server.Client();
        var error = await Reading.FailsAsync(kind, () => registry.GetRepository("team/app").PushManifestAsync(image.Manifest, null, "v2", Cancellation));
        Assert.Equal((status, code), (error.Registry!.Status, error.Registry.Code));
    }

    [Fact]
    public async Task P8_An_entry_has_the_artifact_type_or_else_the_type_of_the_config_and_all_annotations()
    {
        var (server, image) = await StartAsync();
        await using var stop = server;
        server.Features.HasReferrers = false;
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        var typed = TestImage.Create(seed: 2, subject: image.Descriptor);
        await typed.PushAsync(repository);
        var text = Encoding.UTF8.GetString(typed.Manifest).Replace("\"artifactType\":\"application/x-test-2\",", "", StringComparison.Ordinal).Replace("\"seed\":\"2\"", "\"a\":\"1\",\"b\":\"2\"", StringComparison.Ordinal);
        await repository.PushManifestAsync(Encoding.UTF8.GetBytes(text), null, null, Cancellation);
        var listed = await repository.GetReferrersAsync(image.Descriptor.Digest, null, Cancellation);
        Assert.Equal(["application/x-test-2", "application/vnd.oci.image.config.v1+json"], listed.Select(d => d.ArtifactType));
        Assert.Equal(new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" }, listed[1].Annotations);
    }

    [Fact]
    public async Task P9_Pages_of_referrers_are_read_and_filtered_here()
    {
        var (server, image) = await StartAsync();
        await using var stop = server;
        var referrers = Enumerable.Range(2, 3).Select(seed => TestImage.Create(seed: seed, subject: image.Descriptor)).ToList();
        foreach (var referrer in referrers) server.Content.Add("team/app", referrer);
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        server.Faults.Always("GET", "/referrers/", async (context, _) =>
        {
            var page = int.TryParse(context.Request.Query["page"], out var n) ? n : 0;
            if (page < 2) context.Response.Headers.Link = $"<?page={page + 1}>; rel=\"next\"";
            context.Response.ContentType = MediaTypes.ImageIndex;
            var list = Encoding.UTF8.GetString(ListReadingTests.ListOf(referrers[page].Descriptor)).Replace("\"size\"", $"\"artifactType\":\"type-{page}\",\"size\"", StringComparison.Ordinal);
            await Answers.SendAsync(context, Encoding.UTF8.GetBytes(list));
        });
        Assert.Equal(referrers.Select(r => r.Descriptor.Digest), (await repository.GetReferrersAsync(image.Descriptor.Digest, null, Cancellation)).Select(d => d.Digest));
        Assert.Equal(referrers[1].Descriptor.Digest, Assert.Single(await repository.GetReferrersAsync(image.Descriptor.Digest, "type-1", Cancellation)).Digest);
    }

    [Fact]
    public async Task P9_An_empty_list_is_an_answer()
    {
        var (server, image) = await StartAsync();
        await using var stop = server;
        using var registry = server.Client();
        Assert.Empty(await registry.GetRepository("team/app").GetReferrersAsync(image.Descriptor.Digest, null, Cancellation));
        Assert.DoesNotContain(server.Log, r => r.Path.EndsWith("sha256-" + image.Descriptor.Digest.Encoded, StringComparison.Ordinal));
    }

    [Fact]
    public async Task P10_A_short_page_with_a_link_is_not_the_last_one()
    {
        await using var server = await TestRegistry.StartAsync();
        server.Content.Add("team/app", TestImage.Create(), [.. Enumerable.Range(0, 10).Select(n => $"v{n}")]);
        server.Features.PageSize = 3;
        using var registry = server.Client();
        Assert.Equal(10, (await registry.GetRepository("team/app").GetTagsAsync(null, Cancellation)).Count);
        Assert.Equal(4, server.Log.Count);
    }

    [Fact]
    public async Task P11_The_deletion_of_a_tag_keeps_the_manifest_and_its_other_tags()
    {
        var (server, image) = await StartAsync();
        await using var stop = server;
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        await repository.TagAsync("v1", "v2", Cancellation);
        await repository.UntagAsync("v1", Cancellation);
        Assert.Equal(image.Descriptor.Digest, (await repository.ResolveAsync("v2", Cancellation)).Digest);
        Assert.Equal("/v2/team/app/manifests/v1", Assert.Single(server.Log, r => r.Method == "DELETE").Path);
    }

    [Theory]
    [InlineData("", null, "")]
    [InlineData("upstream timed out", null, "")]
    [InlineData("{", null, "")]
    [InlineData("[1]", null, "")]
    [InlineData("{\"errors\":[]}", null, "")]
    [InlineData("{\"errors\":{}}", null, "")]
    [InlineData("{\"errors\":[1]}", null, "")]
    [InlineData("{\"errors\":[{\"code\":1,\"message\":null}]}", null, "")]
    [InlineData("{\"errors\":[{\"code\":\"BAD\",\"message\":\"why\",\"detail\":{\"x\":[1]}},{\"code\":\"OTHER\"}]}", "BAD", "why")]
    [InlineData("{\"code\":\"BAD\",\"details\":\"why\"}", "BAD", "why")]
    public async Task P12_Any_body_of_an_error_is_accepted(string body, string? code, string message)
    {
        await using var server = await TestRegistry.StartAsync();
        server.Faults.Always("", "/", Answers.Status(400, null, body));
        using var registry = server.Client();
        var error = await Reading.FailsAsync(OciErrorKind.RegistryError, () => registry.CheckAsync(Cancellation));
        Assert.Equal((400, code), (error.Registry!.Status, error.Registry.Code));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task P12_Warnings_of_a_registry_are_reported_and_change_nothing()
    {
        var (server, image) = await StartAsync();
        await using var stop = server;
        server.Faults.Always("", "/", Answers.Header("Warning", "299 - \"The tag \\\"v1\\\" is deprecated.\", 199 - \"other\""));
        using var registry = server.Client();
        var warnings = new List<string>();
        registry.Client.Warned = warnings.Add;
        Assert.Equal(image.Descriptor.Digest, (await registry.GetRepository("team/app").ResolveAsync("v1", Cancellation)).Digest);
        Assert.Equal($"{server.Host}: The tag \"v1\" is deprecated.", Assert.Single(warnings));
    }

    [Fact]
    public async Task P13_A_limit_of_requests_is_obeyed_and_the_session_of_a_cancelled_upload_is_deleted()
    {
        await using var server = await TestRegistry.StartAsync();
        var clock = new FakeClock();
        using var registry = server.Client(clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var deleted = new TaskCompletionSource();
        server.Faults.Add("POST", "/uploads/", Answers.Status(429, "11"));
        server.Faults.Add("PUT", "/uploads/", async (context, _) =>
        {
            await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        server.Faults.Add("DELETE", "/uploads/", async (_, next) =>
        {
            await next();
            deleted.SetResult();
        });
        var blob = TestImage.Bytes(1000, 1);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => registry.GetRepository("team/app").PushBlobAsync(TestImage.BlobOf(blob), new MemoryStream(blob), null, stop.Token));
        await deleted.Task.WaitAsync(Cancellation);
        Assert.Empty(server.Content["team/app"].Uploads);
        Assert.InRange(clock.Waited.TotalSeconds, 11, 12);
    }
}
