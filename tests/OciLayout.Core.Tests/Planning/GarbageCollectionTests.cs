using System;
using System.IO;
using System.Text.Json.Nodes;
using Xunit;

namespace OciLayout.Tests.Planning;

/// <summary>Tests which content garbage collection keeps and which content it deletes (store-behaviour, "GC").</summary>
public class GarbageCollectionTests
{
    [Fact]
    public void Collection_keeps_tagged_images_complete_and_deletes_the_rest()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image");
        var multi = layout.PushIndex("multi", image);
        layout.PushImage("untagged");
        layout.PushBlob("loose");
        layout.WriteBlob(TestDocument.Image(null, []), MediaTypes.ImageManifest);

        layout.Collect();

        layout.AssertOnly(multi);
        layout.AssertWalks("multi");
        Assert.Equal([image.Digest, multi.Digest], layout.Listed);
    }

    [Fact]
    public void Second_run_deletes_nothing()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        layout.PushImage("untagged");
        Assert.NotEmpty(layout.Collect());
        var before = LayoutSnapshot.Of(layout.Path, ours: false);

        Assert.Empty(layout.Collect());
        Assert.Empty(layout.Reopen().Collect());

        Assert.Equal(before, LayoutSnapshot.Of(layout.Path, ours: false));
    }

    [Fact]
    public void Subject_of_a_tagged_manifest_is_kept_with_its_content()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image");
        var signature = layout.PushImage("signature", "signature", image);

        Assert.Empty(layout.Collect());
        layout.AssertOnly(signature, image);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(50)]
    public void Untagged_referrer_is_kept_if_its_chain_of_subjects_reaches_kept_content(int length)
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var other = layout.PushImage("other", "other");
        var end = image;
        for (var i = 0; i < length; i++) end = layout.PushImage($"link {i}", null, end);

        Assert.Empty(layout.Collect());
        layout.AssertWalks("image");
        layout.AssertStored(end);

        layout.Store.Untag("image");
        layout.Collect();
        layout.AssertOnly(other);
        Assert.Equal([other.Digest], layout.Listed);
    }

    [Fact]
    public void Chain_of_subjects_may_contain_unlisted_manifests()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var between = layout.WriteBlob(TestDocument.Image(null, [], image), MediaTypes.ImageManifest);
        var end = layout.PushImage("end", null, between);

        Assert.Empty(layout.Collect());
        layout.AssertOnly(image, between, end);
    }

    [Fact]
    public void Referrers_of_layers_and_of_content_of_referrers_are_kept()
    {
        using var layout = new TestLayout();
        var layer = layout.PushBlob("layer", TestLayout.LayerType);
        var image = layout.PushManifest(TestDocument.Image(null, [layer]), "image");
        var bundled = layout.PushImage("bundled");
        var bundle = layout.PushManifest(TestDocument.Index([bundled], layer), null, MediaTypes.ImageIndex);
        var signature = layout.PushImage("signature", null, bundled);

        Assert.Empty(layout.Collect());
        layout.AssertOnly(image, bundle, signature);
    }

    [Fact]
    public void Unlisted_referrer_is_deleted()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        layout.WriteBlob(TestDocument.Image(null, [], image), MediaTypes.ImageManifest);

        Assert.Single(layout.Collect());
        layout.AssertOnly(image);
    }

    [Fact]
    public void Shadowed_entries_of_a_tag_and_names_of_containerd_and_unknown_types_are_roots()
    {
        using var layout = new TestLayout();
        var shadowed = layout.PushImage("shadowed");
        var named = layout.PushImage("named");
        var containerd = layout.PushImage("containerd");
        var opaque = layout.PushBlob("opaque", "application/x-unknown");
        var byContainerd = TestLayout.Entry(containerd);
        byContainerd["annotations"] = new JsonObject { [AnnotationKeys.ContainerdImageName] = "docker.io/library/x:1" };
        layout.WriteIndex([TestLayout.Entry(shadowed, "v1"), TestLayout.Entry(named, "v1"), byContainerd, TestLayout.Entry(opaque)]);

        Assert.Empty(layout.Collect());
        layout.AssertOnly(shadowed, named, containerd, opaque);
        Assert.Equal(4, layout.Store.GetEntries().Count);
    }

    [Fact]
    public void Malformed_untagged_entry_is_unchanged_and_does_not_stop_the_collection()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var untagged = layout.PushImage("untagged");
        layout.AddEntries(new JsonObject { ["mediaType"] = "a/b", ["digest"] = "sha256:NO", ["size"] = 1 });

        layout.Collect();

        layout.AssertOnly(image);
        layout.AssertGone(untagged);
        Assert.Contains("\"sha256:NO\"", File.ReadAllText(layout.IndexPath), StringComparison.Ordinal);
    }

    [Fact]
    public void Garbage_with_an_unreadable_entry_field_is_deleted()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var entry = TestLayout.Entry(layout.WriteBlob(TestDocument.Image(null, []), MediaTypes.ImageManifest));
        entry["urls"] = 5;
        layout.AddEntries(entry);

        Assert.Single(layout.Collect());
        layout.AssertOnly(image);
        Assert.Equal([image.Digest], layout.Listed);
    }

    [Fact]
    public void KeepUntagged_makes_every_entry_a_root()
    {
        using var layout = new TestLayout();
        var untagged = layout.PushImage("untagged");
        layout.PushBlob("loose");

        Assert.Single(layout.Collect(new GarbageOptions { KeepUntagged = true }));
        layout.AssertOnly(untagged);
        Assert.Equal([untagged.Digest], layout.Listed);
    }

    [Fact]
    public void Files_that_are_not_named_like_content_are_ignored()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        var blobs = Path.Combine(layout.Path, "blobs");
        string[] strangers =
        [
            Path.Combine(blobs, "note.txt"),
            Path.Combine(blobs, "blake3", new string('a', 64)),
            Path.Combine(blobs, "sha256", "short"),
            Path.Combine(blobs, "sha256", new string('A', 64)),
            Path.Combine(blobs, "sha256", new string('a', 64) + ".tmp"),
            Path.Combine(blobs, "sha512", new string('a', 64)),
            Path.Combine(layout.Path, "manifest.json"),
            Path.Combine(layout.Path, ".umoci-x", "file"),
        ];
        foreach (var stranger in strangers)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(stranger)!);
            File.WriteAllText(stranger, "x");
        }

        Assert.Empty(layout.Collect());
        Assert.All(strangers, s => Assert.True(File.Exists(s), s));
    }

    [Theory]
    [InlineData(DigestAlgorithm.Sha384)]
    [InlineData(DigestAlgorithm.Sha512)]
    public void Content_of_every_known_algorithm_is_collected(DigestAlgorithm algorithm)
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        layout.Store.Push(new PushRequest { Algorithm = algorithm }, new MemoryStream([1, 2, 3]));

        Assert.Single(layout.Collect());
        layout.AssertOnly(image);
    }
}
