using System.IO;
using System.Linq;
using Xunit;

namespace OciLayout.Tests.Store;

/// <summary>Tests that the store answers as the OCI content store of oras-go does.</summary>
public class OrasAgreementTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("with blanks")]
    public void Tag_resolves_to_the_full_stored_descriptor(string written)
    {
        using var sandbox = new Sandbox();
        sandbox.WithIndex(Sample.Index());
        var image = sandbox.PutImage("image");
        var entry = Sample.Entry(image, "v1");
        sandbox.IndexText = Sample.Index(written == "plain" ? entry : entry.Replace(":{", ": { ").Replace("}}", ",\"k\":\"v\"}}"));
        var store = sandbox.Isolated();

        Assert.Equal("v1", store.Resolve("v1").Annotations[AnnotationKeys.RefName]);
        Assert.Empty(store.Resolve(image.Digest.ToString()).Annotations);
        Assert.DoesNotContain(AnnotationKeys.RefName, store.GetEntries().Single().Descriptor!.Annotations.Keys);
    }

    [Fact]
    public void Tag_name_is_not_copied_with_the_descriptor()
    {
        using var sandbox = new Sandbox();
        using var other = new Sandbox();
        var store = sandbox.Create();
        store.Tag(store.PushImage("image"), "v1");
        var full = store.Resolve("v1");

        Assert.DoesNotContain(AnnotationKeys.RefName, store.Tag(full, "v2").Annotations.Keys);
        other.Create().Push(full, new MemoryStream(store.Read(full)));
        using (var copy = new OciCopy(store, other.Create()))
        {
            var result = copy.Run(copy.Plan([new CopyRoot(full, "copied")]));
            Assert.DoesNotContain(AnnotationKeys.RefName, Assert.Single(result.Roots).Annotations.Keys);
        }

        Assert.Equal(["v1", "v2"], sandbox.Isolated().TagNames());
        Assert.Equal(["copied"], other.Isolated().TagNames());
        Assert.Single(other.Isolated().GetEntries());
        Assert.All(sandbox.Isolated().GetTags(), t => Assert.Equal(t.Tag, sandbox.Isolated().Resolve(t.Tag!).Annotations[AnnotationKeys.RefName]));
    }

    [Fact]
    public void Empty_tag_name_is_not_an_annotation()
    {
        using var sandbox = new Sandbox();
        sandbox.WithIndex(Sample.Index());
        var image = sandbox.PutImage("image");
        sandbox.IndexText = Sample.Index(Sample.Entry(image, "x").Replace("\"x\"", "\"\""));

        Assert.Empty(Assert.Single(sandbox.Isolated().GetEntries()).Descriptor!.Annotations);
        Assert.Null(Assert.Single(sandbox.Isolated().GetEntries()).Tag);
    }

    [Theory]
    [InlineData("""{ "mediaType": "M", "digest": "D", "size": S }""")]
    [InlineData("""{"size":S,"digest":"D","mediaType":"M"}""")]
    [InlineData("""{"mediaType":"M","digest":"D","size":S,"annotations":{"org.opencontainers.image.ref.name":"v1"}, "x" : [ 1, {"y":null} ]}""")]
    [InlineData("""{"mediaType":"M","digest":"D","size":S,"annotations":{"\u006b":"v","org.opencontainers.image.ref.name":"v1"}}""")]
    public void Setting_and_removing_a_tag_leaves_one_entry(string entry)
    {
        using var sandbox = new Sandbox();
        sandbox.WithIndex(Sample.Index());
        var image = sandbox.PutImage("image");
        entry = entry.Replace("\"M\"", $"\"{image.MediaType}\"").Replace("\"D\"", $"\"{image.Digest}\"").Replace("S", image.Size.ToString(System.Globalization.CultureInfo.InvariantCulture));
        sandbox.IndexText = Sample.Index(entry);
        var store = sandbox.Isolated();
        var target = store.GetEntries()[0].Descriptor!;

        store.Tag(target, "v2");
        store.Tag(target, "v3");
        store.Untag("v2");
        store.Untag("v3");

        Assert.Single(sandbox.Isolated().GetEntries());
    }

    [Fact]
    public void Entries_that_differ_in_value_are_both_kept()
    {
        using var sandbox = new Sandbox();
        sandbox.WithIndex(Sample.Index());
        var image = sandbox.PutImage("image");
        var plain = Sample.Entry(image);
        sandbox.IndexText = Sample.Index(plain.Replace("}", ",\"annotations\":{\"k\":\"1\"}}"), plain.Replace("}", ",\"annotations\":{\"k\":\"2\",\"org.opencontainers.image.ref.name\":\"v1\"}}"));
        var store = sandbox.Isolated();
        store.Untag("v1");
        Assert.Equal(2, sandbox.Isolated().GetEntries().Count);
    }

    [Fact]
    public void Manifest_listed_under_another_type_is_also_listed_as_a_manifest()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var image = store.PushImage("image");
        var json = Sample.Bytes($$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.ImageIndex}}","manifests":[],"subject":{{Sample.Json(image)}}}""");
        var blob = store.Push(new PushRequest(), new MemoryStream(json)).Descriptor;
        store.Tag(blob, "x");

        store.Push(new PushRequest { AsManifest = true }, new MemoryStream(json));

        Assert.Equal(blob.Digest, Assert.Single(store.GetReferrers(image.Digest)).Digest);
        Assert.Equal(MediaTypes.ImageIndex, store.Resolve(blob.Digest.ToString()).MediaType);
        Assert.Equal(["x"], sandbox.Isolated().TagNames());
        Assert.Equal(2, sandbox.Isolated().GetEntries().Count(e => e.Digest == blob.Digest));
    }

    [Fact]
    public void Predecessor_listed_only_by_an_index_has_the_descriptor_of_the_index()
    {
        using var sandbox = new Sandbox();
        sandbox.WithIndex(Sample.Index());
        var layer = sandbox.Put("application/x-layer", Sample.Bytes("layer"));
        var image = sandbox.Put(MediaTypes.ImageManifest, Sample.Manifest("image", sandbox.Put(MediaTypes.Empty, "{}"u8.ToArray()), layer));
        var member = new Descriptor(image.MediaType, image.Digest, image.Size) { Platform = new Platform("linux", "arm64") };
        var list = sandbox.Put(MediaTypes.ImageIndex, Sample.Bytes($$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.ImageIndex}}","manifests":[{{Sample.Json(member)}}]}"""));
        sandbox.IndexText = Sample.Index(Sample.Entry(list, "v1"));
        var store = sandbox.Isolated();

        Assert.Equal("arm64", Assert.Single(store.GetPredecessors(layer.Digest)).Platform?.Architecture);
        Assert.Equal(list.Digest, Assert.Single(store.GetPredecessors(image.Digest)).Digest);

        sandbox.IndexText = Sample.Index(Sample.Entry(list, "v1"), Sample.Entry(image, "own"));
        Assert.Null(Assert.Single(store.GetPredecessors(layer.Digest)).Platform);
    }
}
