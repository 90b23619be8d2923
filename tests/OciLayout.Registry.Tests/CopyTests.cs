using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Testing;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Copies between layouts and repositories, in all directions.</summary>
public sealed class CopyTests : IDisposable
{
    private static readonly CopyOptions WithReferrers = new() { IncludeReferrers = true };

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Shapes => [.. CopyShapes.Names];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Every_shape_is_equal_after_a_round_trip_through_two_registries(string shape)
    {
        await using var server = await DockerRegistry.StartAsync();
        await using var other = await DockerRegistry.StartAsync();
        using var registry = Client(server);
        using var otherRegistry = Client(other);
        var source = CopyShapes.Create(_directory["source"], shape);
        OciPlace[] places =
        [
            source, registry.GetRepository("team/app"), registry.GetRepository("team/mounted"), otherRegistry.GetRepository("team/app"),
            OciStore.Create(_directory["target"], new OciStoreOptions { Flush = false }),
        ];
        for (var i = 1; i < places.Length; i++)
        {
            var (plan, result) = await CopyAsync(places[i - 1], places[i], WithReferrers, shape);
            Assert.NotEqual(0, plan.Count);
            Assert.Equal(plan.Count, result.CopiedCount);
            Assert.Equal(0, (await CopyAsync(places[i - 1], places[i], WithReferrers, shape)).Plan.Count);
            Assert.Empty((await OciComparison.CompareAsync(source, places[i], false, Cancellation)).Differences);
        }

        var target = (OciStore)places[^1];
        Assert.Equal(source.Resolve(shape).Digest, target.Resolve(shape).Digest);
        Assert.Empty(target.CompareWith(source, cancellationToken: Cancellation).Differences);
    }

    [Fact]
    public async Task Lists_of_referrers_are_copied_as_the_tags_that_they_are_here()
    {
        await using var server = await DockerRegistry.StartAsync();
        await using var other = await DockerRegistry.StartAsync();
        using var registry = Client(server);
        using var otherRegistry = Client(other);
        var source = CopyShapes.Create(_directory["source"], "artifact");
        var repository = registry.GetRepository("team/app");
        await CopyAsync(source, repository, WithReferrers, "artifact");
        var tags = await repository.GetTagsAsync(null, Cancellation);
        Assert.Equal(3, tags.Count);
        var target = OciStore.Create(_directory["target"]);
        var theirs = otherRegistry.GetRepository("team/app");

        await CopyAsync(repository, target, null, [.. tags]);
        await CopyAsync(target, theirs, null, [.. tags]);
        await CopyAsync(theirs, registry.GetRepository("team/copy"), null, [.. tags]);

        var artifact = source.Resolve("artifact").Digest;
        string[] types = ["application/x-sbom", "application/x-signature"];
        Assert.Equal(types, target.GetReferrers(artifact).Select(r => r.ArtifactType).Order());
        Assert.Equal(tags, target.GetTags().Select(t => t.Tag));
        foreach (var place in new[] { theirs, registry.GetRepository("team/copy") })
        {
            Assert.Equal(types, (await place.GetReferrersAsync(artifact, null, Cancellation)).Select(r => r.ArtifactType).Order());
            Assert.Equal(tags, await place.GetTagsAsync(null, Cancellation));
        }
    }

    [Fact]
    public async Task A_platform_is_copied_without_the_others()
    {
        await using var server = await DockerRegistry.StartAsync();
        using var registry = Client(server);
        var source = CopyShapes.Create(_directory["source"], "index");
        var repository = registry.GetRepository("team/app");
        await CopyAsync(source, repository, null, "index");
        var target = OciStore.Create(_directory["target"]);

        var (plan, _) = await CopyAsync(repository, target, new CopyOptions { Platform = Platform.Parse("linux/arm64") }, "index");

        Assert.Equal(4, plan.Count);
        Assert.Equal(MediaTypes.ImageManifest, target.Resolve("index").MediaType);
    }

    [Fact]
    public async Task A_second_copy_moves_only_new_content()
    {
        await using var server = await DockerRegistry.StartAsync();
        using var registry = Client(server);
        var repository = registry.GetRepository("team/app");
        await CopyAsync(CopyShapes.Create(_directory["one"], "image"), repository, null, "image");

        var (plan, result) = await CopyAsync(CopyShapes.Create(_directory["two"], "index"), repository, null, "index");

        // The second image without its shared layer, and the index.
        Assert.Equal(4, plan.Count);
        Assert.Equal(plan.Size, result.CopiedSize);
        Assert.Equal(["image", "index"], await repository.GetTagsAsync(null, Cancellation));
    }

    [Fact]
    public async Task One_copy_takes_several_roots_and_moves_a_tag()
    {
        await using var server = await DockerRegistry.StartAsync();
        using var registry = Client(server);
        var repository = registry.GetRepository("team/app");
        var source = CopyShapes.Create(_directory["source"], "nested");
        var nested = source.Resolve("nested");
        var index = source.GetManifest(nested, Cancellation).Manifests[0];
        await CopyAsync(CopyShapes.Create(_directory["old"], "docker"), repository, null, "docker");
        using var copy = new OciCopy(source, repository);

        await copy.RunAsync(await copy.PlanAsync([new CopyRoot(nested, "nested", "latest"), new CopyRoot(index, "docker"), new CopyRoot(nested, "again")], Cancellation), null, Cancellation);

        Assert.Equal(["again", "docker", "latest", "nested"], await repository.GetTagsAsync(null, Cancellation));
        Assert.Equal(index.Digest, (await repository.ResolveAsync("docker", Cancellation)).Digest);
        Assert.Equal(nested.Digest, (await repository.ResolveAsync("latest", Cancellation)).Digest);
    }

    [Fact]
    public async Task Corrupt_content_of_a_layout_is_reported_and_no_tag_is_written()
    {
        await using var server = await DockerRegistry.StartAsync();
        using var registry = Client(server);
        var repository = registry.GetRepository("team/app");
        var source = CopyShapes.Create(_directory["source"], "image");
        var layer = source.GetManifest(source.Resolve("image"), Cancellation).Layers[1];
        var file = Path.Combine(source.Path, "blobs", "sha256", layer.Digest.Encoded);
        File.SetAttributes(file, FileAttributes.Normal);
        var bytes = await File.ReadAllBytesAsync(file, Cancellation);
        bytes[1000] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, Cancellation);

        var error = await Reading.FailsAsync(OciErrorKind.DigestMismatch, () => CopyAsync(source, repository, null, "image"));

        Assert.Contains(layer.Digest.ToString(), error.Message, StringComparison.Ordinal);
        Assert.False(await repository.ExistsAsync(source.Resolve("image").Digest, Cancellation));
    }

    [Theory]
    [InlineData("a/b:1", OciErrorKind.InvalidReference)]
    [InlineData("v+1", OciErrorKind.InvalidReference)]
    public async Task A_tag_that_registries_do_not_have_is_refused_before_anything_is_copied(string tag, OciErrorKind kind)
    {
        await using var server = await DockerRegistry.StartAsync();
        using var registry = Client(server);
        var source = CopyShapes.Create(_directory["source"], "image");
        using var copy = new OciCopy(source, registry.GetRepository("team/app"));

        await Reading.FailsAsync(kind, () => copy.PlanAsync([new CopyRoot(source.Resolve("image"), tag)], Cancellation));

        Assert.Empty(await registry.GetRepositoriesAsync("", Cancellation));
    }

    private static OciRegistry Client(DockerRegistry server) => new(server.Host, new RegistryOptions { UseStoredCredentials = false });

    private static async Task<(CopyPlan Plan, CopyResult Result)> CopyAsync(OciPlace source, OciPlace target, CopyOptions? options, params string[] tags)
    {
        using var copy = new OciCopy(source, target, options);
        var roots = new List<CopyRoot>();
        foreach (var tag in tags)
            roots.Add(new CopyRoot(source is OciRepository repository ? await repository.ResolveAsync(tag, Cancellation) : ((OciStore)source).Resolve(tag), tag));
        var plan = await copy.PlanAsync(roots, Cancellation);
        var sums = new ConcurrentBag<long>();
        var progress = new Observer<long>(sums.Add);
        var result = await copy.RunAsync(plan, progress, Cancellation);
        Assert.Equal(plan.Size, sums.DefaultIfEmpty().Max());
        return (plan, result);
    }
}
