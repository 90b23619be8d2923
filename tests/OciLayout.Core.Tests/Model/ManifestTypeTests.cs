using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace OciLayout.Tests.Model;

/// <summary>Tests the pointers of each type of manifest, and the documents that are refused (store-behaviour, section 4).</summary>
public class ManifestTypeTests
{
    private static readonly Descriptor Config = TestDocument.Describe("config"u8.ToArray(), TestLayout.ConfigType);
    private static readonly Descriptor One = TestDocument.Describe("one"u8.ToArray(), TestLayout.LayerType);
    private static readonly Descriptor Two = TestDocument.Describe("two"u8.ToArray(), MediaTypes.ImageManifest);
    private static readonly Descriptor Subject = TestDocument.Describe("subject"u8.ToArray(), MediaTypes.ImageManifest);

    public static TheoryData<string, string, string> Types => new()
    {
        { MediaTypes.ImageManifest, "config layers", "subject config layer layer" },
        { MediaTypes.ImageIndex, "manifests", "subject manifest manifest" },
        { MediaTypes.DockerManifest, "config layers", "config layer layer" },
        { MediaTypes.DockerManifestList, "manifests", "manifest manifest" },
        { MediaTypes.ArtifactManifest, "blobs", "subject blob blob" },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public void Successors_have_the_order_of_the_manifest_type(string mediaType, string members, string expected)
    {
        var manifest = Manifest.Parse(Document(mediaType, members.Split(' ').Reverse()), mediaType);

        Assert.Equal(expected, string.Join(' ', manifest.Successors.Select(s => s.Role.ToString().ToLowerInvariant())));
        Assert.Equal([One.Digest, Two.Digest], manifest.Successors.Select(s => s.Target.Digest).TakeLast(2));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Store_walks_each_type_in_the_same_order(string mediaType, string members, string expected)
    {
        using var layout = new TestLayout();
        var root = layout.PushManifest(Document(mediaType, members.Split(' ')), "it", mediaType);

        var visits = layout.Store.Walk(root).ToList();

        Assert.Equal("root " + expected, string.Join(' ', visits.Select(v => v.Role.ToString().ToLowerInvariant())));
        Assert.Equal((root.Digest, 0, false), (visits[0].Descriptor.Digest, visits[0].Depth, visits[0].IsMissing));
        Assert.All(visits.Skip(1), v => Assert.True(v.IsMissing && v.Depth == 1));
    }

    [Fact]
    public void Manifest_without_config_has_no_config_successor() =>
        Assert.Equal([One.Digest], Manifest.Parse(TestDocument.Image(null, [One]), MediaTypes.ImageManifest).Successors.Select(s => s.Target.Digest));

    [Fact]
    public void Blob_is_never_parsed_by_its_layer_or_config_type()
    {
        using var layout = new TestLayout();
        var zip = layout.PushBlob("PK not a gzip", "application/vnd.oci.image.layer.v1.tar+gzip");
        var empty = layout.PushBlob("", TestLayout.ConfigType);
        var decoy = layout.PushBlob(Encoding.UTF8.GetString(TestDocument.Image(null, [One])), TestLayout.LayerType);
        var image = layout.PushManifest(TestDocument.Image(empty, [zip, decoy]), "it");

        Assert.Equal([image.Digest, empty.Digest, zip.Digest, decoy.Digest], layout.Store.Walk(image).Select(v => v.Descriptor.Digest));
        Assert.Empty(layout.Store.GetPredecessors(One.Digest));
    }

    [Fact]
    public void Layer_that_is_typed_as_a_manifest_is_followed()
    {
        using var layout = new TestLayout();
        var inner = layout.WriteBlob(TestDocument.Image(null, [layout.PushBlob("deep")]), MediaTypes.ImageManifest);
        var outer = layout.PushManifest(TestDocument.Image(null, [inner]), "it");

        Assert.Equal(3, layout.Store.Walk(outer).Count());
        Assert.Empty(layout.Collect());
    }

    [Fact]
    public void Digest_used_as_layer_and_as_manifest_is_visited_once_and_followed()
    {
        using var layout = new TestLayout();
        var deep = layout.PushBlob("deep");
        var inner = layout.WriteBlob(TestDocument.Image(null, [deep]), MediaTypes.ImageManifest);
        var asLayer = new Descriptor(TestLayout.LayerType, inner.Digest, inner.Size);
        var first = layout.PushManifest(TestDocument.Image(null, [asLayer]));
        var root = layout.PushIndex("it", first, inner);

        Assert.Equal([root.Digest, first.Digest, inner.Digest, deep.Digest], layout.Store.Walk(root).Select(v => v.Descriptor.Digest));
        Assert.Empty(layout.Collect());
    }

    [Fact]
    public void Listed_manifest_reached_as_a_layer_keeps_its_content()
    {
        using var layout = new TestLayout();
        var inner = layout.PushImage("inner");
        var image = layout.PushManifest(TestDocument.Image(null, [new Descriptor(TestLayout.LayerType, inner.Digest, inner.Size)]), "it");

        Assert.Empty(layout.Collect());
        layout.AssertOnly(image, inner);
    }

    [Fact]
    public void Document_referenced_with_two_manifest_types_is_read_as_both()
    {
        using var layout = new TestLayout();
        var blob = layout.PushBlob("deep");
        var subject = layout.PushImage("subject", "subject");
        var bytes = TestDocument.Bytes(new JsonObject { ["subject"] = TestDocument.Node(subject), ["blobs"] = new JsonArray(TestDocument.Node(blob)) });
        var asImage = layout.WriteBlob(bytes, MediaTypes.ImageManifest);
        var asArtifact = new Descriptor(MediaTypes.ArtifactManifest, asImage.Digest, asImage.Size);
        layout.PushIndex("it", asImage, asArtifact);

        Assert.Equal([asImage.Digest], layout.Store.GetPredecessors(blob.Digest).Select(d => d.Digest));
        Assert.Empty(layout.Collect());
    }

    [Theory]
    [InlineData(MediaTypes.ImageManifest, "not JSON", "{")]
    [InlineData(MediaTypes.ImageManifest, "empty", "")]
    [InlineData(MediaTypes.ImageManifest, "no object", "[]")]
    [InlineData(MediaTypes.ImageManifest, "something after it", "{} {}")]
    [InlineData(MediaTypes.ImageManifest, "layers beside manifests", """{"layers":[#],"manifests":[#]}""")]
    [InlineData(MediaTypes.ImageIndex, "manifests beside layers", """{"manifests":[#],"layers":[#]}""")]
    [InlineData(MediaTypes.ImageIndex, "config beside manifests", """{"manifests":[#],"config":#}""")]
    [InlineData(MediaTypes.ImageManifest, "an index", """{"manifests":[#]}""")]
    [InlineData(MediaTypes.ImageIndex, "an image", """{"config":#,"layers":[#]}""")]
    [InlineData(MediaTypes.ImageManifest, "own mediaType of an index", """{"mediaType":"application/vnd.oci.image.index.v1+json"}""")]
    [InlineData(MediaTypes.ImageManifest, "own mediaType of Docker", """{"mediaType":"application/vnd.docker.distribution.manifest.v2+json"}""")]
    [InlineData(MediaTypes.ImageManifest, "layers twice", """{"layers":[#],"layers":[]}""")]
    [InlineData(MediaTypes.ImageManifest, "config twice", """{"config":#,"config":#}""")]
    [InlineData(MediaTypes.ImageManifest, "subject twice", """{"subject":#,"subject":#}""")]
    [InlineData(MediaTypes.ImageIndex, "manifests twice", """{"manifests":[],"manifests":[#]}""")]
    [InlineData(MediaTypes.ImageIndex, "mediaType twice", """{"mediaType":"application/vnd.oci.image.index.v1+json","mediaType":"application/vnd.oci.image.index.v1+json"}""")]
    [InlineData(MediaTypes.ImageManifest, "layers no array", """{"layers":#}""")]
    [InlineData(MediaTypes.ImageManifest, "config no descriptor", """{"config":"x"}""")]
    [InlineData(MediaTypes.ImageManifest, "malformed digest", """{"layers":[{"mediaType":"a/b","digest":"sha256:XYZ","size":1}]}""")]
    [InlineData(MediaTypes.ImageManifest, "no digest", """{"layers":[{"mediaType":"a/b","size":1}]}""")]
    [InlineData(MediaTypes.ImageManifest, "no size", """{"layers":[{"mediaType":"a/b","digest":"a:b"}]}""")]
    [InlineData(MediaTypes.ImageManifest, "negative size", """{"layers":[{"mediaType":"a/b","digest":"a:b","size":-1}]}""")]
    [InlineData(MediaTypes.ImageManifest, "size beyond 63 bits", """{"layers":[{"mediaType":"a/b","digest":"a:b","size":9223372036854775808}]}""")]
    public void Refused_manifest_leaves_the_store_unchanged(string mediaType, string what, string json)
    {
        using var layout = new TestLayout();
        layout.PushImage("before", "before");
        var bytes = Encoding.UTF8.GetBytes(json.Replace("#", TestDocument.Node(One).ToJsonString(), StringComparison.Ordinal));

        var error = layout.AssertRefused(OciErrorKind.InvalidManifest, () => layout.PushManifest(bytes, null, mediaType));

        Assert.True(error.Message.Contains(Digest.Compute(bytes).ToString(), StringComparison.Ordinal), $"{what}: {error.Message}");
        Assert.Equal(mediaType, error.Expected);
    }

    [Theory]
    [InlineData("""{"schemaVersion":2,"config":#,"layers":[]}""", MediaTypes.ImageManifest)]
    [InlineData("""{"schemaVersion":2,"manifests":[]}""", MediaTypes.ImageIndex)]
    [InlineData("""{"mediaType":"application/vnd.oci.artifact.manifest.v1+json"}""", MediaTypes.ArtifactManifest)]
    [InlineData("""{"mediaType":"application/vnd.docker.distribution.manifest.v2+json","layers":[]}""", MediaTypes.DockerManifest)]
    [InlineData("""{"schemaVersion":2,"mediaType":"application/x-mine","manifests":[]}""", MediaTypes.OctetStream)]
    [InlineData("""{"layers":[],"manifests":[]}""", MediaTypes.OctetStream)]
    [InlineData("""{"architecture":"amd64","os":"linux","config":{}}""", MediaTypes.OctetStream)]
    [InlineData("""{"schemaVersion":2,"manifests":""", MediaTypes.OctetStream)]
    [InlineData("[1]", MediaTypes.OctetStream)]
    public void Unreferenced_content_is_typed_by_its_media_type_field_or_shape(string json, string expected)
    {
        using var layout = new TestLayout();
        var blob = layout.PushBlob(json.Replace("#", TestDocument.Node(Config).ToJsonString(), StringComparison.Ordinal));

        Assert.Equal(expected, layout.Store.Resolve(blob.Digest.ToString()).MediaType);
    }

    [Fact]
    public void Manifest_over_the_limit_is_refused_unless_the_limit_is_raised()
    {
        using var layout = new TestLayout();
        var big = TestDocument.Image(null, [], annotations: new Dictionary<string, string> { ["pad"] = new string('x', 4 << 20) });

        layout.AssertRefused(OciErrorKind.SizeLimitExceeded, () => layout.PushManifest(big));

        var image = layout.WriteBlob(big, MediaTypes.ImageManifest);
        layout.WriteIndex((image, "big"));
        layout.AssertRefused(OciErrorKind.SizeLimitExceeded, () => layout.Store.GetManifest(image));
        Assert.Equal(OciErrorKind.SizeLimitExceeded, Assert.Single(layout.Store.Walk(image)).Problem?.Kind);

        var raised = layout.Store.WithOptions(layout.Store.Options with { ManifestSizeLimit = 8 << 20 });
        Assert.Equal(big.Length, raised.GetManifest(image).Bytes.Length);
        Assert.Null(Assert.Single(raised.Walk(image)).Problem);
    }

    private static byte[] Document(string mediaType, IEnumerable<string> members)
    {
        var document = new JsonObject { ["mediaType"] = mediaType };
        foreach (var member in members)
            document[member] = member == "config" ? TestDocument.Node(Config) : new JsonArray(TestDocument.Node(One), TestDocument.Node(Two));
        document["subject"] = TestDocument.Node(Subject);
        return TestDocument.Bytes(document);
    }
}
