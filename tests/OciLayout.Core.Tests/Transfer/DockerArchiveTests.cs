using System;
using System.IO;
using System.Linq;
using OciLayout.Tests.Archives;
using OciLayout.Tests.Store;
using Xunit;

namespace OciLayout.Tests.Transfer;

/// <summary>
/// Tests importing archives of older <c>docker save</c> versions, which are not layouts. The images keep their configs and layers byte for
/// byte.
/// </summary>
public class DockerArchiveTests
{
    private static readonly byte[] First = "first layer"u8.ToArray();
    private static readonly byte[] Second = "second layer"u8.ToArray();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Imported_images_keep_their_docker_names(bool compressed)
    {
        using var sandbox = new Sandbox();
        var config = Config(First, Second);
        var archive = new ArchiveBuilder()
            .File("1/VERSION", "1.0").File("1/json", "{}").File("1/layer.tar", First)
            .File("2/VERSION", "1.0").File("2/json", "{}").File("2/layer.tar", Second).Link("3/layer.tar", "../1/layer.tar")
            .File(Hex(config) + ".json", config)
            .File("manifest.json", $$"""[{"Config":"{{Hex(config)}}.json","RepoTags":["app:1","docker.io/library/app:latest"],"Layers":["3/layer.tar","2/layer.tar"]}]""")
            .File("repositories", "{}");

        var store = Import(sandbox, archive, compressed);

        Assert.Equal(["app:1", "app:latest"], store.TagNames());
        var image = store.GetManifest(store.Resolve("app:1"));
        Assert.Equal(config, store.Read(image.Config!));
        Assert.Equal("application/vnd.oci.image.config.v1+json", image.Config!.MediaType);
        Assert.Equal([First, Second], image.Layers.Select(store.Read));
        Assert.All(image.Layers, l => Assert.Equal("application/vnd.oci.image.layer.v1.tar", l.MediaType));
        Assert.Equal("docker.io/library/app:1", store.Resolve("app:1").Annotations[AnnotationKeys.ContainerdImageName]);
        Assert.Equal(4, store.State.Blobs.List().Count());
        Assert.Empty(sandbox.Litter());
    }

    [Fact]
    public void Compressed_layers_keep_their_bytes_and_are_verified()
    {
        using var sandbox = new Sandbox();
        var layer = ArchiveBuilder.Gzip(First);
        var config = Config(First);

        var store = Import(sandbox, new ArchiveBuilder().File("sha256:" + Hex(config), config).File("l.tar.gz", layer)
            .File("manifest.json", $$"""[{"Config":"sha256:{{Hex(config)}}","RepoTags":["app:1"],"Layers":["l.tar.gz"]}]"""), compressed: false);

        var image = store.GetManifest(store.Resolve("app:1"));
        Assert.Equal("application/vnd.oci.image.layer.v1.tar+gzip", image.Layers[0].MediaType);
        Assert.Equal(layer, store.Read(image.Layers[0]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Shared_layer_and_config_are_read_once(bool compressed)
    {
        using var sandbox = new Sandbox();
        var config = Config(First);
        var image = $$"""{"Config":"c.json","RepoTags":["app:1"],"Layers":["l.tar"]}""";
        var files = new HookedFileSystem();
        var opened = 0;
        sandbox.Create();
        files.Before = (operation, target) => opened += operation == FileOperation.OpenRead && target.EndsWith(".upload", StringComparison.Ordinal) ? 1 : 0;
        var archive = new ArchiveBuilder().File("c.json", config).File("l.tar", compressed ? ArchiveBuilder.Gzip(First) : First)
            .File("manifest.json", $"[{string.Join(',', Enumerable.Repeat(image, 1000))}]");
        var store = sandbox.Isolated(files);

        store.Import(archive.Save(sandbox.Beside("a.tar")));

        Assert.InRange(opened, 1, 10);
        Assert.Equal(["app:1"], store.TagNames());
    }

    [Fact]
    public void Unnamed_image_is_listed_without_a_tag()
    {
        using var sandbox = new Sandbox();
        var config = Config();
        var store = Import(sandbox, new ArchiveBuilder().File("c.json", config).File("manifest.json", """[{"Config":"c.json","RepoTags":null,"Layers":null}]"""), compressed: false);

        Assert.Empty(store.TagNames());
        Assert.Equal(Digest.Compute(config), store.GetManifest(Assert.Single(store.GetEntries()).Descriptor!).Config!.Digest);
    }

    [Theory]
    [InlineData("layer is another one", OciErrorKind.DigestMismatch)]
    [InlineData("compressed layer is another one", OciErrorKind.DigestMismatch)]
    [InlineData("config is not what it is named", OciErrorKind.DigestMismatch)]
    [InlineData("layer is missing", OciErrorKind.InvalidArchive)]
    [InlineData("layer leads nowhere", OciErrorKind.InvalidArchive)]
    [InlineData("layer leads in a circle", OciErrorKind.InvalidArchive)]
    [InlineData("layer is outside", OciErrorKind.InvalidArchive)]
    [InlineData("more layers than the config says", OciErrorKind.InvalidArchive)]
    [InlineData("config is not a config", OciErrorKind.InvalidArchive)]
    [InlineData("manifest.json is not a list", OciErrorKind.InvalidArchive)]
    [InlineData("manifest.json is not JSON", OciErrorKind.InvalidArchive)]
    [InlineData("name that is none", OciErrorKind.InvalidReference)]
    [InlineData("no manifest.json", OciErrorKind.InvalidLayout)]
    public void Malicious_archive_is_refused_before_any_content_is_visible(string trick, OciErrorKind kind)
    {
        using var sandbox = new Sandbox();
        var config = Config(First);
        var name = Hex(config) + ".json";
        var layers = "\"l.tar\"";
        var archive = new ArchiveBuilder();
        _ = trick switch
        {
            "layer is another one" => archive.File(name, config).File("l.tar", Second),
            "compressed layer is another one" => archive.File(name, config).File("l.tar", ArchiveBuilder.Gzip(Second)),
            "config is not what it is named" => archive.File(name, Config(First, Second)).File("l.tar", First),
            "layer is missing" => archive.File(name, config),
            "layer leads nowhere" => archive.File(name, config).Link("l.tar", "nowhere"),
            "layer leads in a circle" => archive.File(name, config).Link("l.tar", "m.tar").Link("m.tar", "l.tar"),
            "config is not a config" => archive.File(name = "c.json", "[]").File("l.tar", First),
            _ => archive.File(name, config).File("l.tar", First),
        };
        if (trick == "layer is outside") layers = "\"../l.tar\"";
        if (trick == "more layers than the config says") layers = "\"l.tar\",\"l.tar\"";
        var tag = trick == "name that is none" ? "a b" : "app:1";
        var list = $$"""[{"Config":"{{name}}","RepoTags":["{{tag}}"],"Layers":[{{layers}}]}]""";
        if (trick != "no manifest.json") archive.File("manifest.json", trick == "manifest.json is not a list" ? "{}" : trick == "manifest.json is not JSON" ? "[" : list);

        var before = Create(sandbox);
        Sandbox.Refused(kind, () => Import(sandbox, archive, compressed: false));

        Assert.Equal(before, sandbox.Snapshot());
        Assert.Empty(sandbox.Litter());
    }

    private static System.Collections.Generic.List<string> Create(Sandbox sandbox)
    {
        sandbox.Create();
        return sandbox.Snapshot();
    }

    private static OciStore Import(Sandbox sandbox, ArchiveBuilder archive, bool compressed)
    {
        var path = sandbox.Beside("docker.tar");
        File.WriteAllBytes(path, compressed ? ArchiveBuilder.Gzip(archive.ToBytes()) : archive.ToBytes());
        var store = sandbox.Create();
        store.Import(path);
        return store;
    }

    private static byte[] Config(params byte[][] layers) => Sample.Bytes(
        $$"""{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[{{string.Join(",", layers.Select(l => $"\"{Digest.Compute(l)}\""))}}]} }""");

    private static string Hex(byte[] content) => Digest.Compute(content).Encoded;
}
