using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Interop.Tests;

/// <summary>
/// Tests that umoci lists, unpacks and collects stores that this library wrote or changed, and that this library reads the changes of
/// umoci.
/// </summary>
public class UmociTests
{
    [Fact]
    public async Task Umoci_lists_and_unpacks_a_pushed_image()
    {
        Tool umoci = Tool.Require("umoci");
        using var temporary = new TemporaryDirectory();
        var store = OciStore.Create(temporary["store"]);
        TinyImage.Push(store, "v1");

        Assert.Equal(["v1"], await List(umoci, store));
        Assert.Equal(TinyImage.Greeting, await Unpack(umoci, store, "v1", temporary));
    }

    [Fact]
    public async Task Umoci_unpacks_a_tagged_member_of_a_platform_index()
    {
        Tool umoci = Tool.Require("umoci");
        using var temporary = new TemporaryDirectory();
        var store = OciStore.Create(temporary["store"]);
        var multi = TinyImage.PushMultiPlatform(store, "multi");
        store.Tag(store.GetManifest(multi).Manifests[1].ToPlain(), "arm64");

        Assert.Equal(["arm64", "multi"], (await List(umoci, store)).Order());
        Assert.Equal("on arm64\n", await Unpack(umoci, store, "arm64", temporary));
    }

    [Fact]
    public async Task Umoci_gc_finds_nothing_after_a_collection()
    {
        Tool umoci = Tool.Require("umoci");
        using var temporary = new TemporaryDirectory();
        var store = OciStore.Open(RealLayout.Unpack("umoci.tar", temporary));

        new OciGarbageCollector(store).Run();
        var left = Blobs(store);
        await umoci.RunAsync("gc", "--layout", store.Path);

        Assert.Equal(left, Blobs(store));
        Assert.Equal(["app", "app-2", "base"], (await List(umoci, store)).Order());
        await umoci.RunAsync("unpack", "--rootless", "--image", store.Path + ":app-2", temporary["bundle"]);
    }

    [Fact]
    public async Task Collection_finds_nothing_after_umoci_gc()
    {
        Tool umoci = Tool.Require("umoci");
        using var temporary = new TemporaryDirectory();
        var store = OciStore.Open(RealLayout.Unpack("umoci.tar", temporary));

        await umoci.RunAsync("gc", "--layout", store.Path);

        Assert.Empty(new OciGarbageCollector(store).Plan().Items);
        Assert.Equal(3, store.TagCount);
        Assert.All(store.GetTags().SelectMany(t => store.Walk(t.Descriptor!)), v => Assert.False(v.IsMissing));
    }

    [Fact]
    public async Task Umoci_lists_and_unpacks_set_and_moved_tags()
    {
        Tool umoci = Tool.Require("umoci");
        using var temporary = new TemporaryDirectory();
        var store = OciStore.Create(temporary["store"]);
        var old = TinyImage.Push(store, "v1", greeting: "old\n");
        var image = TinyImage.Push(store, "v2");

        store.Tag(image, "v1");
        store.Tag(image, "latest");
        store.Untag("v2");
        new OciDeletion(store).Run(new OciDeletion(store).Plan(old.Digest.ToString()));

        Assert.Equal(["latest", "v1"], (await List(umoci, store)).Order());
        Assert.Equal(TinyImage.Greeting, await Unpack(umoci, store, "v1", temporary));
    }

    [Fact]
    public async Task Umoci_unpacks_an_image_after_deletion_of_another_with_the_same_layer()
    {
        Tool umoci = Tool.Require("umoci");
        using var temporary = new TemporaryDirectory();
        var store = OciStore.Create(temporary["store"]);
        TinyImage.Push(store, "amd64", "amd64");
        TinyImage.Push(store, "arm64", "arm64");

        new OciDeletion(store).Run(new OciDeletion(store).Plan("amd64"));

        Assert.Equal(["arm64"], await List(umoci, store));
        Assert.Equal(TinyImage.Greeting, await Unpack(umoci, store, "arm64", temporary));
    }

    [Fact]
    public async Task Open_store_sees_changes_by_umoci()
    {
        Tool umoci = Tool.Require("umoci");
        using var temporary = new TemporaryDirectory();
        var store = OciStore.Create(temporary["store"]);
        var image = TinyImage.Push(store, "v1");

        await umoci.RunAsync("tag", "--image", store.Path + ":v1", "again");
        await umoci.RunAsync("config", "--image", store.Path + ":v1", "--tag", "changed", "--author", "contoso");
        await umoci.RunAsync("remove", "--image", store.Path + ":v1");

        Assert.Equal(["again", "changed"], store.GetTags().Select(t => t.Tag));
        Assert.Equal(image.Digest, store.Resolve("again").Digest);
        Assert.All(store.Walk(store.Resolve("changed")), v => Assert.False(v.IsMissing));
        new OciDeletion(store).Run(new OciDeletion(store).Plan("changed"));
        Assert.Equal(TinyImage.Greeting, await Unpack(umoci, store, "again", temporary));
    }

    [Fact]
    public async Task Push_works_in_an_empty_layout_of_umoci()
    {
        Tool umoci = Tool.Require("umoci");
        using var temporary = new TemporaryDirectory();
        await umoci.RunAsync("init", "--layout", temporary["store"]);

        var store = OciStore.Open(temporary["store"]);
        Assert.Empty(store.GetTags());
        TinyImage.Push(store, "v1");

        Assert.Equal(["v1"], await List(umoci, store));
        Assert.Equal(TinyImage.Greeting, await Unpack(umoci, store, "v1", temporary));
        await SpecificationSchema.AssertFileValidAsync(SpecificationSchema.Index, Path.Combine(store.Path, "index.json"));
    }

    private static async Task<string[]> List(Tool umoci, OciStore store) =>
        (await umoci.RunAsync("ls", "--layout", store.Path)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static async Task<string> Unpack(Tool umoci, OciStore store, string tag, TemporaryDirectory temporary)
    {
        await umoci.RunAsync("unpack", "--rootless", "--image", $"{store.Path}:{tag}", temporary["bundle"]);
        return await File.ReadAllTextAsync(temporary["bundle", "rootfs", "greeting"]);
    }

    private static string[] Blobs(OciStore store) => [.. Directory.EnumerateFiles(Path.Combine(store.Path, "blobs"), "*", SearchOption.AllDirectories).Order()];
}
