using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Testing;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests against the registry of the distribution project, version 2.8, which has no referrers API and does not delete tags.</summary>
public sealed class DockerRegistryTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static RegistryOptions Anonymous => new() { UseStoredCredentials = false };

    [Fact]
    public async Task An_image_is_pushed_listed_resolved_and_fetched()
    {
        await using var server = await DockerRegistry.StartAsync();
        using var registry = new OciRegistry(server.Host, Anonymous);
        await registry.CheckAsync(Cancellation);
        var repository = registry.GetRepository("team/app");
        var image = TestImage.Create(300_000);

        Assert.False(await repository.ExistsAsync(image.LayerDescriptor.Digest, Cancellation));
        Assert.False(await repository.PushBlobAsync(image.LayerDescriptor, new MemoryStream(image.Layer), null, Cancellation));
        Assert.True(await repository.PushBlobAsync(image.LayerDescriptor, new MemoryStream(image.Layer), null, Cancellation));
        await image.PushAsync(repository, "v1");
        await repository.TagAsync("v1", "stable", Cancellation);

        Assert.Equal(["stable", "v1"], await repository.GetTagsAsync(null, Cancellation));
        Assert.Equal(["v1"], await repository.GetTagsAsync("stable", Cancellation));
        var found = await repository.ResolveAsync("v1", Cancellation);
        Assert.Equal((image.Descriptor.Digest, image.Descriptor.Size, image.Descriptor.MediaType), (found.Digest, found.Size, found.MediaType));
        Assert.Equal(image.LayerDescriptor.Digest, (await repository.GetManifestAsync("v1", Cancellation)).Layers.Single().Digest);
        Assert.Equal(image.Layer, await repository.FetchBytesAsync(image.LayerDescriptor));
        Assert.Equal(image.Manifest, await repository.FetchBytesAsync(image.Descriptor));
        Assert.True(await repository.ExistsAsync(image.LayerDescriptor.Digest, Cancellation));
        Assert.True(await repository.ExistsAsync(image.Descriptor.Digest, Cancellation));
        Assert.Equal(["team/app"], await registry.GetRepositoriesAsync("", Cancellation));
        await Reading.FailsAsync(OciErrorKind.NotFound, () => repository.ResolveAsync("v2", Cancellation));
        await Reading.FailsAsync(OciErrorKind.NotFound, () => repository.FetchBytesAsync(TestImage.BlobOf([1, 2, 3])));
        await Reading.FailsAsync(OciErrorKind.NotFound, () => registry.GetRepository("team/other").GetTagsAsync(null, Cancellation));
    }

    [Fact]
    public async Task Empty_and_large_blobs_are_pushed()
    {
        await using var server = await DockerRegistry.StartAsync();
        using var registry = new OciRegistry(server.Host, Anonymous);
        var repository = registry.GetRepository("blobs");
        foreach (var size in new[] { 0, 1, 12 << 20 })
        {
            var bytes = TestImage.Bytes(size, size);
            await repository.PushBlobAsync(TestImage.BlobOf(bytes), new MemoryStream(bytes), null, Cancellation);
            Assert.Equal(bytes, await repository.FetchBytesAsync(TestImage.BlobOf(bytes)));
        }
    }

    [Fact]
    public async Task Referrers_are_kept_under_the_fallback_tag()
    {
        await using var server = await DockerRegistry.StartAsync();
        using var registry = new OciRegistry(server.Host, Anonymous);
        var repository = registry.GetRepository("team/app");
        var image = TestImage.Create();
        await image.PushAsync(repository, "v1");
        var referrers = Enumerable.Range(2, 3).Select(seed => TestImage.Create(seed: seed, subject: image.Descriptor)).ToList();
        foreach (var referrer in referrers) await referrer.PushAsync(repository);

        var listed = await repository.GetReferrersAsync(image.Descriptor.Digest, null, Cancellation);

        Assert.Equal(referrers.Select(r => r.Descriptor.Digest), listed.Select(d => d.Digest));
        Assert.Equal("application/x-test-2", listed[0].ArtifactType);
        Assert.Equal("3", listed[1].Annotations["seed"]);
        Assert.Single(await repository.GetReferrersAsync(image.Descriptor.Digest, "application/x-test-4", Cancellation));
        Assert.Empty(await repository.GetReferrersAsync(referrers[0].Descriptor.Digest, null, Cancellation));
    }

    [Fact]
    public async Task A_digest_is_deleted_and_a_tag_alone_is_not()
    {
        await using var server = await DockerRegistry.StartAsync();
        using var registry = new OciRegistry(server.Host, Anonymous);
        var repository = registry.GetRepository("team/app");
        var image = TestImage.Create();
        await image.PushAsync(repository, "v1");
        var referrer = TestImage.Create(seed: 2, subject: image.Descriptor);
        await referrer.PushAsync(repository);

        await Reading.FailsAsync(OciErrorKind.UnsupportedOperation, () => repository.UntagAsync("v1", Cancellation));
        await repository.DeleteAsync(referrer.Descriptor.Digest, Cancellation);
        Assert.Empty(await repository.GetReferrersAsync(image.Descriptor.Digest, null, Cancellation));
        await repository.DeleteAsync(image.Descriptor.Digest, Cancellation);
        await Reading.FailsAsync(OciErrorKind.NotFound, () => repository.ResolveAsync("v1", Cancellation));
        await Reading.FailsAsync(OciErrorKind.NotFound, () => repository.GetManifestAsync(image.Descriptor.Digest.ToString(), Cancellation));
        await Reading.FailsAsync(OciErrorKind.NotFound, () => repository.DeleteAsync(image.Descriptor.Digest, Cancellation));
    }

    [Fact]
    public async Task A_registry_with_a_password_refuses_others()
    {
        await using var server = await DockerRegistry.StartAsync(requiresPassword: true);
        var image = TestImage.Create();
        using (var registry = new OciRegistry(server.Host, Anonymous with { AllowUnencrypted = true, Credential = new(DockerRegistry.User, DockerRegistry.Password) }))
        {
            await registry.CheckAsync(Cancellation);
            var repository = registry.GetRepository("team/app");
            await image.PushAsync(repository, "v1");
            Assert.Equal(image.Layer, await repository.FetchBytesAsync(image.LayerDescriptor));
        }

        using (var anonymous = new OciRegistry(server.Host, Anonymous))
            await Reading.FailsAsync(OciErrorKind.Unauthorized, () => anonymous.CheckAsync(Cancellation));
        using var wrong = new OciRegistry(server.Host, Anonymous with { AllowUnencrypted = true, Credential = new(DockerRegistry.User, "wr0ng-Pa55") });
        var error = await Reading.FailsAsync(OciErrorKind.Unauthorized, () => wrong.GetRepository("team/app").GetTagsAsync(null, Cancellation));
        Assert.Contains(DockerRegistry.User, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wr0ng", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_is_accepted_from_its_authority_only()
    {
        using var certificate = new TestCertificate();
        using var other = new TestCertificate();
        await using var server = await DockerRegistry.StartAsync(certificate);
        var image = TestImage.Create();
        using (var registry = new OciRegistry(server.Host, Anonymous with { CertificateAuthorities = [other.Authority, certificate.Authority] }))
        {
            var repository = registry.GetRepository("team/app");
            await image.PushAsync(repository, "v1");
            Assert.Equal(image.Layer, await repository.FetchBytesAsync(image.LayerDescriptor));
        }

        using (var skipping = new OciRegistry(server.Host, Anonymous with { SkipCertificateCheck = true }))
            await skipping.CheckAsync(Cancellation);
        foreach (var options in new[] { Anonymous, Anonymous with { CertificateAuthorities = [other.Authority] }, Anonymous with { AllowUnencrypted = true } })
        {
            using var registry = new OciRegistry(server.Host, options);
            var error = await Reading.FailsAsync(OciErrorKind.UntrustedEndpoint, () => registry.CheckAsync(Cancellation));
            Assert.Contains("certificate", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_image_that_skopeo_pushed_is_read_and_the_reverse()
    {
        var skopeo = ExternalProcess.Find("skopeo");
        Assert.SkipWhen(skopeo is null, "skopeo is not on PATH.");
        await using var server = await DockerRegistry.StartAsync();
        using var temporary = new TemporaryDirectory();
        using var registry = new OciRegistry(server.Host, Anonymous);
        var repository = registry.GetRepository("team/app");
        var image = TestImage.Create();
        await image.PushAsync(repository, "v1");

        var copy = await ExternalProcess.RunAsync(skopeo, [
            "copy", "--insecure-policy", "--preserve-digests", "--src-tls-verify=false", "--dest-tls-verify=false", $"docker://{server.Host}/team/app:v1", $"docker://{server.Host}/team/copy:v2"]);
        copy.AssertSuccess();

        var theirs = registry.GetRepository("team/copy");
        Assert.Equal(image.Descriptor.Digest, (await theirs.ResolveAsync("v2", Cancellation)).Digest);
        Assert.Equal(image.Layer, await theirs.FetchBytesAsync(image.LayerDescriptor));
    }
}
