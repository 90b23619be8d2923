using System;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests for rules R1 and R2: how manifests are resolved and read.</summary>
public sealed class ManifestReadingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task R1_A_tag_is_resolved_by_one_HEAD()
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");
        using var registry = server.Client();

        var found = await registry.GetRepository("team/app").ResolveAsync("v1", Cancellation);

        Assert.Equal((image.Descriptor.Digest, image.Descriptor.Size, image.Descriptor.MediaType), (found.Digest, found.Size, found.MediaType));
        Assert.Equal(["HEAD /v2/team/app/manifests/v1"], server.Log.Select(r => r.ToString()));
    }

    [Theory]
    [InlineData("Docker-Content-Digest", null)]
    [InlineData("Docker-Content-Digest", "sha256:12")]
    [InlineData("Docker-Content-Digest", "nonsense")]
    [InlineData("Content-Type", "text/plain")]
    public async Task R1_A_tag_without_valid_headers_is_read_and_hashed(string header, string? value)
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");
        server.Faults.Always("", "/manifests/", Answers.Header(header, value));
        using var registry = server.Client();

        var found = await registry.GetRepository("team/app").ResolveAsync("v1", Cancellation);

        Assert.Equal((image.Descriptor.Digest, image.Descriptor.MediaType), (found.Digest, found.MediaType));
        Assert.Equal(["HEAD", "GET"], server.Log.Select(r => r.Method));
    }

    [Theory]
    [InlineData(405)]
    [InlineData(400)]
    public async Task R1_A_registry_that_refuses_HEAD_gets_a_GET(int status)
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");
        server.Faults.Always("HEAD", "/manifests/", Answers.Status(status));
        using var registry = server.Client();
        Assert.Equal(image.Descriptor.Digest, (await registry.GetRepository("team/app").ResolveAsync("v1", Cancellation)).Digest);
    }

    [Fact]
    public async Task R1_A_manifest_is_read_once_in_a_process()
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        for (var i = 0; i < 3; i++) await repository.GetManifestAsync(image.Descriptor.Digest.ToString(), Cancellation);
        Assert.Single(server.Log);
    }

    [Fact]
    public async Task R1_A_digest_header_that_does_not_match_the_content_of_a_tag_is_an_error()
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");
        server.Faults.Always("GET", "/manifests/", Answers.Header("Docker-Content-Digest", TestImage.Create(seed: 2).Descriptor.Digest.ToString()));
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        await Reading.FailsAsync(OciErrorKind.DigestMismatch, () => repository.GetManifestAsync("v1", Cancellation));

        // The digest that was asked for decides.
        Assert.Equal(image.Layer.Length, (await repository.GetManifestAsync(image.Descriptor.Digest.ToString(), Cancellation)).Layers[0].Size);
    }

    [Fact]
    public async Task R2_Requests_list_all_media_types_and_want_no_compression()
    {
        await using var server = await TestRegistry.StartAsync();
        server.Content.Add("team/app", TestImage.Create(), "v1");
        using var registry = server.Client();
        await registry.GetRepository("team/app").GetManifestAsync("v1", Cancellation);
        var request = Assert.Single(server.Log);
        Assert.Equal("identity", request.Header("Accept-Encoding"));
        foreach (var type in new[] { MediaTypes.ImageManifest, MediaTypes.ImageIndex, MediaTypes.DockerManifest, MediaTypes.DockerManifestList })
            Assert.Contains(type, request.Header("Accept"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task R2_A_compressed_manifest_is_decompressed_before_it_is_hashed()
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");
        server.Faults.Always("GET", "/manifests/", Answers.Gzip);
        using var registry = server.Client();
        Assert.Equal(image.Manifest, await registry.GetRepository("team/app").FetchBytesAsync(image.Descriptor));
    }

    [Fact]
    public async Task R2_An_answer_that_only_claims_to_be_compressed_is_an_error()
    {
        await using var server = await TestRegistry.StartAsync();
        server.Content.Add("team/app", TestImage.Create(), "v1");
        server.Faults.Always("GET", "/manifests/", Answers.Header("Content-Encoding", "gzip"));
        using var registry = server.Client();
        await Reading.FailsAsync(OciErrorKind.RegistryUnavailable, () => registry.GetRepository("team/app").GetManifestAsync("v1", Cancellation));
    }

    [Theory]
    [InlineData("application/vnd.oci.image.manifest.v1+json; charset=utf-8")]
    [InlineData("application/json")]
    [InlineData("application/vnd.oci.image.index.v1+json")]
    [InlineData(null)]
    public async Task R2_The_media_type_of_the_document_decides(string? stated)
    {
        await using var server = await TestRegistry.StartAsync();
        server.Content.Add("team/app", TestImage.Create(), "v1");
        server.Faults.Always("", "/manifests/", Answers.Header("Content-Type", stated));
        using var registry = server.Client();
        Assert.Equal(MediaTypes.ImageManifest, (await registry.GetRepository("team/app").GetManifestAsync("v1", Cancellation)).MediaType);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("not JSON")]
    [InlineData("")]
    public async Task R2_A_document_without_any_media_type_is_not_a_manifest(string text)
    {
        await using var server = await TestRegistry.StartAsync();
        server.Content["team/app"].AddManifest(Encoding.UTF8.GetBytes(text), "application/octet-stream", "v1");
        using var registry = server.Client();
        await Reading.FailsAsync(OciErrorKind.InvalidManifest, () => registry.GetRepository("team/app").GetManifestAsync("v1", Cancellation));
    }

    [Fact]
    public async Task R2_A_manifest_over_the_limit_is_refused_whatever_its_length_says()
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");
        using var registry = server.Client(change: o => o with { ManifestSizeLimit = image.Manifest.Length - 1 });
        var repository = registry.GetRepository("team/app");
        await Reading.FailsAsync(OciErrorKind.SizeLimitExceeded, () => repository.GetManifestAsync("v1", Cancellation));
        server.Faults.Always("GET", "/manifests/", Answers.Gzip);
        await Reading.FailsAsync(OciErrorKind.SizeLimitExceeded, () => repository.GetManifestAsync("v1", Cancellation));
    }

    [Fact]
    public async Task R2_Other_content_than_the_digest_is_an_error()
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create();
        server.Content["team/app"].Manifests[image.Descriptor.Digest.ToString()] = (MediaTypes.ImageManifest, TestImage.Create(seed: 2).Manifest);
        using var registry = server.Client();
        var error = await Reading.FailsAsync(OciErrorKind.DigestMismatch, () => registry.GetRepository("team/app").GetManifestAsync(image.Descriptor.Digest.ToString(), Cancellation));
        Assert.Equal(image.Descriptor.Digest.ToString(), error.Expected);
    }

    [Fact]
    public async Task R2_A_manifest_whose_answer_is_cut_is_read_again()
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");
        server.Faults.Add("GET", "/manifests/", Answers.CutAfter(20), times: 3);
        using var registry = server.Client();
        Assert.Equal(image.Manifest, await registry.GetRepository("team/app").FetchBytesAsync(image.Descriptor));
        Assert.Equal(4, server.Log.Count);
    }

    [Fact]
    public async Task An_answer_that_is_a_web_page_is_not_a_missing_tag()
    {
        await using var server = await TestRegistry.StartAsync();
        server.Faults.Always("", "/", Answers.Page);
        using var registry = server.Client();
        await Reading.FailsAsync(OciErrorKind.RegistryError, () => registry.CheckAsync(Cancellation));
        await Reading.FailsAsync(OciErrorKind.RegistryError, () => registry.GetRepository("team/app").GetTagsAsync(null, Cancellation));
        server.Faults.Clear();
        server.Faults.Always("", "/", Answers.Status(404, null, "<html></html>", "text/html"));
        await Reading.FailsAsync(OciErrorKind.RegistryError, () => registry.GetRepository("team/app").GetManifestAsync("v1", Cancellation));
    }
}
