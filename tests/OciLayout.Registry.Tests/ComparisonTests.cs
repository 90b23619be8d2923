using System;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Testing;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Comparisons with a repository. <see cref="CopyTests"/> compares all shapes after a copy in each direction.</summary>
public sealed class ComparisonTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Differences_of_a_layout_and_a_repository_have_a_side_and_the_size_to_transfer()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        var source = CopyShapes.Create(_directory["source"], "image");
        await CopyAsync(source, repository, "image");
        var theirs = TestImage.Create();
        server.Content.Add("team/app", theirs, "theirs", "image");
        server.Content.Add("team/app", TestImage.Create(seed: 2, subject: theirs.Descriptor));

        var comparison = await OciComparison.CompareAsync(source, repository, false, Cancellation);

        var moved = comparison.Differences.Single(d => d.Side == DifferenceSide.Reference && d.Kind == DifferenceKind.MovedTag);
        Assert.Equal(("image", theirs.Descriptor.Digest), (moved.Tag, moved.OtherDigest!.Value));
        Assert.Equal(source.Resolve("image").Digest, moved.Digest);
        Assert.Equal(["theirs"], comparison.Differences.Where(d => d.Kind == DifferenceKind.Tag).Select(d => d.Tag));
        var size = theirs.Layer.Length + theirs.Config.Length + theirs.Manifest.Length;
        Assert.Equal(size, comparison.Differences.Single(d => d.Tag == "theirs").Size);
        Assert.Contains(comparison.Differences, d => d.Kind == DifferenceKind.Blob && d.Digest == theirs.LayerDescriptor.Digest && d.Side == DifferenceSide.Difference);
        Assert.Equal(6, comparison.Difference.BlobCount);
        Assert.All(server.Log, r => Assert.False(r.Method == "GET" && r.Path.Contains("/blobs/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Sizes_that_exceed_the_range_of_numbers_are_no_error()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var image = TestImage.Create();
        string layers = string.Join(",", Enumerable.Range(0, 3).Select(i => $$"""{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"{{Digest.Compute([(byte)i])}}","size":{{long.MaxValue}}}"""));
        byte[] manifest = Encoding.UTF8.GetBytes($$"""
            {"schemaVersion":2,"mediaType":"{{MediaTypes.ImageManifest}}","config":{"mediaType":"{{image.ConfigDescriptor.MediaType}}","digest":"{{image.ConfigDescriptor.Digest}}","size":{{image.Config.Length}}},"layers":[{{layers}}]}
            """);
        server.Content.Add("team/app", image with { Manifest = manifest }, "large");
        var repository = registry.GetRepository("team/app");
        var layout = OciStore.Create(_directory["layout"]);

        var comparison = await OciComparison.CompareAsync(layout, repository, false, Cancellation);
        using var sync = new OciSync(layout);
        var plan = await sync.PlanAsync([new SyncSource(repository)], Cancellation);

        Assert.Equal(long.MaxValue, comparison.Difference.Size);
        Assert.Equal(long.MaxValue, comparison.Differences.Single(d => d.Tag == "large").Size);
        Assert.Equal(long.MaxValue, plan.Size);
        using var other = new OciSync(registry, "mirror");
        Assert.Equal(long.MaxValue, (await other.PlanAsync([new SyncSource(repository)], Cancellation)).Size);
    }

    [Fact]
    public async Task A_member_that_does_not_exist_is_not_content_and_a_corrupt_manifest_is_a_problem()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var source = CopyShapes.Create(_directory["source"], "index");
        await CopyAsync(source, registry.GetRepository("team/app"), "index");
        await CopyAsync(source, registry.GetRepository("team/other"), "index");
        var members = source.GetManifest(source.Resolve("index"), Cancellation).Manifests;
        server.Content["team/app"].Manifests.TryRemove(members[0].Digest.ToString(), out _);
        server.Content["team/other"].Manifests[members[1].Digest.ToString()] = (MediaTypes.ImageManifest, "{}"u8.ToArray());
        using var fresh = server.Client();

        var sparse = await OciComparison.CompareAsync(source, fresh.GetRepository("team/app"), false, Cancellation);
        var corrupt = await OciComparison.CompareAsync(source, fresh.GetRepository("team/other"), false, Cancellation);

        Assert.Contains(sparse.Differences, d => d.Digest == members[0].Digest && d.Side == DifferenceSide.Reference);
        Assert.Empty(sparse.Problems);
        Assert.Equal(OciErrorKind.DigestMismatch, Assert.Single(corrupt.Problems).Kind);
    }

    [Fact]
    public async Task A_repository_is_compared_with_a_list()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var (one, two) = (TestImage.Create(), TestImage.Create(seed: 2));
        server.Content.Add("team/app", one, "v1");
        server.Content.Add("team/app", two, "v2");
        var list = new ContentList();
        list.Add(new ContentNote(one.Descriptor.Digest));

        var comparison = await OciComparison.CompareAsync(list, registry.GetRepository("team/app"), false, Cancellation);

        Assert.Equal(
            new[] { two.Descriptor.Digest, two.LayerDescriptor.Digest, two.ConfigDescriptor.Digest }.Order(),
            comparison.Differences.Where(d => d.Side == DifferenceSide.Difference && d.Kind != DifferenceKind.Tag).Select(d => d.Digest).Order());
    }

    [Fact]
    public async Task A_repository_that_does_not_exist_is_an_error()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var source = CopyShapes.Create(_directory["source"], "image");

        await Reading.FailsAsync(OciErrorKind.NotFound, () => OciComparison.CompareAsync(source, registry.GetRepository("team/app"), false, Cancellation));
    }

    private static async Task CopyAsync(OciStore source, OciPlace target, string tag)
    {
        using var copy = new OciCopy(source, target);
        await copy.RunAsync(await copy.PlanAsync([new CopyRoot(source.Resolve(tag), tag)], Cancellation), null, Cancellation);
    }
}
