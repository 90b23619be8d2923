using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Interop.Tests;

/// <summary>Tests that other tools read images that this library builds and changes.</summary>
public sealed class BuiltImageTests : IDisposable
{
    private readonly TemporaryDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task Umoci_unpacks_an_image_that_was_built_on_a_base_and_changed()
    {
        var umoci = Tool.Require("umoci");
        var store = await BuildAsync(umoci);

        await umoci.RunAsync("unpack", "--rootless", "--image", store.Path + ":changed", _place["bundle"]);

        var root = Path.Combine(_place["bundle"], "rootfs");
        Assert.Equal("one", File.ReadAllText(Path.Combine(root, "app", "a.txt")));
        Assert.Equal("two", File.ReadAllText(Path.Combine(root, "app", "sub", "größe.txt")));
        Assert.Contains("\"LABEL=1\"", File.ReadAllText(Path.Combine(_place["bundle"], "config.json")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Skopeo_copies_a_built_image_and_its_archive_for_Docker()
    {
        var skopeo = Tool.Require("skopeo");
        var store = await BuildAsync(Tool.Require("umoci"));
        var export = new OciExport(store, new ExportOptions { DockerCompatible = true });
        store.Untag("base");
        store.Untag("built");
        export.Run(export.Plan(), _place["docker.tar"]);

        await skopeo.RunAsync("copy", $"oci:{store.Path}:changed", $"oci:{_place["copy"]}:changed");
        await skopeo.RunAsync("copy", $"docker-archive:{_place["docker.tar"]}", $"oci:{_place["docker"]}:x");

        var copy = OciStore.Open(_place["copy"]);
        Assert.Equal(store.Resolve("changed").Digest, copy.Resolve("changed").Digest);
    }

    [Fact]
    public async Task Documents_of_a_built_image_match_the_schemas()
    {
        var store = await BuildAsync(Tool.Require("umoci"));
        var image = await OciImage.ReadAsync(store, store.Resolve("changed"));
        await SpecificationSchema.AssertValidAsync(SpecificationSchema.Manifest, store.ReadAll(image.Descriptor, 1 << 20));
        await SpecificationSchema.AssertValidAsync(SpecificationSchema.Config, store.ReadAll(image.Manifest.Config!, 1 << 20));
    }

    // A base of umoci, a layer of a directory, and an edit of the result.
    private async Task<OciStore> BuildAsync(Tool umoci)
    {
        await umoci.RunAsync("init", "--layout", _place["store"]);
        await umoci.RunAsync("new", "--image", _place["store"] + ":base");
        Directory.CreateDirectory(_place["files/sub"]);
        File.WriteAllText(_place["files/a.txt"], "one");
        File.WriteAllText(_place["files/sub/größe.txt"], "two");
        var store = OciStore.Open(_place["store"]);
        var settings = new ImageSettings { Layers = [new LayerSource(_place["files"]) { Target = "/app" }], Entrypoint = ["/app/a.txt"] };
        using (var batch = store.BeginBatch())
        {
            new OciImageBuilder(batch).Build(await OciImage.ReadAsync(store, store.Resolve("base")), settings, tags: ["built"]);
            batch.Commit();
        }

        var edit = await OciImageEdit.PlanAsync(store, store.Resolve("built"), new ImageSettings { Environment = [new KeyValuePair<string, string?>("LABEL", "1")] });
        using (var batch = store.BeginBatch())
        {
            edit.Run(batch, ["changed"]);
            batch.Commit();
        }

        return store;
    }
}
