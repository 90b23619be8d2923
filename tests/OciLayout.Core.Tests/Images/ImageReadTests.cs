using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.Images;

/// <summary>Tests how images are found and read, in layouts of other tools and in made ones.</summary>
public sealed class ImageReadTests : IDisposable
{
    private readonly ImageLayout _images = new();

    public void Dispose() => _images.Dispose();

    [Theory]
    [InlineData("umoci.tar", "app-2", 2)]
    [InlineData("skopeo-v2s2.tar", "v1", 1)]
    [InlineData("regctl.tar", "amd64", 1)]
    [InlineData("regctl-export.tar", null, 1)]
    [InlineData("oci-archive.tar", null, 2)]
    [InlineData("skopeo-untagged.tar", null, 2)]
    public async Task Images_of_other_tools_are_read_from_directories_and_archives(string archive, string? tag, int layers)
    {
        using var temporary = new TemporaryDirectory();
        foreach (var path in new[] { RealLayout.PathOf(archive), RealLayout.Unpack(archive, temporary) })
        {
            var store = OciStore.Open(path);
            var root = tag is null ? store.GetEntries()[0].Descriptor! : store.Resolve(tag);
            var manifest = (await OciImage.ListAsync(store, root))[0];

            var image = await OciImage.ReadAsync(store, manifest);

            Assert.Equal(Platform.Parse("linux/amd64"), image.Platform);
            Assert.Equal(layers, image.Layers.Count);
            Assert.All(image.Layers, l => Assert.NotNull(l.DiffId));
            Assert.NotNull(image.Config.Created);
            Assert.Equal(image.Manifest.Config!.Size + image.Layers.Sum(l => l.Descriptor.Size), image.Size);
        }
    }

    [Fact]
    public async Task Artifact_is_not_an_image_and_the_error_says_its_type()
    {
        var store = OciStore.Open(RealLayout.PathOf("oras.tar"));
        var error = await Assert.ThrowsAsync<OciException>(() => OciImage.ReadAsync(store, store.Resolve("v1")));

        Assert.Equal(OciErrorKind.UnsupportedMediaType, error.Kind);
        Assert.Contains("application/vnd.contoso.app", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Members_of_an_index_that_are_not_images_are_left_out()
    {
        var image = _images.Push("linux/amd64");
        var attestation = _images.Push("linux/arm64");
        var artifact = _images.Layout.Store.PushImage("artifact");
        var root = _images.PushIndex(
            Member(image, "linux", "amd64"),
            Member(attestation, "unknown", "unknown"),
            Member(attestation, "linux", "arm64", new() { ["vnd.docker.reference.type"] = "attestation-manifest" }),
            artifact,
            new Descriptor("text/plain", Digest.Compute(Sample.Bytes("x")), 1));

        var images = await OciImage.ListAsync(_images.Layout.Store, root);

        Assert.Equal([image.Digest], images.Select(i => i.Digest));
        Assert.Equal(image.Digest, (await OciImage.SelectAsync(_images.Layout.Store, root)).Descriptor.Digest);
    }

    [Fact]
    public async Task Index_without_images_is_refused()
    {
        var root = _images.PushIndex(_images.Layout.Store.PushImage("artifact"));
        var error = await Assert.ThrowsAsync<OciException>(() => OciImage.ListAsync(_images.Layout.Store, root));
        Assert.Equal(OciErrorKind.UnsupportedMediaType, error.Kind);
    }

    [Fact]
    public async Task One_image_of_several_is_selected_by_its_platform_only()
    {
        var (amd, arm) = (_images.Push("linux/amd64"), _images.Push("linux/arm64/v8"));
        var root = _images.PushIndex(Member(amd, "linux", "amd64"), Member(arm, "linux", "arm64"));
        var store = _images.Layout.Store;

        Assert.Equal(arm.Digest, (await OciImage.SelectAsync(store, root, Platform.Parse("linux/arm64/v8"))).Descriptor.Digest);
        var several = await Assert.ThrowsAsync<OciException>(() => OciImage.SelectAsync(store, root));
        Assert.Equal(OciErrorKind.AmbiguousReference, several.Kind);
        Assert.Equal(["linux/amd64", "linux/arm64"], several.Related);
        var none = await Assert.ThrowsAsync<OciException>(() => OciImage.SelectAsync(store, root, Platform.Parse("windows/amd64")));
        Assert.Equal(OciErrorKind.NotFound, none.Kind);
    }

    [Fact]
    public async Task Configuration_over_4_MiB_is_refused()
    {
        var image = _images.Push("linux/amd64", config: """{"rootfs":{},"padding":" """ + new string('x', 4 << 20) + "\"}");
        var error = await Assert.ThrowsAsync<OciException>(() => OciImage.ReadAsync(_images.Layout.Store, image));
        Assert.Equal(OciErrorKind.SizeLimitExceeded, error.Kind);
    }

    [Fact]
    public async Task Layers_without_a_diff_id_have_none()
    {
        var image = await OciImage.ReadAsync(_images.Layout.Store, _images.Push("linux/amd64", config: """{"rootfs":{"type":"layers","diff_ids":[]}}""", layers: [new ImageLayout.Layer(Sample.Bytes("a"))]));
        Assert.Null(Assert.Single(image.Layers).DiffId);
    }

    private static Descriptor Member(Descriptor image, string os, string architecture, Dictionary<string, string>? annotations = null) =>
        new(image.MediaType, image.Digest, image.Size) { Platform = new Platform(os, architecture), Annotations = annotations ?? [] };
}
