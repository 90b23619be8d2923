using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Interop.Tests;

/// <summary>Tests that skopeo, umoci and tar read archives written by this library, and that it reads theirs.</summary>
public class ArchiveTests
{
    [Theory]
    [InlineData("archive.tar", false)]
    [InlineData("archive.tar.gz", false)]
    [InlineData("docker.tar", true)]
    public async Task Skopeo_reads_an_exported_archive_as_a_layout(string name, bool docker)
    {
        Tool skopeo = Tool.Require("skopeo");
        using var temporary = new TemporaryDirectory();
        var store = OciStore.Create(temporary["store"]);
        var image = TinyImage.Push(store, "v1");
        TinyImage.PushMultiPlatform(store, "multi");

        new OciExport(store).Run(new OciExport(store, new ExportOptions { DockerCompatible = docker }).Plan(), temporary[name]);

        Assert.Equal(Encoding.UTF8.GetString(store.ReadAll(image, 1 << 20)), await skopeo.RunAsync("inspect", "--raw", $"oci-archive:{temporary[name]}:v1"));
        await skopeo.RunAsync("copy", "--insecure-policy", "--all", "--preserve-digests", $"oci-archive:{temporary[name]}:multi", $"oci:{temporary["copy"]}:again");
        Assert.Equal(store.Resolve("multi").Digest, OciStore.Open(temporary["copy"]).Resolve("again").Digest);
    }

    // The archive is not compressed, because skopeo 1.9 cannot read any compressed docker-archive.
    [Fact]
    public async Task Skopeo_reads_an_exported_archive_as_a_docker_archive()
    {
        const string name = "archive.tar";
        Tool skopeo = Tool.Require("skopeo");
        using var temporary = new TemporaryDirectory();
        var store = OciStore.Create(temporary["store"]);
        var image = TinyImage.Push(store, "v1");
        store.Tag(image, "example.com/app:2");

        new OciExport(store).Run(new OciExport(store, new ExportOptions { DockerCompatible = true }).Plan(), temporary[name]);

        foreach (string tag in new[] { "localhost/layout:v1", "example.com/app:2" })
        {
            Assert.Contains("/greeting", await skopeo.RunAsync("inspect", "--config", $"docker-archive:{temporary[name]}:{tag}"), System.StringComparison.Ordinal);
            string copy = temporary["copy" + tag.Length];
            await skopeo.RunAsync("copy", "--insecure-policy", $"docker-archive:{temporary[name]}:{tag}", $"oci:{copy}:it");
            var copied = OciStore.Open(copy);
            Assert.Equal(store.GetManifest(image).Config!.Digest, copied.GetManifest(copied.Resolve("it")).Config!.Digest);
        }
    }

    [Theory]
    [InlineData("oci-archive", false)]
    [InlineData("docker-archive", false)]
    [InlineData("docker-archive", true)]
    public async Task Archive_of_skopeo_is_imported(string kind, bool compressed)
    {
        Tool skopeo = Tool.Require("skopeo");
        using var temporary = new TemporaryDirectory();
        var source = OciStore.Create(temporary["source"]);
        var image = TinyImage.Push(source, "v1");
        string archive = temporary["archive.tar"];
        await skopeo.RunAsync("copy", "--insecure-policy", $"oci:{source.Path}:v1", kind == "oci-archive" ? $"{kind}:{archive}:v1" : $"{kind}:{archive}:example.com/app:1");
        if (compressed) (await ExternalProcess.RunAsync("gzip", [archive])).AssertSuccess();

        var store = OciStore.Create(temporary["store"]);
        new OciImport(store).Run(compressed ? archive + ".gz" : archive);

        var tag = Assert.Single(store.GetTags());
        Assert.Equal(kind == "oci-archive" ? "v1" : "example.com/app:1", tag.Tag);
        var imported = store.GetManifest(tag.Descriptor!);
        Assert.Equal(source.GetManifest(image).Config!.Digest, imported.Config!.Digest);
        Assert.All(store.Walk(tag.Descriptor!), v => Assert.False(v.IsMissing));
        await skopeo.RunAsync("copy", "--insecure-policy", $"oci:{store.Path}:{tag.Tag}", $"oci:{temporary["copy"]}:again");
        if (kind == "oci-archive") Assert.Equal(["v1"], OciStore.Open(archive).GetTags().Select(t => t.Tag));
    }

    [Fact]
    public async Task Docker_archive_with_several_images_is_imported_with_all_names()
    {
        Tool skopeo = Tool.Require("skopeo");
        using var temporary = new TemporaryDirectory();
        var source = OciStore.Create(temporary["source"]);
        TinyImage.Push(source, "v1");
        string archive = temporary["archive.tar"];
        await skopeo.RunAsync("copy", "--insecure-policy", "--additional-tag", "example.com/app:2", $"oci:{source.Path}:v1", $"docker-archive:{archive}:example.com/app:1");

        var store = OciStore.Create(temporary["store"]);
        new OciImport(store).Run(archive);

        Assert.Equal(["example.com/app:1", "example.com/app:2"], store.GetTags().Select(t => t.Tag));
    }

    [Fact]
    public async Task Imported_archive_is_unpacked_by_umoci()
    {
        Tool umoci = Tool.Require("umoci");
        using var temporary = new TemporaryDirectory();
        var source = OciStore.Create(temporary["source"]);
        TinyImage.Push(source, "v1");
        new OciExport(source).Run(new OciExport(source).Plan(), temporary["archive.tar.gz"]);

        var store = OciStore.Create(temporary["store"]);
        new OciImport(store).Run(temporary["archive.tar.gz"]);

        await umoci.RunAsync("unpack", "--rootless", "--image", store.Path + ":v1", temporary["bundle"]);
        Assert.Equal(TinyImage.Greeting, await File.ReadAllTextAsync(temporary["bundle", "rootfs", "greeting"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Exported_archive_unpacked_by_tar_is_a_layout()
    {
        Tool tar = Tool.Require("tar");
        Tool umoci = Tool.Require("umoci");
        using var temporary = new TemporaryDirectory();
        var source = OciStore.Create(temporary["source"]);
        TinyImage.Push(source, "v1");
        var long512 = source.Push(new PushRequest { Algorithm = DigestAlgorithm.Sha512 }, new MemoryStream([1, 2, 3])).Descriptor;
        new OciExport(source).Run(new OciExport(source).Plan(), temporary["archive.tar"]);

        await tar.RunAsync("-xf", temporary["archive.tar"], "-C", temporary.NewDirectory("unpacked"));

        var unpacked = OciStore.Open(temporary["unpacked"]);
        Assert.Equal([1, 2, 3], unpacked.ReadAll(long512, 10));
        Assert.Equal("v1\n", await umoci.RunAsync("ls", "--layout", unpacked.Path));
    }

    [Theory]
    [InlineData("--format=gnu")]
    [InlineData("--format=posix")]
    [InlineData("--format=ustar")]
    [InlineData("--format=v7")]
    public async Task Archive_of_tar_is_opened_in_place_and_imported(string format)
    {
        Tool tar = Tool.Require("tar");
        using var temporary = new TemporaryDirectory();
        var source = OciStore.Open(RealLayout.Unpack("umoci.tar", temporary));
        var digests = Digests(source);
        if (format is "--format=gnu" or "--format=posix") digests.Add(source.Push(new PushRequest { Algorithm = DigestAlgorithm.Sha512 }, new MemoryStream([1, 2, 3])).Descriptor.Digest);

        await tar.RunAsync(format, "-cf", temporary["archive.tar"], "--exclude=./ingest", "-C", source.Path, ".");

        var archive = OciStore.Open(temporary["archive.tar"]);
        var store = OciStore.Create(temporary["store"]);
        new OciImport(store).Run(temporary["archive.tar"]);
        Assert.Equal(source.GetTags().Select(t => t.Tag), archive.GetTags().Select(t => t.Tag));
        Assert.Equal(source.GetTags().Select(t => t.Tag), store.GetTags().Select(t => t.Tag));
        Assert.All(digests, d => Assert.True(archive.Exists(d) && store.Exists(d), d.ToString()));
    }

    private static List<Digest> Digests(OciStore store) =>
        [.. store.GetTags().SelectMany(t => store.Walk(t.Descriptor!)).Select(v => v.Descriptor.Digest).Distinct()];
}
