using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Testing;
using OciLayout.Tests.Archives;
using OciLayout.Tests.Artifacts;
using OciLayout.Tests.Images;
using Xunit;
using static OciLayout.FindingProblem;
using static OciLayout.FindingSeverity;

namespace OciLayout.Tests.Maintenance;

/// <summary>Tests that a deep verification finds images whose layers, configuration and platform do not belong together, and nothing in sound ones.</summary>
public sealed class DeepVerifyTests : IDisposable
{
    private static readonly byte[] Tar = new Archive().Directory("d").File("d/a", new string('x', 5000)).File("b").ToTar();

    private readonly ImageLayout _images = new();

    public void Dispose() => _images.Dispose();

    [Fact]
    public void Sound_images_have_no_findings()
    {
        var layers = new[]
        {
            new ImageLayout.Layer(Tar),
            new ImageLayout.Layer(Tar) { Stored = Tar, MediaType = TestLayout.LayerType },
            new ImageLayout.Layer(Tar) { Stored = [.. ImageLayout.Layer.Gzip(Tar[..700]), .. ImageLayout.Layer.Gzip(Tar[700..]), .. new byte[512]], MediaType = MediaTypes.DockerLayer },
            new ImageLayout.Layer(new byte[1024]),
            new ImageLayout.Layer(Tar) { DiffId = Digest.Compute(Tar, DigestAlgorithm.Sha512).ToString() },
        };
        var amd = Member(_images.Push("linux/amd64", layers: layers), "linux/amd64");
        var arm = Member(_images.Push("linux/arm64/v8", layers: layers), "linux/arm64");
        Tag(_images.PushIndex(amd, arm, Member(_images.Push("linux/arm"), "linux/arm/v7")), "app");

        Assert.Empty(Verify());
    }

    // The index of regctl.tar and regctl-export.tar really says linux/arm64 for an image of linux/amd64.
    [Theory]
    [InlineData("oci-archive.tar", 0)]
    [InlineData("oras.tar", 0)]
    [InlineData("regctl-export.tar", 1)]
    [InlineData("regctl.tar", 1)]
    [InlineData("skopeo-untagged.tar", 0)]
    [InlineData("skopeo-v2s2.tar", 0)]
    [InlineData("umoci.tar", 0)]
    public void Layouts_of_other_tools_have_no_other_findings(string name, int count)
    {
        using var layout = TestLayout.Real(name);
        foreach (var path in new[] { layout.Path, RealLayout.PathOf(name) })
        {
            var found = Verify(path).Where(f => !Verify(path, new VerifyOptions()).Any(o => o.Problem == f.Problem && o.Digest == f.Digest));
            Assert.Equal(Enumerable.Repeat("PlatformMismatch linux/arm64 linux/amd64", count), found.Select(f => $"{f.Problem} {f.Expected} {f.Actual}"));
        }
    }

    public static TheoryData<string, FindingProblem, FindingSeverity> Layers => new()
    {
        { "other diff_id", DiffIdMismatch, Error },
        { "text", InvalidLayer, Error },
        { "zip", InvalidLayer, Error },
        { "corrupt gzip", InvalidLayer, Error },
        { "cut in a file", InvalidLayer, Error },
        { "cut in a header", InvalidLayer, Error },
        { "header with a wrong checksum", InvalidLayer, Error },
        { "parent path", InvalidLayer, Warning },
        { "no end", InvalidLayer, Notice },
        { "nothing", InvalidLayer, Notice },
        { "sparse file", UnsupportedLayer, Notice },
        { "xz", UnsupportedLayer, Notice },
        { "encrypted", UnsupportedLayer, Notice },
        { "wasm", UnsupportedLayer, Notice },
    };

    [Theory]
    [MemberData(nameof(Layers))]
    public void Layer_that_is_not_the_one_of_its_configuration_is_found(string name, FindingProblem problem, FindingSeverity severity)
    {
        var layer = Make(name);
        Tag(_images.Push("linux/amd64", layers: [new ImageLayout.Layer(Tar), layer]), "app");

        var found = Assert.Single(Verify());

        Assert.Equal((problem, severity, Digest.Compute(layer.Stored)), (found.Problem, found.Severity, found.Digest));
        Assert.Equal(["app"], found.Tags);
        Assert.Equal(FindingRemedy.None, found.Remedy);
        Assert.Equal(_images.Layout.PathOf(found.Digest), found.Path);
        Assert.False(string.IsNullOrEmpty(found.Expected) || string.IsNullOrEmpty(found.Actual));
    }

    private static ImageLayout.Layer Make(string name)
    {
        var gzip = ImageLayout.Layer.Gzip(Tar);
        return name switch
        {
            "other diff_id" => new(Tar) { DiffId = Digest.Compute(gzip).ToString(), Stored = Tar },
            "text" => new(Sample.Bytes("text")),
            "zip" => new(Tar) { Stored = [(byte)'P', (byte)'K', 3, 4, .. new byte[600]] },
            "corrupt gzip" => new(Tar) { Stored = [.. gzip[..20], 0xFF, 0xFF, 0xFF, .. gzip[23..]] },
            "cut in a file" => new(Tar[..3000]),
            "cut in a header" => new(Tar[..100]),
            "header with a wrong checksum" => new([.. Tar[..^1024], .. Enumerable.Repeat((byte)1, 512), .. new byte[1024]]),
            "parent path" => new(new Archive().File("a").File("../b").File("../c").ToTar()),
            "no end" => new(Tar[..^1024]),
            "nothing" => new([]),
            "sparse file" => new(new ArchiveBuilder().Entry("sparse", 'S', 0).File("a", "1").ToBytes()),
            "xz" => new(Tar) { Stored = [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, 1, 2, 3] },
            "encrypted" => new(Tar) { Stored = [1, 2, 3], MediaType = "application/vnd.oci.image.layer.v1.tar+gzip+encrypted" },
            "wasm" => new([0, (byte)'a', (byte)'s', (byte)'m']) { MediaType = "application/vnd.wasm.content.layer.v1+wasm" },
            _ => throw new ArgumentOutOfRangeException(nameof(name)),
        };
    }

    [Fact]
    public void Truncated_gzip_is_an_error()
    {
        var gzip = ImageLayout.Layer.Gzip(Tar);
        Tag(_images.Push("linux/amd64", layers: [new ImageLayout.Layer(Tar) { Stored = gzip[..(gzip.Length / 2)] }]), "app");
        Assert.Contains(Verify(), f => f.Severity == Error && f.Problem is InvalidLayer or DiffIdMismatch);
    }

    public static TheoryData<string, FindingProblem, FindingSeverity> Configs => new()
    {
        { "not JSON", InvalidConfig, Error },
        { """{"architecture":"amd64","os":"linux"}""", InvalidConfig, Error },
        { """{"architecture":"amd64","os":"linux","rootfs":[]}""", InvalidConfig, Error },
        { """{"architecture":"amd64","os":"linux","rootfs":{"diff_ids":[]}}""", DiffIdMismatch, Error },
        { """{"architecture":"amd64","os":"linux","rootfs":{"diff_ids":["DIFF","DIFF"]}}""", DiffIdMismatch, Error },
        { """{"architecture":"amd64","os":"linux","rootfs":{"diff_ids":["none"]}}""", DiffIdMismatch, Error },
        { """{"architecture":"amd64","os":"linux","rootfs":{"diff_ids":["blake3:0123456789abcdef0123456789abcdef"]}}""", Unverifiable, Notice },
        { """{"architecture":"amd64","rootfs":{"diff_ids":["DIFF"]}}""", ConfigSchema, Notice },
        { """{"architecture":"amd64","os":"linux","rootfs":{"diff_ids":["DIFF"]},"history":[{"empty_layer":true}]}""", ConfigSchema, Notice },
        { """{"architecture":"amd64","os":"linux","rootfs":{"diff_ids":["DIFF"]},"history":[{},{"empty_layer":true},{}]}""", ConfigSchema, Notice },
    };

    [Theory]
    [MemberData(nameof(Configs))]
    public void Configuration_that_does_not_match_the_layers_is_found(string config, FindingProblem problem, FindingSeverity severity)
    {
        var layer = new ImageLayout.Layer(Tar);
        var image = _images.Push("linux/amd64", config.Replace("DIFF", layer.DiffId, StringComparison.Ordinal), layer);
        Tag(image, "app");

        var found = Assert.Single(Verify());

        Assert.Equal((problem, severity, _images.Layout.Store.GetManifest(image).Config!.Digest), (found.Problem, found.Severity, found.Digest));
        Assert.Equal(["app"], found.Tags);
    }

    [Fact]
    public void Configuration_over_the_limit_is_not_read_and_its_layers_are()
    {
        Tag(_images.Push("linux/amd64", new string(' ', 5 << 20) + "{}", Make("text")), "app");
        Assert.Equal([(TooLarge, Error), (InvalidLayer, Error)], Verify().Select(f => (f.Problem, f.Severity)).Order());
    }

    [Fact]
    public void Platform_of_each_index_is_compared()
    {
        var (image, windows) = (_images.Push("linux/amd64"), _images.Push("windows/amd64", """{"architecture":"amd64","os":"windows","os.version":"10.0.1","rootfs":{"diff_ids":[]}}"""));
        Tag(_images.PushIndex(Member(image, "linux/amd64"), Member(windows, "windows/amd64:10.0.1")), "good");
        var bad = _images.PushIndex(Member(image, "linux/arm64"), Member(windows, "windows/amd64:10.0.2"));
        Tag(bad, "bad");
        Tag(Member(image, "darwin/amd64"), "entry");

        Assert.Equal(
            [
                $"Warning PlatformMismatch {windows.Digest} windows/amd64:10.0.2 / windows/amd64:10.0.1 bad {_images.Layout.PathOf(bad.Digest)}",
                $"Error PlatformMismatch {image.Digest} darwin/amd64 / linux/amd64 entry {_images.Layout.IndexPath}",
                $"Error PlatformMismatch {image.Digest} linux/arm64 / linux/amd64 bad {_images.Layout.PathOf(bad.Digest)}",
            ],
            Verify().OrderBy(f => f.Severity).ThenBy(f => f.Expected, StringComparer.Ordinal).Select(f => $"{f.Severity} {f.Problem} {f.Digest} {f.Expected} / {f.Actual} {string.Join(",", f.Tags)} {f.Path}"));
    }

    [Fact]
    public void Variant_is_compared_when_both_sides_state_it()
    {
        Tag(_images.PushIndex(Member(_images.Push("linux/arm/v6"), "linux/arm/v7")), "app");
        var found = Assert.Single(Verify());
        Assert.Equal((PlatformMismatch, Warning, "linux/arm/v7", "linux/arm/v6"), (found.Problem, found.Severity, found.Expected, found.Actual));
    }

    [Fact]
    public void Attestations_signatures_and_artifacts_are_not_images()
    {
        var attestation = _images.Push("unknown/unknown", """{"architecture":"unknown","os":"unknown","rootfs":{"diff_ids":[]}}""", new ImageLayout.Layer(Sample.Bytes("{}")) { Stored = Sample.Bytes("{}"), MediaType = "application/vnd.in-toto+json" });
        var odd = _images.Push("unknown/unknown", """{"architecture":"unknown","os":"unknown","rootfs":{"diff_ids":[]}}""", Make("text"));
        var signature = _images.Push("linux/amd64", "{}", new ImageLayout.Layer(Sample.Bytes("{}")) { Stored = Sample.Bytes("{} "), MediaType = "application/vnd.dev.cosign.simplesigning.v1+json" });
        Tag(_images.PushIndex(Member(_images.Push("linux/amd64"), "linux/amd64"), Member(attestation, "unknown/unknown"), Member(odd, "unknown/unknown"), signature), "app");
        Tag(_images.Layout.Store.PushImage("artifact"), "artifact");

        Assert.Empty(Verify());
    }

    [Fact]
    public void Shared_layer_is_read_once_and_compared_with_each_configuration()
    {
        var (good, wrong) = (new ImageLayout.Layer(Tar), new ImageLayout.Layer(Tar) { DiffId = Digest.Compute("other"u8).ToString() });
        Tag(_images.Push("linux/amd64", layers: [good, good]), "good");
        Tag(_images.Push("linux/amd64", layers: [good, wrong]), "one");
        Tag(_images.Push("linux/arm64", layers: wrong), "two");

        var reports = new List<VerifyProgress>();
        var found = Verify(_images.Layout.Path, null, new Observer<VerifyProgress>(p =>
        {
            lock (reports) reports.Add(p);
        }));

        Assert.All(found, f => Assert.Equal((DiffIdMismatch, Digest.Compute(Tar).ToString()), (f.Problem, f.Actual)));
        Assert.Equal(["one", "two"], found.Select(f => Assert.Single(f.Tags)).Order());
        Assert.Equal([(long)good.Stored.Length], reports.Select(r => r.TotalBytes).Distinct());
        Assert.Equal(good.Stored.Length, reports.Max(r => r.Bytes));
    }

    [Fact]
    public void Corrupt_blob_is_reported_once_and_can_be_replaced()
    {
        var layer = new ImageLayout.Layer(Tar);
        Tag(_images.Push("linux/amd64", layers: layer), "app");
        var bytes = (byte[])layer.Stored.Clone();
        bytes[bytes.Length / 2] ^= 1;
        _images.Layout.WriteFile(Digest.Compute(layer.Stored), bytes);

        var found = Assert.Single(Verify());
        Assert.Equal((DigestMismatch, Error, FindingRemedy.Replace), (found.Problem, found.Severity, found.Remedy));
    }

    [Fact]
    public void Missing_layers_and_configurations_are_reported_once()
    {
        var layer = new ImageLayout.Layer(Tar);
        var image = _images.Push("linux/amd64", layers: layer);
        Tag(image, "app");
        File.Delete(_images.Layout.PathOf(Digest.Compute(layer.Stored)));
        File.Delete(_images.Layout.PathOf(_images.Layout.Store.GetManifest(image).Config!.Digest));
        Assert.Equal([(Missing, Error), (Missing, Error)], Verify().Select(f => (f.Problem, f.Severity)));
    }

    [Fact]
    public void Foreign_layer_that_is_not_stored_is_a_notice()
    {
        var foreign = TestDocument.Foreign(TestDocument.Describe(Tar, "application/vnd.oci.image.layer.nondistributable.v1.tar"));
        var config = _images.PushBlob(TestLayout.ConfigType, Sample.Bytes($$$"""{"architecture":"amd64","os":"windows","rootfs":{"diff_ids":["{{{foreign.Digest}}}"]}}"""));
        _images.Layout.PushManifest(TestDocument.Image(config, [foreign]), "app");
        Assert.Equal([(Missing, Notice)], Verify().Select(f => (f.Problem, f.Severity)));
    }

    // The frame has 1,000 blocks that each repeat one zero byte 128 Ki times.
    [Fact]
    public void Layer_that_expands_without_bound_is_not_read_to_its_end()
    {
        byte[] bomb = [0x28, 0xB5, 0x2F, 0xFD, 0, 0x38, .. Enumerable.Range(0, 1000).SelectMany(i => new byte[] { (byte)(i == 999 ? 3 : 2), 0, 0x10, 0 })];
        Tag(_images.Push("linux/amd64", layers: new ImageLayout.Layer(Tar) { Stored = bomb, MediaType = "application/vnd.oci.image.layer.v1.tar+zstd" }), "app");

        var found = Assert.Single(Verify());

        Assert.Equal(Framework.IsStandard ? (UnsupportedLayer, Notice) : (TooLarge, Error), (found.Problem, found.Severity));
        Assert.Equal(Framework.IsStandard ? "zstd" : "more bytes", found.Actual);
    }

    [Fact]
    public async Task Verification_stops_inside_of_a_layer()
    {
        Tag(_images.Push("linux/amd64", layers: new ImageLayout.Layer(new Archive().File("a", new string('x', 8 << 20)).ToTar()) { MediaType = TestLayout.LayerType }), "app");
        using var stop = new CancellationTokenSource();
        var progress = new Observer<VerifyProgress>(_ => stop.Cancel());
        await Sandbox.Ends(() => Assert.ThrowsAny<OperationCanceledException>(() => new OciVerification(_images.Layout.Path, new VerifyOptions { Deep = true }).Run(null, progress, stop.Token)));
    }

    [Fact]
    public void Quick_verification_reads_no_layer()
    {
        Tag(_images.Push("linux/amd64", layers: Make("text")), "app");
        Assert.Empty(Verify(_images.Layout.Path, new VerifyOptions { Deep = true, Quick = true }));
    }

    [Fact]
    public void Repair_changes_nothing_for_images_that_do_not_match()
    {
        Tag(_images.Push("linux/amd64", layers: Make("other diff_id")), "app");
        var repair = new OciRepair(_images.Layout.Path, new RepairOptions { Verify = new VerifyOptions { Deep = true } });
        Assert.Empty(repair.Plan(cancellationToken: TestContext.Current.CancellationToken).Findings);
    }

    private static Descriptor Member(Descriptor image, string platform) => new(image.MediaType, image.Digest, image.Size) { Platform = Platform.Parse(platform) };

    private void Tag(Descriptor root, string tag) => _images.Layout.AddEntries(TestLayout.Entry(root, tag));

    private List<Finding> Verify() => Verify(_images.Layout.Path);

    private static List<Finding> Verify(string path, VerifyOptions? options = null, IProgress<VerifyProgress>? progress = null) =>
        [.. new OciVerification(path, options ?? new VerifyOptions { Deep = true }).Run(null, progress, TestContext.Current.CancellationToken).Where(f => f.Problem != Unreferenced)];
}
