using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Interop.Tests;

/// <summary>Tests that skopeo reads stores that this library wrote or changed, and that this library reads the changes of skopeo.</summary>
public class SkopeoTests
{
    [Fact]
    public async Task Skopeo_reads_a_pushed_image_byte_for_byte()
    {
        Tool skopeo = Tool.Require("skopeo");
        using var temporary = new TemporaryDirectory();
        var store = OciStore.Create(temporary["store"]);
        var image = TinyImage.Push(store, "v1");

        string raw = await skopeo.RunAsync("inspect", "--raw", $"oci:{store.Path}:v1");
        string config = await skopeo.RunAsync("inspect", "--config", $"oci:{store.Path}:v1");

        Assert.Equal(Encoding.UTF8.GetString(store.ReadAll(image, 1 << 20)), raw);
        Assert.Contains("/greeting", config, System.StringComparison.Ordinal);
    }

    [Fact]
    public async Task Skopeo_copies_a_platform_index_completely_and_the_copy_is_readable()
    {
        Tool skopeo = Tool.Require("skopeo");
        using var temporary = new TemporaryDirectory();
        var store = OciStore.Create(temporary["store"]);
        var multi = TinyImage.PushMultiPlatform(store, "multi");

        await skopeo.RunAsync("copy", "--insecure-policy", "--all", "--preserve-digests", $"oci:{store.Path}:multi", $"oci:{temporary["copy"]}:again");

        var copy = OciStore.Open(temporary["copy"]);
        Assert.Equal(multi.Digest, copy.Resolve("again").Digest);
        Assert.Equal(store.Walk(multi).Select(v => v.Descriptor.Digest), copy.Walk(copy.Resolve("again")).Select(v => v.Descriptor.Digest));
        Assert.All(copy.Walk(copy.Resolve("again")), v => Assert.False(v.IsMissing));
        Assert.Empty(new OciGarbageCollector(copy).Plan().Items);
    }

    [Fact]
    public async Task Open_store_sees_changes_by_skopeo()
    {
        Tool skopeo = Tool.Require("skopeo");
        using var temporary = new TemporaryDirectory();
        string real = RealLayout.Unpack("umoci.tar", temporary);
        var store = OciStore.Create(temporary["store"]);
        var ours = TinyImage.Push(store, "ours");

        await skopeo.RunAsync("copy", "--insecure-policy", "--preserve-digests", $"oci:{real}:app", $"oci:{store.Path}:theirs");

        Assert.Equal(["ours", "theirs"], store.GetTags().Select(t => t.Tag));
        Assert.Equal(OciStore.Open(real).Resolve("app").Digest, store.Resolve("theirs").Digest);
        Assert.All(store.Walk(store.Resolve("theirs")), v => Assert.False(v.IsMissing));
        new OciDeletion(store).Run(new OciDeletion(store).Plan("theirs"));
        new OciGarbageCollector(store).Run();
        Assert.Equal(["ours"], store.GetTags().Select(t => t.Tag));
        Assert.Equal(Encoding.UTF8.GetString(store.ReadAll(ours, 1 << 20)), await skopeo.RunAsync("inspect", "--raw", $"oci:{store.Path}:ours"));
    }

    [Theory]
    [InlineData("oras.tar", "v1", true)]
    [InlineData("umoci.tar", "app-2", false)]
    [InlineData("regctl.tar", "multi", false)]
    public async Task Skopeo_reads_the_remaining_tags_after_a_deletion(string layout, string deleted, bool force)
    {
        Tool skopeo = Tool.Require("skopeo");
        using var temporary = new TemporaryDirectory();
        var store = OciStore.Open(RealLayout.Unpack(layout, temporary));

        new OciDeletion(store).Run(new OciDeletion(store, new DeletionOptions { Force = force }).Plan(deleted));

        await AssertReads(skopeo, store, temporary, copies: layout != "oras.tar");
    }

    [Theory]
    [InlineData("oras.tar", "v1")]
    [InlineData("umoci.tar", "base")]
    [InlineData("regctl.tar", "multi")]
    public async Task Skopeo_reads_the_remaining_tags_after_a_collection(string layout, string untagged)
    {
        Tool skopeo = Tool.Require("skopeo");
        using var temporary = new TemporaryDirectory();
        var store = OciStore.Open(RealLayout.Unpack(layout, temporary));

        store.Untag(untagged);
        store.Tag(store.Resolve(store.GetTags()[0].Tag!), "moved");
        new OciGarbageCollector(store).Run();

        await AssertReads(skopeo, store, temporary, copies: layout != "oras.tar");
    }

    [Fact]
    public async Task Skopeo_reads_a_docker_manifest_after_tagging_and_collection()
    {
        Tool skopeo = Tool.Require("skopeo");
        using var temporary = new TemporaryDirectory();
        var store = OciStore.Open(RealLayout.Unpack("skopeo-v2s2.tar", temporary));

        await skopeo.RequireAsync("read a Docker manifest in a layout", "inspect", "--raw", $"oci:{store.Path}:v1");

        var image = store.Tag(store.Resolve("v1"), "v2");
        store.Untag("v1");
        new OciGarbageCollector(store).Run();

        Assert.Equal(Encoding.UTF8.GetString(store.ReadAll(image, 1 << 20)), await skopeo.RunAsync("inspect", "--raw", $"oci:{store.Path}:v2"));
    }

    [Fact]
    public async Task Skopeo_reads_an_untagged_image_after_a_collection_that_keeps_untagged_content()
    {
        Tool skopeo = Tool.Require("skopeo");
        using var temporary = new TemporaryDirectory();
        var store = OciStore.Open(RealLayout.Unpack("skopeo-untagged.tar", temporary));

        new OciGarbageCollector(store, new GarbageOptions { KeepUntagged = true }).Run();

        await skopeo.RunAsync("inspect", "--raw", $"oci:{store.Path}");
        await skopeo.RunAsync("copy", "--insecure-policy", $"oci:{store.Path}", $"oci:{temporary["copy"]}:it");
    }

    // Reads every tag raw, copies the images, and reads the copies. Artifacts of oras and lists of referrers are not images.
    private static async Task AssertReads(Tool skopeo, OciStore store, TemporaryDirectory temporary, bool copies)
    {
        Assert.NotEmpty(store.GetTags());
        await SpecificationSchema.AssertFileValidAsync(SpecificationSchema.Index, Path.Combine(store.Path, "index.json"));
        foreach (var (tag, descriptor) in store.GetTags().Select(t => (t.Tag!, t.Descriptor!)))
        {
            Assert.Equal(Encoding.UTF8.GetString(store.ReadAll(descriptor, 1 << 20)), await skopeo.RunAsync("inspect", "--raw", $"oci:{store.Path}:{tag}"));
            if (!copies || tag.StartsWith("sha256-", System.StringComparison.Ordinal)) continue;
            string copy = temporary["copy-" + tag];
            await skopeo.RunAsync("copy", "--insecure-policy", "--all", "--preserve-digests", $"oci:{store.Path}:{tag}", $"oci:{copy}:{tag}");
            Assert.Equal(descriptor.Digest, OciStore.Open(copy).Resolve(tag).Digest);
        }
    }
}
