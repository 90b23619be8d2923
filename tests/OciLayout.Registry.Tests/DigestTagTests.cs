using System;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Testing;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests for rule W6a: manifests that cosign attaches by tags. <see cref="CopyTests"/> copies them in all directions.</summary>
public sealed class DigestTagTests : IDisposable
{
    private const string SignatureType = "application/vnd.dev.cosign.simplesigning.v1+json";

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task W6a_Signatures_are_listed_after_referrers_with_the_type_of_their_content()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");
        var referrer = TestImage.Create(seed: 2, subject: image.Descriptor);
        server.Content.Add("team/app", referrer);
        var signature = Attach(server, image.Descriptor, ".sig");
        server.Content["team/app"].Tags[Tag(image.Descriptor, ".att")] = image.Descriptor.Digest.ToString(); // names its own subject
        var repository = registry.GetRepository("team/app");

        var found = await repository.GetReferrersAsync(image.Descriptor.Digest, null, Cancellation);

        Assert.Equal([referrer.Descriptor.Digest, signature], found.Select(d => d.Digest));
        Assert.Equal(["application/x-test-2", SignatureType], found.Select(d => d.ArtifactType));
        Assert.Equal([signature], (await repository.GetReferrersAsync(image.Descriptor.Digest, SignatureType, Cancellation)).Select(d => d.Digest));
        Assert.Empty(await repository.GetReferrersAsync(signature, null, Cancellation));
    }

    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 0)]
    public async Task W6a_The_names_are_asked_for_only_with_referrers(bool includeReferrers, int requests)
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");
        using var copy = new OciCopy(registry.GetRepository("team/app"), OciStore.Create(_directory["target"]), new CopyOptions { IncludeReferrers = includeReferrers });

        await copy.PlanAsync([new CopyRoot(image.Descriptor, "v1")], Cancellation);

        Assert.Equal(requests, server.Log.Count(r => r.Method == "HEAD" && r.Path.Contains("/manifests/sha256-", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task W6a_A_signature_that_was_added_is_copied_to_a_repository_that_has_the_image()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");
        server.Content.Add("team/copy", image, "v1");
        var signature = Attach(server, image.Descriptor, ".sig");

        var result = await CopyAsync(registry.GetRepository("team/app"), registry.GetRepository("team/copy"), image.Descriptor, new CopyOptions { IncludeReferrers = true });

        Assert.Equal(signature.ToString(), server.Content["team/copy"].Tags[Tag(image.Descriptor, ".sig")]);
        Assert.Equal([image.Descriptor.Digest], result.Roots.Select(r => r.Digest));
    }

    [Fact]
    public async Task W6a_Signatures_in_a_layout_have_the_name_of_their_repository_if_tags_do()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");
        var signature = Attach(server, image.Descriptor, ".sig");
        var target = OciStore.Create(_directory["target"]);
        var options = new CopyOptions { IncludeReferrers = true, DigestTagPrefix = "host/team/app:" };

        await CopyAsync(registry.GetRepository("team/app"), target, image.Descriptor, options);

        Assert.Equal(["host/team/app:" + Tag(image.Descriptor, ".sig"), "v1"], target.GetTags().Select(t => t.Tag));
        Assert.Equal([signature], target.GetReferrers(image.Descriptor.Digest).Select(r => r.Digest));
        await CopyAsync(target, registry.GetRepository("team/back"), image.Descriptor, new CopyOptions { IncludeReferrers = true });
        Assert.Equal(signature.ToString(), server.Content["team/back"].Tags[Tag(image.Descriptor, ".sig")]);
    }

    private static string Tag(Descriptor subject, string suffix) => $"sha256-{subject.Digest.Encoded}{suffix}";

    private static async Task<CopyResult> CopyAsync(OciPlace source, OciPlace target, Descriptor root, CopyOptions options)
    {
        using var copy = new OciCopy(source, target, options);
        return await copy.RunAsync(await copy.PlanAsync([new CopyRoot(root, "v1")], Cancellation), null, Cancellation);
    }

    /// <summary>Attaches a manifest as cosign does: without a subject, under a tag made from the digest.</summary>
    internal static Digest Attach(TestRegistry server, Descriptor subject, string suffix)
    {
        var payload = Encoding.UTF8.GetBytes("signs " + subject.Digest + suffix);
        var (layer, config) = (TestImage.BlobOf(payload, SignatureType), TestImage.BlobOf("{}"u8.ToArray(), "application/vnd.oci.image.config.v1+json"));
        var manifest = Encoding.UTF8.GetBytes($$"""
            {"schemaVersion":2,"mediaType":"{{MediaTypes.ImageManifest}}","config":{"mediaType":"{{config.MediaType}}","digest":"{{config.Digest}}","size":2},"layers":[{"mediaType":"{{layer.MediaType}}","digest":"{{layer.Digest}}","size":{{layer.Size}}}]}
            """.Trim());
        var repository = server.Content["team/app"];
        repository.AddBlob(payload);
        repository.AddBlob("{}"u8.ToArray());
        repository.AddManifest(manifest, MediaTypes.ImageManifest, Tag(subject, suffix));
        return Digest.Compute(manifest);
    }
}
