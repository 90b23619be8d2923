using System;
using System.IO;
using System.Linq;
using Xunit;

namespace OciLayout.Tests.Transfer;

/// <summary>Tests Copy (section 5): it copies the content of a root once, and lists and tags the root last.</summary>
public class CopyTests
{
    [Fact]
    public void Image_is_copied_with_its_content_and_tag()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var image = source.PushImage("one", "v1");
        source.PushImage("other", "v2");

        var result = Copying.Run(source.Store, target.Store, null, "v1");

        Assert.Equal((3, source.Store.Walk(image).Sum(v => v.Descriptor.Size)), (result.CopiedCount, result.CopiedSize));
        Assert.Equal(["v1"], target.Tags);
        Assert.Equal(image.Digest, target.Store.Resolve("v1").Digest);
        target.AssertWalks("v1");
        target.AssertOnly(image);
    }

    [Fact]
    public void Second_run_copies_nothing_and_changes_nothing()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        source.PushIndex("app", source.PushImage("amd64"), source.PushImage("arm64"));
        Copying.Run(source.Store, target.Store, null, "app");
        var before = File.ReadAllBytes(target.IndexPath);

        var result = Copying.Run(source.Store, target.Store, null, "app");

        Assert.Equal((0, 0L), (result.CopiedCount, result.CopiedSize));
        Assert.Equal(before, File.ReadAllBytes(target.IndexPath));
    }

    [Fact]
    public void Only_roots_are_listed_and_children_of_an_index_are_not()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var (amd64, arm64) = (source.PushImage("amd64"), source.PushImage("arm64"));
        var app = source.PushIndex("app", amd64, arm64);
        var lone = source.PushImage("lone");

        Copying.Run(source.Store, target.Store, null, "app", lone.Digest.ToString());

        Assert.Equal([app.Digest, lone.Digest], target.Listed);
        target.AssertStored(amd64, arm64, lone);
    }

    [Fact]
    public void Tags_are_kept_renamed_or_left_out()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var image = source.PushImage("one", "v1");
        using (var copy = new OciCopy(source.Store, target.Store))
        {
            copy.Run(copy.Plan([new CopyRoot(image)]));
            Assert.Empty(target.Tags);
            Assert.Equal([image.Digest], target.Listed);
            copy.Run(copy.Plan([new CopyRoot(image, "new", "newer")]));
        }

        Assert.Equal(["new", "newer"], target.Tags);
    }

    [Fact]
    public void Invalid_tag_is_reported_before_anything_is_copied()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var image = source.PushImage("one", "v1");
        using var copy = new OciCopy(source.Store, target.Store);

        target.AssertRefused(OciErrorKind.InvalidReference, () => copy.Plan([new CopyRoot(image, "no good")]));
    }

    [Fact]
    public void Unreferenced_content_of_the_destination_is_reused_and_walked()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var image = source.PushImage("one", "v1");
        target.WriteFile(image.Digest, source.Store.ReadAll(image, 1 << 20));
        var config = source.Store.GetManifest(image).Config!;
        target.WriteFile(config.Digest, source.Store.ReadAll(config, 1 << 20));

        using var copy = new OciCopy(source.Store, target.Store);
        var plan = copy.Plan([new CopyRoot(image, "v1")]);
        Assert.Equal((3, 1), (plan.Items.Count, plan.Count));
        Assert.Equal(1, copy.Run(plan).CopiedCount);

        target.AssertWalks("v1");
    }

    [Fact]
    public void Missing_content_below_a_listed_manifest_is_copied()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var image = source.PushImage("one", "v1");
        Copying.Run(source.Store, target.Store, null, "v1");
        File.Delete(target.PathOf(source.Store.GetManifest(image).Layers[0].Digest));

        Assert.Equal(1, Copying.Run(source.Store, target.Store, null, "v1").CopiedCount);
        target.AssertWalks("v1");
    }

    [Fact]
    public void Destination_blob_of_wrong_length_is_replaced()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var image = source.PushImage("one", "v1");
        var layer = source.Store.GetManifest(image).Layers[0];
        target.WriteFile(layer.Digest, [1, 2, 3]);

        Copying.Run(source.Store, target.Store, null, "v1");
        Assert.Equal(source.Store.ReadAll(layer, 1 << 20), target.Store.ReadAll(layer, 1 << 20));
    }

    [Fact]
    public void Corrupt_source_content_stops_the_copy_before_tagging()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var image = source.PushImage("one", "v1");
        var layer = source.Store.GetManifest(image).Layers[0];
        source.WriteFile(layer.Digest, new byte[layer.Size]);

        var error = Assert.Throws<OciException>(() => Copying.Run(source.Store, target.Store, null, "v1"));
        Assert.Equal(OciErrorKind.DigestMismatch, error.Kind);
        Assert.Empty(target.Listed);
        Assert.Empty(Copying.Litter(target.Path));
        target.AssertGone(layer, image);
    }

    [Fact]
    public void Missing_layer_stops_the_copy_and_missing_members_and_subjects_do_not()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var (amd64, arm64) = (source.PushImage("amd64"), source.PushImage("arm64"));
        var subject = TestDocument.Describe("never stored"u8.ToArray(), MediaTypes.ImageManifest);
        source.PushIndex("app", amd64, arm64);
        source.PushImage("signature", "sig", subject);
        var broken = source.PushImage("broken", "broken");
        File.Delete(source.PathOf(arm64.Digest));
        File.Delete(source.PathOf(source.Store.GetManifest(broken).Layers[0].Digest));
        source.Reopen();

        using var copy = new OciCopy(source.Store, target.Store);
        var plan = copy.Plan([new CopyRoot(source.Store.Resolve("app"), "app"), new CopyRoot(source.Store.Resolve("sig"), "sig")]);
        Assert.Equal([arm64.Digest, subject.Digest], plan.Missing.Select(m => m.Digest));
        copy.Run(plan);
        Assert.Equal(["app", "sig"], target.Tags);

        target.AssertRefused(OciErrorKind.NotFound, () => copy.Plan([new CopyRoot(broken, "broken")]));
    }

    [Fact]
    public void Foreign_layer_without_URLs_is_copied_and_required()
    {
        const string type = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
        using var source = new TestLayout();
        using var target = new TestLayout();
        var layer = source.PushBlob("only here", type);
        source.PushImage("windows", "v1", null, null, layer);
        source.PushImage("broken", "v2", null, null, TestDocument.Describe("nowhere"u8.ToArray(), type));

        Copying.Run(source.Store, target.Store, null, "v1");

        target.AssertStored(layer);
        target.AssertWalks("v1");
        Assert.Equal(OciErrorKind.NotFound, Assert.Throws<OciException>(() => Copying.Run(source.Store, target.Store, null, "v2")).Kind);
        Assert.Equal(OciErrorKind.NotFound, Assert.Throws<OciException>(() => source.Store.PlanExport(new ExportOptions { References = ["v2"] })).Kind);
    }

    [Fact]
    public void Foreign_layers_are_copied_only_by_request()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var foreign = source.PushBlob("elsewhere", "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip");
        var never = TestDocument.Describe("never stored"u8.ToArray(), foreign.MediaType);
        source.PushImage("windows", "v1", null, null, TestDocument.Foreign(foreign), TestDocument.Foreign(never));

        Assert.Equal(3, Copying.Run(source.Store, target.Store, null, "v1").CopiedCount);
        target.AssertGone(foreign);
        Assert.Equal(0, Copying.Run(source.Store, target.Store, null, "v1").CopiedCount);

        Assert.Equal(1, Copying.Run(source.Store, target.Store, new CopyOptions { IncludeForeign = true }, "v1").CopiedCount);
        target.AssertStored(foreign);
    }

    [Fact]
    public void Copy_within_one_layout_only_tags()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("one", "v1");
        using var copy = new OciCopy(layout.Store, layout.Store);

        var result = copy.Run(copy.Plan([new CopyRoot(image, "v2")]));

        Assert.Equal(0, result.CopiedCount);
        Assert.Equal(["v1", "v2"], layout.Tags);
    }

    [Fact]
    public void Copied_entry_keeps_the_fields_of_the_source_entry()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var image = source.PushImage("one");
        var entry = TestLayout.Entry(image, "v1");
        entry["annotations"]!["org.example.note"] = "kept";
        entry["org.example.unknown"] = 7;
        source.WriteIndex(new System.Text.Json.Nodes.JsonArray(entry));

        Copying.Run(source.Store, target.Store, null, "v1");

        Assert.Equal("kept", target.Store.Resolve("v1").Annotations["org.example.note"]);
        Assert.Contains("org.example.unknown", File.ReadAllText(target.IndexPath), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_only_destination_is_reported_before_anything_is_read()
    {
        using var source = new TestLayout();
        using var sandbox = new Sandbox();
        sandbox.Create();
        source.PushImage("one", "v1");
        var target = sandbox.Isolated(new Store.HookedFileSystem { Writable = false });

        var error = Assert.Throws<OciException>(() => Copying.Run(source.Store, target, null, "v1"));
        Assert.Equal(OciErrorKind.ReadOnlyStore, error.Kind);
    }
}
