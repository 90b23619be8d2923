using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace OciLayout.Tests.Planning;

/// <summary>Tests that garbage collection deletes nothing if it cannot determine which content is reachable.</summary>
public class GarbageRefusalTests
{
    [Theory]
    [InlineData("corrupt")]
    [InlineData("too large")]
    [InlineData("truncated")]
    [InlineData("not a manifest")]
    [InlineData("unverifiable")]
    public void Unreadable_reachable_manifest_stops_the_collection(string how)
    {
        using var layout = new TestLayout();
        layout.PushBlob("loose");
        var bytes = TestDocument.Image(layout.PushBlob("config"), [], annotations: new Dictionary<string, string> { ["pad"] = new string('x', 2000) });
        var digest = how == "unverifiable" ? Digest.Parse("blake3:" + new string('a', 64)) : Digest.Compute(how == "not a manifest" ? "{"u8 : bytes);
        var inner = new Descriptor(MediaTypes.ImageManifest, digest, bytes.Length);
        layout.WriteFile(digest, how switch
        {
            "corrupt" => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes).Replace("xx", "xy", StringComparison.Ordinal)),
            "truncated" => bytes[..^1],
            "not a manifest" => "{"u8.ToArray(),
            _ => bytes,
        });
        layout.PushIndex("multi", inner);
        var store = layout.OtherProcess(layout.Store.Options with { ManifestSizeLimit = how == "too large" ? 1000 : 1 << 20 });
        layout.Store.State.Dispose();

        var error = layout.AssertRefused(OciErrorKind.IncompleteGraph, () => store.Collect());

        Assert.Contains(digest.ToString(), error.Message, StringComparison.Ordinal);
        Assert.Equal(digest.ToString(), error.Subject);
        layout.AssertRefused(OciErrorKind.IncompleteGraph, () => store.PlanGarbage());
        Assert.Throws<OciException>(() => store.Collect(new GarbageOptions { KeepUntagged = true }));
    }

    [Fact]
    public void Forced_collection_keeps_unreadable_content_and_deletes_the_rest()
    {
        using var layout = new TestLayout();
        var inner = layout.PushImage("inner");
        layout.PushIndex("multi", inner);
        layout.PushImage("other", "other");
        layout.PushBlob("loose");
        layout.WriteFile(inner.Digest, "rotten"u8.ToArray());
        layout.Reopen();

        layout.Collect(new GarbageOptions { Force = true });

        layout.AssertStored(inner, layout.Store.Resolve("multi"));
        layout.AssertWalks("other");
        layout.AssertGone(TestDocument.Describe("loose"u8.ToArray()));
    }

    [Fact]
    public void Corrupt_content_with_an_empty_index_stops_the_collection()
    {
        using var layout = new TestLayout();
        layout.PushBlob("loose");
        var damaged = layout.PushBlob("damaged");
        layout.WriteFile(damaged.Digest, "rotten!"u8.ToArray());

        layout.AssertRefused(OciErrorKind.IncompleteGraph, () => layout.Reopen().Collect());
        Assert.Equal(2, layout.Files.Count);

        Assert.Equal(2, layout.Reopen().Collect(new GarbageOptions { Force = true }).Count);
    }

    [Fact]
    public void Missing_root_stops_the_collection()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        var lost = layout.PushImage("lost", "lost");
        File.Delete(layout.PathOf(lost.Digest));

        Assert.Equal(lost.Digest.ToString(), layout.AssertRefused(OciErrorKind.IncompleteGraph, () => layout.Collect()).Subject);
        layout.AssertRefused(OciErrorKind.IncompleteGraph, () => layout.Reopen().Collect());

        layout.Collect(new GarbageOptions { Force = true });
        layout.AssertWalks("image");
    }

    [Fact]
    public void Tagged_entry_with_an_unreadable_digest_stops_the_collection()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        layout.AddEntries(new JsonObject { ["mediaType"] = "a/b", ["digest"] = "md5", ["size"] = 1, ["annotations"] = new JsonObject { [AnnotationKeys.RefName] = "odd" } });

        Assert.Contains("odd", layout.AssertRefused(OciErrorKind.IncompleteGraph, () => layout.Collect()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_child_layer_or_subject_does_not_stop_the_collection()
    {
        using var layout = new TestLayout();
        var absent = TestDocument.Describe("absent"u8.ToArray(), MediaTypes.ImageManifest);
        var blake3 = new Descriptor(TestLayout.LayerType, Digest.Parse("blake3:abcdef"), 3);
        var image = layout.PushManifest(TestDocument.Image(null, [new Descriptor(TestLayout.LayerType, absent.Digest, 1), blake3], absent));
        var multi = layout.PushIndex("multi", image, absent);
        layout.PushBlob("loose");

        Assert.Single(layout.Collect());
        Assert.Equal(new[] { image, multi }.Select(d => d.Digest.ToString()).Order(), layout.Files.Order());
    }

    [Fact]
    public void Unreadable_untagged_manifest_is_garbage()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "image");
        var broken = layout.PushImage("broken");
        layout.WriteFile(broken.Digest, "rotten"u8.ToArray());

        layout.Reopen().Collect();

        layout.AssertOnly(image);
    }

    [Fact]
    public void Store_with_entries_but_no_tag_is_not_emptied_unless_forced()
    {
        using var layout = new TestLayout();
        layout.PushImage("untagged");

        var error = layout.AssertRefused(OciErrorKind.IncompleteGraph, () => layout.Collect());
        Assert.Contains("1 manifest", error.Message, StringComparison.Ordinal);
        layout.AssertRefused(OciErrorKind.IncompleteGraph, () => layout.Store.PlanGarbage());

        layout.Collect(new GarbageOptions { Force = true });
        Assert.Empty(layout.Files);
        Assert.Empty(layout.Listed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Store_without_entries_is_not_emptied_of_its_manifests_unless_forced(bool keepUntagged)
    {
        using var layout = new TestLayout();
        layout.WriteBlob(TestDocument.Image(null, []), MediaTypes.ImageManifest);

        layout.AssertRefused(OciErrorKind.IncompleteGraph, () => layout.Collect(new GarbageOptions { KeepUntagged = keepUntagged }));

        layout.Collect(new GarbageOptions { Force = true });
        Assert.Empty(layout.Files);
    }

    [Fact]
    public void Store_without_entries_and_manifests_is_collected()
    {
        using var layout = new TestLayout();
        Assert.Empty(layout.Collect());
        layout.PushBlob("loose");

        Assert.Single(layout.Collect());
        Assert.Empty(layout.Files);
    }
}
