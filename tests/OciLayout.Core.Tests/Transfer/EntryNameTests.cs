using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.Transfer;

/// <summary>Tests the names of copied and imported entries: all are kept, and the image name for containerd changes with the tag.</summary>
public class EntryNameTests
{
    private const string App = "registry.example/app:1.0";

    public static TheoryData<bool> ImportOrCopy => [true, false];

    [Theory]
    [MemberData(nameof(ImportOrCopy))]
    public void Both_full_names_of_an_image_are_imported(bool import)
    {
        using var source = new TestLayout();
        var image = source.PushImage("x");
        source.WriteIndex([Named(image, "1.0", "one.example/app:1.0"), Named(image, "1.0", "two.example/app:1.0")]);
        using var temporary = new TemporaryDirectory();

        var (store, lost) = Transfer(source, temporary, import);

        Assert.Equal(["one.example/app:1.0", "two.example/app:1.0"], store.TagNames());
        Assert.Equal(["one.example/app:1.0", "two.example/app:1.0"], NamesOf(store).Order(StringComparer.Ordinal));
        Assert.Empty(lost);
    }

    [Theory]
    [MemberData(nameof(ImportOrCopy))]
    public void Duplicate_full_name_is_given_to_the_last_image_and_reported(bool import)
    {
        using var source = new TestLayout();
        var (one, two) = (source.PushImage("one"), source.PushImage("two"));
        source.WriteIndex([Named(one, "latest", "registry.example/app:latest"), Named(two, "latest", "registry.example/app:latest")]);
        using var temporary = new TemporaryDirectory();

        var (store, lost) = Transfer(source, temporary, import);

        Assert.Equal(new LostTag("registry.example/app:latest", one.Digest, two.Digest), Assert.Single(lost));
        Assert.Equal(two.Digest, store.Resolve("registry.example/app:latest").Digest);
        Assert.Equal([null, "registry.example/app:latest"], store.GetEntries().OrderBy(e => e.Tag).Select(e => NameOf(e.Descriptor!)));
        Assert.Equal(2, store.GetEntries().Count);
    }

    [Theory]
    [MemberData(nameof(ImportOrCopy))]
    public void Image_without_a_full_name_keeps_a_shared_tag(bool import)
    {
        using var source = new TestLayout();
        var (one, two) = (source.PushImage("one"), source.PushImage("two"));
        source.WriteIndex([Named(one, "latest", null), Named(two, "latest", "registry.example/app:latest")]);
        using var temporary = new TemporaryDirectory();

        var (store, lost) = Transfer(source, temporary, import);

        Assert.Equal(["latest", "registry.example/app:latest"], store.TagNames());
        Assert.Equal(one.Digest, store.Resolve("latest").Digest);
        Assert.Empty(lost);
    }

    [Theory]
    [MemberData(nameof(ImportOrCopy))]
    public void Full_name_that_is_not_a_valid_tag_does_not_stop_the_import_of_others(bool import)
    {
        using var source = new TestLayout();
        var (one, two) = (source.PushImage("one"), source.PushImage("two"));
        source.WriteIndex([Named(one, "1.0", "not a name"), Named(two, "1.0", App)]);
        using var temporary = new TemporaryDirectory();

        var (store, lost) = Transfer(source, temporary, import);

        Assert.Equal(["1.0", App], store.TagNames());
        Assert.Equal((one.Digest, two.Digest), (store.Resolve("1.0").Digest, store.Resolve(App).Digest));
        Assert.Empty(lost);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Entry_that_differs_only_in_annotations_is_imported_once(bool import, bool taggedFirst)
    {
        using var source = new TestLayout();
        var image = source.PushImage("x");
        JsonObject tagged = TestLayout.Entry(image, "v1"), noted = TestLayout.Entry(image), other = TestLayout.Entry(image, "v1");
        noted["annotations"] = new JsonObject { ["note"] = "a" };
        other["annotations"]!["note"] = "b";
        source.WriteIndex(taggedFirst ? [tagged, noted, other] : [noted, tagged, other]);
        using var temporary = new TemporaryDirectory();

        var (store, _) = Transfer(source, temporary, import);
        var entries = store.EntryNames();
        Transfer(source, temporary, import, store);

        Assert.Equal(["a", "b"], store.GetEntries().Select(e => e.Descriptor!.Annotations.GetValueOrDefault("note")).OfType<string>().Order());
        Assert.Equal("b", store.Resolve("v1").Annotations["note"]);
        Assert.Equal(entries, store.EntryNames());
    }

    [Fact]
    public void Import_does_not_replace_the_annotations_of_an_existing_tag()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var image = source.PushImage("x");
        target.PushImage("x");
        JsonObject ours = TestLayout.Entry(image, "v1"), theirs = TestLayout.Entry(image, "v1");
        ours["annotations"]!["note"] = "ours";
        theirs["annotations"]!["note"] = "theirs";
        target.WriteIndex([ours]);
        source.WriteIndex([theirs]);
        using var temporary = new TemporaryDirectory();

        Transfer(source, temporary, import: true, target.Reopen().Store);

        Assert.Equal("ours", target.Store.Resolve("v1").Annotations["note"]);
        Assert.Contains(target.Store.GetEntries(), e => e.Tag is null && e.Descriptor!.Annotations["note"] == "theirs");
    }

    [Theory]
    [InlineData(App)]
    [InlineData("1.0")]
    public void Image_name_moves_with_the_tag(string tag)
    {
        using var layout = new TestLayout();
        var (old, next) = (layout.PushImage("old"), layout.PushImage("new"));
        layout.WriteIndex([Named(old, tag, App), TestLayout.Entry(next)]);
        var store = layout.Reopen().Store;

        store.Tag(next, tag);

        Assert.Equal(App, NameOf(store.Resolve(tag)));
        Assert.Null(NameOf(store.GetEntries().Single(e => e.Digest == old.Digest).Descriptor!));
        store.Tag(next, tag);
        Assert.Equal([App], NamesOf(store));
    }

    [Fact]
    public void Untagging_removes_the_image_name_so_that_the_content_can_be_collected()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("x");
        layout.WriteIndex([Named(image, App, App)]);
        var store = layout.Reopen().Store;

        store.Untag(App);

        Assert.Empty(NamesOf(store));
        store.Collect(new GarbageOptions { Force = true });
        layout.AssertGone(image);
    }

    [Theory]
    [InlineData("mirror.example/app:1.0", "mirror.example/app:1.0")]
    [InlineData("library:2", "docker.io/library/library:2")]
    [InlineData("v2", null)]
    [InlineData("Mirror.example/App:1.0", null)]
    public void Second_tag_does_not_have_the_image_name_of_the_first(string tag, string? expected)
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("x");
        layout.WriteIndex([Named(image, App, App)]);
        var store = layout.Reopen().Store;

        store.Tag(store.Resolve(App), tag);

        Assert.Equal((App, expected), (NameOf(store.Resolve(App)), NameOf(store.Resolve(tag))));
        store.Untag(tag);
        Assert.Equal([App], store.GetEntries().Select(e => e.Tag));
    }

    [Fact]
    public void Tag_with_an_image_name_keeps_the_other_annotations()
    {
        using var layout = new TestLayout();
        var (old, next) = (layout.PushImage("old"), layout.PushImage("new"));
        var noted = TestLayout.Entry(next);
        noted["annotations"] = new JsonObject { ["note"] = "kept" };
        layout.WriteIndex([Named(old, App, App), noted]);
        var store = layout.Reopen().Store;

        store.Tag(next, App);

        var annotations = store.Resolve(App).Annotations;
        Assert.Equal((App, "kept"), (annotations[AnnotationKeys.ContainerdImageName], annotations["note"]));
    }

    private static JsonObject Named(Descriptor image, string tag, string? name)
    {
        var entry = TestLayout.Entry(image, tag);
        if (name is not null) entry["annotations"]![AnnotationKeys.ContainerdImageName] = name;
        return entry;
    }

    private static string? NameOf(Descriptor descriptor) => descriptor.Annotations.GetValueOrDefault(AnnotationKeys.ContainerdImageName);

    private static List<string> NamesOf(OciStore store) => [.. store.GetEntries().Select(e => NameOf(e.Descriptor!)).OfType<string>()];

    private static (OciStore Store, IReadOnlyList<LostTag> Lost) Transfer(TestLayout source, TemporaryDirectory temporary, bool import, OciStore? store = null)
    {
        var from = source.Reopen().Store;
        store ??= OciStore.Create(temporary["copy"]);
        if (import)
        {
            from.Export(from.PlanExport(), temporary["a.tar"], replace: true);
            return (store, store.Import(temporary["a.tar"]).LostTags);
        }

        using var copy = new OciCopy(from, store, new CopyOptions());
        foreach (var root in CopyRoot.FromEntries(from.GetEntries(), out var lost)) copy.Run(copy.Plan([root]));
        CopyRoot.FromEntries(from.GetEntries(), out var all);
        return (store, all);
    }
}
