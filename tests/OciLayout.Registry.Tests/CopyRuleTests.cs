using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Testing;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests for the rules R5, W1, W6a, W8 and W11, and for content that changes during a copy.</summary>
public sealed class CopyRuleTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    private OciStore Layout(string name) => OciStore.Create(_directory[name], new OciStoreOptions { Flush = false });

    [Fact]
    public async Task R5_A_download_that_was_cut_is_continued_by_the_next_run()
    {
        const int Size = 4 << 20;
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create(Size);
        server.Content.Add("team/app", image, "v1");
        server.Faults.Add("GET", "/blobs/" + image.LayerDescriptor.Digest, Answers.CutAfter(3 << 20));
        server.Faults.Always("GET", "/blobs/" + image.LayerDescriptor.Digest, Answers.Status(404));
        using var registry = server.Client();
        var target = Layout("target");
        await Reading.FailsAsync(OciErrorKind.NotFound, () => CopyAsync(registry.GetRepository("team/app"), target, image.Descriptor, "v1"));
        server.Faults.Clear();
        server.ClearLog();

        var plan = await CopyAsync(registry.GetRepository("team/app"), target, image.Descriptor, "v1");

        Assert.InRange(plan.PartialSize, 1 << 20, 3 << 20);
        Assert.Equal(Size - plan.PartialSize, server.Log.Where(r => r.Path.Contains(image.LayerDescriptor.Digest.Encoded, StringComparison.Ordinal)).Sum(r => r.SentBytes));
    }

    [Fact]
    public async Task W1_Nothing_below_a_root_that_the_registry_has_is_examined()
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");
        using var registry = server.Client();
        var source = Layout("source");
        Store(source, image, "v1");

        await CopyAsync(source, registry.GetRepository("team/app"), image.Descriptor, "v1");

        Assert.Equal(["HEAD /v2/team/app/manifests/v1"], server.Log.Select(r => r.ToString()));
    }

    [Fact]
    public async Task W6a_A_fallback_index_of_a_layout_is_merged_into_the_list_of_the_registry()
    {
        await using var server = await TestRegistry.StartAsync();
        server.Features.HasReferrers = false;
        var image = TestImage.Create();
        var (mine, theirs) = (TestImage.Create(seed: 2, subject: image.Descriptor), TestImage.Create(seed: 3, subject: image.Descriptor));
        server.Content.Add("team/app", image, "v1");
        server.Content.Add("team/app", theirs);
        var tag = ListReadingTests.FallbackTagOf(image);
        server.Content["team/app"].AddManifest(ListReadingTests.ListOf(theirs.Descriptor), MediaTypes.ImageIndex, tag);
        var source = Layout("source");
        Store(source, image, "v1");
        Store(source, mine, "mine");
        var list = ListReadingTests.ListOf(mine.Descriptor);
        source.Tag(source.Push(new PushRequest { MediaType = MediaTypes.ImageIndex, AsManifest = true }, new MemoryStream(list)).Descriptor, tag);
        using var registry = server.Client();
        using var copy = new OciCopy(source, registry.GetRepository("team/app"), new CopyOptions { IncludeReferrers = true });

        await copy.RunAsync(await copy.PlanAsync([new CopyRoot(image.Descriptor, "v1"), new CopyRoot(source.Resolve(tag), tag)], Cancellation), null, Cancellation);

        var listed = await registry.GetRepository("team/app").GetReferrersAsync(image.Descriptor.Digest, null, Cancellation);
        Assert.Equal([theirs.Descriptor.Digest, mine.Descriptor.Digest], listed.Select(d => d.Digest));
    }

    [Theory]
    [InlineData(true, false, 1)]
    [InlineData(true, true, 2)]
    [InlineData(false, false, 2)]
    public async Task W8_A_foreign_layer_is_copied_if_it_has_no_other_address_or_on_request(bool hasUrls, bool isIncluded, int blobs)
    {
        await using var server = await TestRegistry.StartAsync();
        var image = Foreign(hasUrls);
        server.Content.Add("team/app", image, "v1");
        using var registry = server.Client();
        var target = Layout("target");
        using var pull = new OciCopy(registry.GetRepository("team/app"), target, new CopyOptions { IncludeForeign = isIncluded });
        await pull.RunAsync(await pull.PlanAsync([new CopyRoot(image.Descriptor, "v1")], Cancellation), null, Cancellation);
        using var push = new OciCopy(target, registry.GetRepository("team/other"), new CopyOptions { IncludeForeign = isIncluded });
        await push.RunAsync(await push.PlanAsync([new CopyRoot(image.Descriptor, "v1")], Cancellation), null, Cancellation);

        Assert.Equal(blobs, server.Content["team/other"].Blobs.Count);
        Assert.Equal(image.Manifest, server.Content["team/other"].FindManifest("v1")!.Value.Bytes);
    }

    [Fact]
    public async Task W11_Wrong_content_of_one_registry_never_completes_at_another()
    {
        await using var server = await TestRegistry.StartAsync();
        await using var other = await TestRegistry.StartAsync();
        var image = TestImage.Create(300_000);
        server.Content.Add("team/app", image, "v1");
        server.Content["team/app"].Blobs[image.LayerDescriptor.Digest.ToString()] = TestImage.Bytes(300_000, 99);
        using var registry = server.Client();
        using var otherRegistry = other.Client();

        await Reading.FailsAsync(OciErrorKind.DigestMismatch, () => CopyAsync(registry.GetRepository("team/app"), otherRegistry.GetRepository("team/app"), image.Descriptor, "v1"));

        Assert.DoesNotContain(image.LayerDescriptor.Digest.ToString(), other.Content["team/app"].Blobs.Keys);
        Assert.Empty(other.Content["team/app"].Tags);
    }

    [Fact]
    public async Task W11_Between_repositories_of_a_host_no_blob_is_sent()
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create(300_000);
        server.Content.Add("team/app", image, "v1");
        using var registry = server.Client();
        await CopyAsync(registry.GetRepository("team/app"), registry.GetRepository("team/other"), image.Descriptor, "v1");
        Assert.Equal(image.Layer, server.Content["team/other"].Blobs[image.LayerDescriptor.Digest.ToString()]);
        Assert.Equal(0, server.Log.Where(r => r.Path.Contains("/blobs/", StringComparison.Ordinal)).Sum(r => r.ReceivedBytes + r.SentBytes));
    }

    [Fact]
    public async Task A_tag_that_moves_during_a_copy_does_not_change_the_copy()
    {
        await using var server = await TestRegistry.StartAsync();
        var (planned, moved) = (TestImage.Create(), TestImage.Create(seed: 2));
        server.Content.Add("team/app", planned, "v1");
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        var target = Layout("target");
        using var copy = new OciCopy(repository, target);
        var plan = await copy.PlanAsync([new CopyRoot(await repository.ResolveAsync("v1", Cancellation), "v1")], Cancellation);
        server.Content.Add("team/app", moved, "v1");

        await copy.RunAsync(plan, null, Cancellation);

        Assert.Equal(planned.Descriptor.Digest, target.Resolve("v1").Digest);
        Assert.Empty(new OciVerification(target.Path).Run());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(1000)]
    public async Task R1_A_HEAD_that_states_a_wrong_length_does_not_prevent_a_copy(int difference)
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");
        server.Faults.Always("HEAD", "/manifests/", Answers.Header("Content-Length", $"{image.Manifest.Length + difference}"));
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        var target = Layout("target");

        await CopyAsync(repository, target, await repository.ResolveAsync("v1", Cancellation), "v1");

        await CopyAsync(repository, target, await repository.ResolveAsync("v1", Cancellation), "v1");
        Assert.Equal((image.Descriptor.Digest, image.Descriptor.Size), (target.Resolve("v1").Digest, target.Resolve("v1").Size));
    }

    private static TestImage Foreign(bool hasUrls)
    {
        var image = TestImage.Create();
        var text = Encoding.UTF8.GetString(image.Manifest).Replace("application/vnd.oci.image.layer.v1.tar", "application/vnd.oci.image.layer.nondistributable.v1.tar", StringComparison.Ordinal);
        if (hasUrls) text = text.Replace("\"size\":1000}", "\"size\":1000,\"urls\":[\"https://elsewhere.example/layer\"]}", StringComparison.Ordinal);
        return image with { Manifest = Encoding.UTF8.GetBytes(text) };
    }

    private static void Store(OciStore store, TestImage image, string tag)
    {
        store.Push(image.LayerDescriptor, new MemoryStream(image.Layer), Cancellation);
        store.Push(image.ConfigDescriptor, new MemoryStream(image.Config), Cancellation);
        store.Tag(store.Push(new PushRequest { MediaType = MediaTypes.ImageManifest, AsManifest = true }, new MemoryStream(image.Manifest)).Descriptor, tag);
    }

    private static async Task<CopyPlan> CopyAsync(OciPlace source, OciPlace target, Descriptor root, string tag)
    {
        using var copy = new OciCopy(source, target);
        var plan = await copy.PlanAsync([new CopyRoot(root, tag)], Cancellation);
        await copy.RunAsync(plan, null, Cancellation);
        return plan;
    }
}
