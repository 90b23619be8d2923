using System.Linq;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.Transfer;

/// <summary>Tests exports of one platform, exports with referrers, and imports under other tags.</summary>
public class ExportSelectionTests
{
    [Fact]
    public void One_platform_of_an_index_is_exported_under_its_tag()
    {
        using var layout = new TestLayout();
        var (amd, arm) = (layout.PushImage("amd"), layout.PushImage("arm"));
        layout.PushIndex("multi", With(amd, "amd64"), With(arm, "arm64"));
        using var temporary = new TemporaryDirectory();

        foreach (var references in new string[]?[] { null, ["multi"] })
        {
            layout.Store.Export(layout.Store.PlanExport(new ExportOptions { Platform = Platform.Parse("linux/arm64"), References = references }), temporary["a.tar"], replace: true);

            var archive = OciStore.Open(temporary["a.tar"]);
            Assert.Equal([$"multi={arm.Digest}"], archive.EntryNames());
            Assert.False(archive.Exists(amd.Digest));
            Assert.Equal("arm64", archive.Resolve("multi").Platform!.Architecture);
        }
    }

    [Fact]
    public void Referrers_of_all_levels_are_exported_on_request()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image", "v1");
        layout.PushIndex("multi", image);
        var signature = layout.PushImage("signature", null, image, "application/x-signature");
        var second = layout.PushImage("second", null, signature, "application/x-signature");
        layout.PushImage("other", null, layout.PushImage("unrelated", "other"));
        var cosign = layout.PushImage("cosign", $"sha256-{image.Digest.Encoded}.sig", image);
        using var temporary = new TemporaryDirectory();

        layout.Store.Export(layout.Store.PlanExport(new ExportOptions { IncludeReferrers = true, References = ["multi"] }), temporary["a.tar"]);

        var archive = OciStore.Open(temporary["a.tar"]);
        Assert.Equal(["multi", $"sha256-{image.Digest.Encoded}.sig"], archive.TagNames());
        Assert.Equal(new[] { signature.Digest, cosign.Digest }.Order(), archive.GetReferrers(image.Digest).Select(r => r.Digest).Order());
        Assert.Equal([second.Digest], archive.GetReferrers(signature.Digest).Select(r => r.Digest));
        Assert.Equal(5, archive.GetEntries().Count + 1);
        Assert.DoesNotContain(layout.Store.PlanExport(new ExportOptions { References = ["multi"] }).Items, i => i.Digest == signature.Digest);
    }

    [Fact]
    public void Import_sets_the_requested_tags()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image");
        layout.WriteIndex((image, "v1"), (image, null), (image, "registry.example/app:1"));
        var store = layout.Reopen().Store;
        using var temporary = new TemporaryDirectory();
        store.Export(store.PlanExport(), temporary["a.tar"]);
        var target = OciStore.Create(temporary["copy"]);

        target.Import(temporary["a.tar"], new ImportOptions { Tags = ["one", "two", "one"] });

        Assert.Equal([$"one={image.Digest}", $"two={image.Digest}"], target.EntryNames());
    }

    [Fact]
    public void Tags_for_an_archive_of_several_objects_are_refused()
    {
        using var layout = new TestLayout();
        layout.PushImage("one", "one");
        layout.PushImage("two");
        using var temporary = new TemporaryDirectory();
        layout.Store.Export(layout.Store.PlanExport(), temporary["a.tar"]);
        var target = OciStore.Create(temporary["copy"]);

        Sandbox.Refused(OciErrorKind.AmbiguousReference, () => target.Import(temporary["a.tar"], new ImportOptions { Tags = ["x"] }));

        Assert.Empty(target.GetEntries());
        Assert.Empty(target.State.Blobs.List());
    }

    private static Descriptor With(Descriptor image, string architecture) =>
        new(image.MediaType, image.Digest, image.Size) { Platform = new Platform("linux", architecture) };
}
