using System;
using System.IO;
using System.Linq;
using Xunit;

namespace OciLayout.Tests.Index;

/// <summary>Tests that unusual content of index.json from other tools is read, is kept, and stops no operation (section 1).</summary>
public class IndexReadingTests
{
    [Theory]
    [InlineData("""{"schemaVersion":2,"manifests":null}""", """{"schemaVersion":2,"manifests":[""", "]}")]
    [InlineData("""{"manifests" : null , "annotations":{"a":"b"}}""", """{"manifests" : [""", """] , "annotations":{"a":"b"}}""")]
    [InlineData("{\n  \"manifests\": [\n  ],\n  \"x\": 1\n}\n", "{\n  \"manifests\": [", "\n  ],\n  \"x\": 1\n}\n")]
    [InlineData("\uFEFF{\"manifests\":[]}", "{\"manifests\":[", "]}")]
    public void Index_without_entries_is_empty_and_its_other_members_are_kept(string text, string before, string after)
    {
        using var sandbox = new Sandbox().WithIndex(text);
        var store = sandbox.Open();
        Assert.Empty(store.GetEntries());
        Assert.Empty(store.GetTags());
        var unread = File.ReadAllBytes(sandbox.IndexPath);
        store.SaveIndex();
        Assert.Equal(unread, File.ReadAllBytes(sandbox.IndexPath));

        var image = store.PushImage("a");

        Assert.Equal(before + Sample.Entry(image) + after, System.Text.Encoding.UTF8.GetString(File.ReadAllBytes(sandbox.IndexPath)));
    }

    [Fact]
    public void Last_of_several_entries_with_one_tag_resolves_and_the_others_keep_their_bytes()
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        Descriptor a = sandbox.PutImage("a"), b = sandbox.PutImage("b"), c = sandbox.PutImage("c");
        sandbox.IndexText = Sample.Index(Sample.Entry(a, "v1"), Sample.Entry(b, "v1"), Sample.Entry(c, "v2"));
        var store = sandbox.Open();

        Assert.Equal(b.Digest, store.Resolve("v1").Digest);
        Assert.Equal(["v1", "v2"], store.TagNames());

        store.Tag(a, "v3"); // does not name the tag v1
        Assert.StartsWith(
            Sample.Index(Sample.Entry(a, "v1"), Sample.Entry(b, "v1"), Sample.Entry(c, "v2")).TrimEnd('}', ']'),
            sandbox.IndexText,
            StringComparison.Ordinal);
        store.Collect();
        Assert.True(store.Exists(a.Digest)); // a shadowed entry is still a root

        store.Untag("v3");
        store.Untag("v1"); // names v1: all its entries lose the tag at once
        Assert.Equal(Sample.Index(Sample.Entry(a), Sample.Entry(b), Sample.Entry(c, "v2")), sandbox.IndexText);
    }

    [Fact]
    public void Moving_a_tag_that_several_entries_have_moves_it_from_all_of_them()
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        Descriptor a = sandbox.PutImage("a"), b = sandbox.PutImage("b"), c = sandbox.PutImage("c");
        sandbox.IndexText = Sample.Index(Sample.Entry(a, "v1"), Sample.Entry(b, "v1"));

        sandbox.Open().Tag(c, "v1");

        Assert.Equal(Sample.Index(Sample.Entry(a), Sample.Entry(b), Sample.Entry(c, "v1")), sandbox.IndexText);
    }

    [Fact]
    public void Entry_with_a_containerd_name_counts_as_named()
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        Descriptor a = sandbox.PutImage("a"), b = sandbox.PutImage("b"), c = sandbox.PutImage("c");
        var named = Sample.Entry(a).TrimEnd('}') + ",\"annotations\":{\"io.containerd.image.name\":\"docker.io/library/a:v1\"}}";
        sandbox.IndexText = Sample.Index(named, Sample.Entry(b), Sample.Entry(c, "v1"));
        var store = sandbox.Open();

        store.Collect();

        Assert.Equal([a.Digest, c.Digest], store.GetEntries().Select(e => e.Descriptor!.Digest));
        Assert.Equal(Sample.Index(named, Sample.Entry(c, "v1")), sandbox.IndexText);
    }

    public static TheoryData<string, OciErrorKind> MalformedEntries => new()
    {
        { """{"mediaType":"a/b","size":1,"digest":"sha256:ABC",#}""", OciErrorKind.InvalidDigest },
        { """{"mediaType":"a/b","size":1,"digest":"../../etc/passwd",#}""", OciErrorKind.InvalidDigest },
        { """{"mediaType":"a/b","size":1,"digest":42,#}""", OciErrorKind.InvalidDigest },
        { """{"mediaType":"a/b","size":1,#}""", OciErrorKind.InvalidDigest },
        { """{#}""", OciErrorKind.InvalidDigest },
        { """{"mediaType":"a/b","size":-1,"digest":"blake3:aa",#}""", OciErrorKind.InvalidIndex },
        { """{"mediaType":"a/b","size":1e400,"digest":"blake3:aa",#}""", OciErrorKind.InvalidIndex },
        { """{"mediaType":"a/b","size":99999999999999999999,"digest":"blake3:aa",#}""", OciErrorKind.InvalidIndex },
        { """{"mediaType":"a/b","size":"1","digest":"blake3:aa",#}""", OciErrorKind.InvalidIndex },
        { """{"mediaType":"a/b","digest":"blake3:aa",#}""", OciErrorKind.InvalidIndex },
        { """{"mediaType":[],"size":1,"digest":"blake3:aa",#}""", OciErrorKind.InvalidIndex },
        { """{"mediaType":"a/b","size":1,"digest":"blake3:aa","platform":"linux",#}""", OciErrorKind.InvalidIndex },
        { """{"mediaType":"a/b","size":1,"digest":"blake3:aa","digest":"no",#}""", OciErrorKind.InvalidDigest },
    };

    [Theory]
    [MemberData(nameof(MalformedEntries))]
    public void Malformed_entry_is_kept_and_reported_and_does_not_affect_others(string text, OciErrorKind kind)
    {
        var entry = text.Replace("#", """
            "annotations":{"org.opencontainers.image.ref.name":"bad"}
            """, StringComparison.Ordinal);
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        var image = sandbox.PutImage("a");
        sandbox.IndexText = Sample.Index(entry, Sample.Entry(image, "v1"));
        var store = sandbox.Open();

        var listing = store.GetEntries()[0];
        Assert.Equal(("bad", kind, null), (listing.Tag, listing.Problem?.Kind, listing.Descriptor));
        var error = Sandbox.Refused(kind, () => store.Resolve("bad"), "index.json", "'bad'");
        Assert.Equal("bad", error.Subject);
        Assert.NotNull(error.Expected);
        Assert.Equal(["bad", "v1"], store.TagNames());
        Assert.Equal(image.Digest, store.Resolve("v1").Digest);

        var other = store.PushImage("b");
        store.Tag(other, "v2");
        Assert.Equal(Sample.Index(entry, Sample.Entry(image, "v1"), Sample.Entry(other, "v2")), sandbox.IndexText);

        store.Untag("bad"); // only a change that names the tag changes its entry
        Assert.DoesNotContain("\"bad\"", sandbox.IndexText, StringComparison.Ordinal);
        Assert.Equal(["v1", "v2"], store.TagNames());
    }

    [Theory]
    [InlineData("null")]
    [InlineData("42")]
    [InlineData("\"sha256:abc\"")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"annotations":null,"digest":null,"size":null,"mediaType":null}""")]
    public void Entry_that_is_not_a_descriptor_is_kept_and_reported(string entry)
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        var image = sandbox.PutImage("a");
        sandbox.IndexText = Sample.Index(Sample.Entry(image, "v1"), entry);
        var store = sandbox.Open();

        Assert.NotNull(store.GetEntries()[1].Problem);
        var other = store.PushImage("b");

        Assert.Equal(Sample.Index(Sample.Entry(image, "v1"), entry, Sample.Entry(other)), sandbox.IndexText);
    }

    [Fact]
    public void Malformed_entry_gets_no_tag()
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        var image = sandbox.PutImage("a");
        var lying = Sample.Entry(new Descriptor(image.MediaType, image.Digest, 12345));
        var malformed = $$"""{"mediaType":"{{image.MediaType}}","digest":"{{image.Digest}}"}""";
        sandbox.IndexText = Sample.Index(malformed, lying);

        sandbox.Open().Tag(image, "v1");

        Assert.Equal(Sample.Index(malformed, lying, Sample.Entry(image, "v1")), sandbox.IndexText);
        Assert.Equal(image.Size, sandbox.Open().Resolve("v1").Size);
    }

    [Fact]
    public void Unknown_media_types_and_algorithms_are_opaque_roots_and_preserved()
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        var odd = sandbox.Put("application/x-odd", Sample.Bytes("odd"));
        const string blake = """
            {"mediaType":"application/x-odd","digest":"blake3:0123456789abcdefABCDEF==","size":3,
             "annotations":{"org.opencontainers.image.ref.name":"blake"}}
            """;
        sandbox.IndexText = Sample.Index(Sample.Entry(odd, "odd"), blake);
        var store = sandbox.Open();

        Assert.Equal("blake3:0123456789abcdefABCDEF==", store.Resolve("blake").Digest.ToString());
        Assert.Equal("blake3:0123456789abcdefABCDEF==", store.Resolve("blake3:0123456789abcdefABCDEF==").Digest.ToString());
        Assert.Equal("application/x-odd", store.Resolve("odd").MediaType);
        store.PushBlob("garbage");
        store.Collect(new GarbageOptions { Force = true }); // an entry with an unknown algorithm does not stop it
        Assert.True(store.Exists(odd.Digest));
        Assert.Equal(Sample.Index(Sample.Entry(odd, "odd"), blake), sandbox.IndexText);
    }

    [Fact]
    public void Invalid_tag_of_another_tool_is_listed_resolved_and_removed()
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        var image = sandbox.PutImage("a");
        string[] odd = [" ", "a b", "\u0001", "ünï", "sha256:short", new string('x', 5000), "../..", "a\"b\\c"];
        sandbox.IndexText = Sample.Index([.. odd.Select(t => Sample.Entry(image, t))]);
        var store = sandbox.Open();

        Assert.Equal(odd.Order(StringComparer.Ordinal), store.TagNames());
        foreach (var tag in odd)
        {
            Assert.Equal(image.Digest, store.Resolve(tag).Digest);
            store.Untag(tag);
        }

        Assert.Equal(Sample.Index(Sample.Entry(image)), sandbox.IndexText);
    }
}
