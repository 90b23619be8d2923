using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using OciLayout.Tests.Blobs;
using Xunit;

namespace OciLayout.Tests.Store;

/// <summary>Tests pushing manifests (section 2): they are parsed before they are published, then listed, and stored verbatim.</summary>
public class ManifestPushTests
{
    private const string Config = """
        {"mediaType":"application/vnd.oci.empty.v1+json","size":2,
         "digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}
        """;

    [Fact]
    public async Task Manifest_is_stored_verbatim_and_listed()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var bytes = Sample.Bytes(
            "\n{ \"layers\": [ ],\t\"config\": " + Config + ", \"unknown\": [1.50, \"\\u0041\"], \"schemaVersion\": 2 }\r\n");

        var image = store.Push(new PushRequest { MediaType = MediaTypes.ImageManifest }, new MemoryStream(bytes)).Descriptor;

        Assert.Equal(bytes, store.Read(image));
        Assert.Equal(["=" + image.Digest], sandbox.Isolated().EntryNames());
        Assert.Equal(image.MediaType, sandbox.Isolated().Resolve(image.Digest.ToString()).MediaType);
        await sandbox.AssertSoundAsync();
    }

    [Fact]
    public void Pushed_descriptor_keeps_all_its_fields()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var bytes = Sample.Manifest("a", store.PushBlob("{}", MediaTypes.Empty));
        var pushed = new Descriptor(MediaTypes.ImageManifest, Digest.Compute(bytes), bytes.Length)
        {
            Annotations = new Dictionary<string, string> { ["com.example.key"] = "välue", [AnnotationKeys.RefName] = "not-by-pushing" },
            Platform = new Platform("linux", "arm64") { Variant = "v8" },
            ArtifactType = "application/vnd.example",
        };

        store.Push(pushed, new MemoryStream(bytes));

        var listing = Assert.Single(sandbox.Isolated().GetEntries());
        Assert.Null(listing.Tag); // a push sets no tag
        Assert.Equal("välue", listing.Descriptor!.Annotations["com.example.key"]);
        Assert.Equal(
            ("linux", "arm64", "v8"),
            (listing.Descriptor.Platform!.OS, listing.Descriptor.Platform.Architecture, listing.Descriptor.Platform.Variant));
        Assert.Equal("application/vnd.example", listing.Descriptor.ArtifactType);
    }

    [Fact]
    public void Push_lists_a_stored_unlisted_manifest()
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        var image = sandbox.PutImage("a");
        var bytes = File.ReadAllBytes(sandbox.BlobPath(image.Digest));

        sandbox.Open().Push(image, new UnreadableStream());

        Assert.Equal(["=" + image.Digest], sandbox.Isolated().EntryNames());
        Assert.Equal(bytes, File.ReadAllBytes(sandbox.BlobPath(image.Digest)));
    }

    [Fact]
    public void Pending_manifest_is_saved_by_the_next_push_that_saves()
    {
        using var sandbox = new Sandbox();
        var saving = sandbox.Create();
        var waiting = sandbox.Open(new OciStoreOptions { AutoSaveIndex = false });
        var image = waiting.PushImage("a");
        Assert.Empty(sandbox.Isolated().GetEntries());

        saving.Push(new PushRequest { MediaType = image.MediaType, Digest = image.Digest, Size = image.Size }, new UnreadableStream());

        Assert.Equal(["=" + image.Digest], sandbox.Isolated().EntryNames());
    }

    public static TheoryData<string, string, string, string> BadManifests => new()
    {
        { "not json", MediaTypes.ImageManifest, "no manifest", "no manifest" },
        { "empty", MediaTypes.ImageManifest, "", "empty" },
        { "an array", MediaTypes.ImageManifest, "[]", "array" },
        { "truncated", MediaTypes.ImageManifest, """{"schemaVersion":2,""", "JSON" },
        { "two documents", MediaTypes.ImageManifest, "{}{}", "JSON" },
        { "own type contradicts", MediaTypes.ImageManifest, """{"mediaType":"application/vnd.oci.image.index.v1+json"}""", "application/vnd.oci.image.index.v1+json" },
        { "own type is not a manifest type", MediaTypes.ImageIndex, """{"mediaType":"text/plain","manifests":[]}""", "text/plain" },
        { "layers beside manifests", MediaTypes.ImageManifest, $$"""{"layers":[{{Config}}],"manifests":[{{Config}}]}""", "manifests" },
        { "config beside manifests", MediaTypes.ImageIndex, $$"""{"config":{{Config}},"manifests":[{{Config}}]}""", "manifests" },
        { "index without being one", MediaTypes.ImageManifest, $$"""{"manifests":[{{Config}}]}""", "manifests" },
        { "image without being one", MediaTypes.ImageIndex, $$"""{"layers":[{{Config}}]}""", "layers" },
        { "member twice", MediaTypes.ImageManifest, """{"layers":[],"layers":[]}""", "layers" },
        { "layers no array", MediaTypes.ImageManifest, """{"layers":{}}""", "layers" },
        { "layer no object", MediaTypes.ImageManifest, """{"layers":["sha256:abc"]}""", "layers" },
        { "layer without digest", MediaTypes.ImageManifest, """{"layers":[{"mediaType":"a/b","size":1}]}""", "digest" },
        { "digest climbs", MediaTypes.ImageManifest, """{"layers":[{"mediaType":"a/b","size":1,"digest":"sha256:../../../etc/passwd"}]}""", "../../../etc/passwd" },
        { "negative size", MediaTypes.ImageManifest, """{"layers":[{"mediaType":"a/b","size":-1,"digest":"blake3:aa"}]}""", "-1" },
        { "huge size", MediaTypes.ImageManifest, """{"layers":[{"mediaType":"a/b","size":99999999999999999999,"digest":"blake3:aa"}]}""", "size" },
        { "no UTF-8", MediaTypes.ImageManifest, "{\"artifactType\":\"\\ud800\"}", "UTF-8" },
    };

    [Theory]
    [MemberData(nameof(BadManifests))]
    public void Invalid_manifest_is_refused_before_it_is_published(string what, string mediaType, string text, string named)
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var before = sandbox.Snapshot();
        var bytes = Sample.Bytes(text);
        var descriptor = Sample.Describe(mediaType, bytes);

        var error = Sandbox.Refused(
            OciErrorKind.InvalidManifest,
            () => store.Push(descriptor, new MemoryStream(bytes)),
            descriptor.Digest.ToString());

        Assert.True(error.Message.Contains(named, System.StringComparison.Ordinal) || named == "JSON", $"{what}: {error.Message}");
        Assert.Equal(mediaType, error.Expected);
        Assert.Empty(sandbox.Litter());
        Assert.Equal(before, sandbox.Snapshot());
    }

    [Fact]
    public void Stored_blob_is_kept_if_it_is_pushed_as_an_invalid_manifest()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var blob = store.PushBlob("no manifest");

        Sandbox.Refused(
            OciErrorKind.InvalidManifest,
            () => store.Push(new Descriptor(MediaTypes.ImageManifest, blob.Digest, blob.Size), new UnreadableStream()),
            blob.Digest.ToString());

        Assert.Equal("no manifest"u8.ToArray(), store.Read(blob));
        Assert.Empty(store.GetEntries());
    }

    [Fact]
    public void Manifest_over_the_limit_is_refused_before_it_is_read_unless_the_limit_is_raised()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var before = sandbox.Snapshot();
        var bytes = Sample.Bytes("{\"layers\":[]}" + new string(' ', 4 << 20));
        var descriptor = Sample.Describe(MediaTypes.ImageManifest, bytes);

        var error = Sandbox.Refused(
            OciErrorKind.SizeLimitExceeded,
            () => store.Push(descriptor, new UnreadableStream()),
            descriptor.Digest.ToString(),
            "4194304");
        Assert.Equal("at most 4194304", error.Expected);
        Sandbox.Refused(
            OciErrorKind.SizeLimitExceeded,
            () => store.Push(new PushRequest { MediaType = MediaTypes.ImageManifest }, new SlowStream(new byte[5 << 20]) { Endless = true }),
            "4194304");
        Assert.Equal(before, sandbox.Snapshot());

        store.WithOptions(new OciStoreOptions { ManifestSizeLimit = 8 << 20 }).Push(descriptor, new MemoryStream(bytes));

        Sandbox.Refused(OciErrorKind.SizeLimitExceeded, () => store.GetManifest(descriptor), descriptor.Digest.ToString(), "4194304");
        Assert.Equal(["=" + descriptor.Digest], store.EntryNames()); // a manifest that is too large to parse does not affect other calls
        store.Tag(store.PushImage("small"), "v1");
        Assert.Equal(["v1"], store.TagNames());
    }

    [Fact]
    public void Default_media_type_is_that_of_the_document()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        Descriptor Push(string json) => store.Push(new PushRequest { AsManifest = true }, new MemoryStream(Sample.Bytes(json))).Descriptor;

        Assert.Equal(MediaTypes.DockerManifest, Push($$"""{"mediaType":"{{MediaTypes.DockerManifest}}","schemaVersion":2}""").MediaType);
        Assert.Equal(MediaTypes.ImageManifest, Push($$"""{"schemaVersion":2,"config":{{Config}},"layers":[]}""").MediaType);
        Assert.Equal(MediaTypes.ImageIndex, Push("""{"schemaVersion":2,"manifests":[]}""").MediaType);
        Sandbox.Refused(OciErrorKind.InvalidManifest, () => Push("""{"schemaVersion":2}"""));
        Sandbox.Refused(OciErrorKind.InvalidManifest, () => Push("text"));
        Assert.Equal(3, store.GetEntries().Count);
    }

    [Fact]
    public void Only_five_manifest_types_are_listed()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        string[] types =
        [
            MediaTypes.ImageManifest, MediaTypes.ImageIndex, MediaTypes.DockerManifest, MediaTypes.DockerManifestList,
            MediaTypes.ArtifactManifest,
        ];
        foreach (var type in types)
            store.Push(new PushRequest { MediaType = type }, new MemoryStream(Sample.Bytes($$"""{"mediaType":"{{type}}"}""")));

        store.Push(new PushRequest { MediaType = "application/vnd.oci.image.config.v1+json" }, new MemoryStream("{}"u8.ToArray()));

        Assert.Equal(types, store.GetEntries().Select(e => e.Descriptor!.MediaType));
    }
}
