using System.IO;
using System.Linq;
using Xunit;

namespace OciLayout.Tests.Store;

/// <summary>Tests the resolution of references that users type (section 2, Resolve).</summary>
public class ResolveTests
{
    [Fact]
    public void Tag_gives_the_full_descriptor_and_digest_the_plain_one()
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        var image = sandbox.PutImage("a");
        var tagged = new Descriptor(image.MediaType, image.Digest, image.Size)
        {
            Platform = new Platform("linux", "amd64"),
            ArtifactType = "a/b",
        };
        sandbox.IndexText = Sample.Index(Sample.Entry(tagged, "v1"));
        var store = sandbox.Open();

        var full = store.Resolve("v1");
        Assert.Equal(("linux", "a/b"), (full.Platform?.OS, full.ArtifactType));
        Assert.Equal("v1", full.Annotations[AnnotationKeys.RefName]);
        var plain = store.Resolve(image.Digest.ToString());
        Assert.Equal((image.MediaType, image.Digest, image.Size), (plain.MediaType, plain.Digest, plain.Size));
        Assert.Null(plain.Platform);
        Assert.Null(plain.ArtifactType);
    }

    [Fact]
    public void Digest_resolves_to_its_content_even_if_a_tag_has_the_same_text()
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        Descriptor a = sandbox.PutImage("a"), b = sandbox.PutImage("b");
        sandbox.IndexText = Sample.Index(Sample.Entry(a, b.Digest.ToString()), Sample.Entry(b));

        Assert.Equal(b.Digest, sandbox.Open().Resolve(b.Digest.ToString()).Digest);
    }

    [Fact]
    public void Digest_of_unlisted_content_resolves_with_size_and_type()
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        var image = sandbox.PutImage("not listed");
        var blob = sandbox.Put("text/plain", Sample.Bytes("bytes of which nothing is known"));
        var layer = sandbox.Put("application/x-layer", Sample.Bytes("a layer"));
        var parent = sandbox.Put(
            MediaTypes.ImageManifest,
            Sample.Manifest("parent", sandbox.Put(MediaTypes.Empty, "{}"u8.ToArray()), layer));
        sandbox.IndexText = Sample.Index(Sample.Entry(parent, "v1"));
        var store = sandbox.Open();
        (string Type, long Size) Resolve(Descriptor d) => (
            store.Resolve(d.Digest.ToString()).MediaType,
            store.Resolve(d.Digest.ToString()).Size);

        Assert.Equal((MediaTypes.ImageManifest, image.Size), Resolve(image)); // type detected from the content
        Assert.Equal((MediaTypes.OctetStream, blob.Size), Resolve(blob)); // type unknown
        Assert.Equal(("application/x-layer", layer.Size), Resolve(layer)); // type from the manifest that names it
    }

    [Fact]
    public void Unknown_reference_is_not_found_and_an_empty_one_is_missing()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        store.PushImage("a");
        var unknown = Digest.Compute("unknown"u8).ToString();

        Sandbox.Refused(OciErrorKind.MissingReference, () => store.Resolve(""));
        Sandbox.Refused(OciErrorKind.MissingReference, () => store.Resolve(null!));
        Sandbox.Refused(OciErrorKind.MissingReference, () => store.Untag(""));
        Sandbox.Refused(OciErrorKind.MissingReference, () => store.Tag(store.PushBlob("x"), ""));
        Assert.Equal("v9", Sandbox.Refused(OciErrorKind.NotFound, () => store.Resolve("v9"), "'v9'").Subject);
        Sandbox.Refused(OciErrorKind.NotFound, () => store.Resolve(unknown), unknown);
        Sandbox.Refused(OciErrorKind.NotFound, () => store.Resolve(unknown.Substring(0, 30)), unknown.Substring(0, 30));
        Sandbox.Refused(OciErrorKind.NotFound, () => store.Resolve("blake3:aabbcc"), "blake3:aabbcc");
        Sandbox.Refused(OciErrorKind.NotFound, () => store.Resolve("../../../etc/passwd"), "../../../etc/passwd");
        var error = Sandbox.Refused(OciErrorKind.NotFound, () => store.Resolve(new string('x', 1_000_000)), "xxx...");
        Assert.True(error.Subject!.Length < 200);
    }

    [Fact]
    public void Unique_digest_prefix_of_reachable_content_resolves()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var image = store.PushImage("a");
        var layer = store.GetManifest(image).Layers[0];

        foreach (var digest in new[] { image.Digest, layer.Digest })
        {
            var hex = digest.Encoded;
            var text = digest.ToString(); // "sha256:" and the hex digits
            Assert.Equal(digest, store.Resolve(hex.Substring(0, 7)).Digest);
            Assert.Equal(digest, store.Resolve(text.Substring(0, 14)).Digest);
            Assert.Equal(digest, store.Resolve(hex).Digest);
            Assert.Equal(digest, store.Resolve(text.Substring(0, 70)).Digest);
            Sandbox.Refused(OciErrorKind.NotFound, () => store.Resolve(hex.Substring(0, 6)));
            Sandbox.Refused(OciErrorKind.InvalidDigest, () => store.Resolve(text.Substring(0, 13)));
            Sandbox.Refused(OciErrorKind.NotFound, () => store.Resolve(hex.Substring(0, 7), allowBarePrefix: false));
            Sandbox.Refused(
                OciErrorKind.NotFound,
                () => store.Resolve(text.Substring(0, 14).Replace("256", "512", System.StringComparison.Ordinal)));
        }

        var loose = store.PushBlob("in no graph");
        Sandbox.Refused(OciErrorKind.NotFound, () => store.Resolve(loose.Digest.Encoded.Substring(0, 12)));
        store.Tag(layer, image.Digest.Encoded.Substring(0, 8));
        Assert.Equal(layer.Digest, store.Resolve(image.Digest.Encoded.Substring(0, 8)).Digest); // a tag takes precedence over a prefix
    }

    [Fact]
    public void Ambiguous_prefix_names_its_candidates()
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        string[] digests = ["sha256:abcdef0" + new string('1', 57), "sha256:abcdef0" + new string('2', 57)];
        var image = sandbox.PutImage("a");
        sandbox.IndexText = Sample.Index(
            [.. digests.Select(d => Sample.Entry(new Descriptor("a/b", Digest.Parse(d), 1))), Sample.Entry(image)]);
        var store = sandbox.Open();

        var error = Sandbox.Refused(OciErrorKind.AmbiguousReference, () => store.Resolve("abcdef0"), ["abcdef0", .. digests]);
        Assert.Equal(digests, error.Related);
        Sandbox.Refused(OciErrorKind.AmbiguousReference, () => store.Resolve("sha256:abcdef0"), digests);
        Assert.Equal(digests[1], store.Resolve("abcdef02").Digest.ToString());
        Assert.Equal(image.Digest, store.Resolve(image.Digest.Encoded.Substring(0, 10)).Digest);
    }

    [Fact]
    public void Listed_digest_resolves_even_if_its_file_is_missing()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var image = store.PushImage("a");
        store.Tag(image, "v1");
        File.Delete(sandbox.BlobPath(image.Digest));

        Assert.Equal(image.Digest, store.Resolve("v1").Digest);
        Assert.Equal(image.Digest, store.Resolve(image.Digest.ToString()).Digest);
        Assert.False(store.Exists(image.Digest));
        Assert.True(store.Walk(store.Resolve("v1")).Single().IsMissing);
    }
}
