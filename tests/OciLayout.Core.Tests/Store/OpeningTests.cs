using System;
using System.IO;
using System.Linq;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.Store;

/// <summary>Opening what is there (section 1): nothing is written, and only what cannot be a layout is refused.</summary>
public class OpeningTests
{
    public static TheoryData<string> Layouts => [.. RealLayout.Names];

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Reading_a_layout_of_another_tool_changes_not_a_byte_of_it(string name)
    {
        using var temporary = new TemporaryDirectory();
        var root = RealLayout.Unpack(name, temporary);
        var before = Sandbox.Snapshot(root, ingest: true);

        var store = OciStore.Open(root);
        var read = 0;
        foreach (var entry in store.Entries())
        {
            var found = store.Resolve(entry.Tag ?? entry.Descriptor!.Digest.ToString());
            Assert.Equal(entry.Descriptor!.Digest, found.Digest);
            Assert.Equal(found.Digest, store.Resolve(found.Digest.ToString().Substring(0, 30)).Digest);
            foreach (var visit in store.Walk(found).Where(v => !v.Missing)) read += store.Read(visit.Descriptor).Length;
            _ = store.Referrers(found.Digest);
            _ = store.Predecessors(found.Digest);
        }

        Assert.True(read > 0);
        Assert.Equal(before, Sandbox.Snapshot(root, ingest: true));
    }

    [Fact]
    public void Store_that_does_not_exist_is_not_made_by_opening_it()
    {
        using var sandbox = new Sandbox();
        Sandbox.Refused(OciErrorKind.NotFound, () => sandbox.Open(), sandbox.Root);
        Assert.False(Directory.Exists(sandbox.Root));
    }

    [Theory]
    [InlineData("""{"imageLayoutVersion":"1.0.0"}""")]
    [InlineData("\uFEFF{\"imageLayoutVersion\":\"1.0.0\"}")]
    [InlineData("""{ "written by": ["a tool", {"of": null}], "imageLayoutVersion" : "1.0.0" , "more": 1 }  """)]
    public void Layout_file_of_the_version_opens_whatever_else_it_says_and_is_kept(string text)
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        File.WriteAllText(sandbox.LayoutPath, text);
        var before = File.ReadAllBytes(sandbox.LayoutPath);

        sandbox.Create().PushImage("a");

        Assert.Equal(before, File.ReadAllBytes(sandbox.LayoutPath));
    }

    [Theory]
    [InlineData("1.0.1")]
    [InlineData("1.0")]
    [InlineData("2.0.0")]
    [InlineData("")]
    [InlineData("1.0.0 ")]
    public void Other_version_is_unsupported_and_said(string version)
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        File.WriteAllText(sandbox.LayoutPath, $$"""{"imageLayoutVersion":"{{version}}"}""");
        var before = sandbox.Snapshot(ingest: true);

        foreach (var open in new Action[] { () => sandbox.Open(), () => sandbox.Create() })
        {
            var error = Sandbox.Refused(OciErrorKind.UnsupportedVersion, open, sandbox.Root, $"'{version}'", "1.0.0");
            Assert.Equal(("1.0.0", version), (error.Expected, error.Actual));
        }

        Assert.Equal(before, sandbox.Snapshot(ingest: true));
    }

    public static TheoryData<string, byte[]> BadLayoutFiles => new()
    {
        { "empty", [] },
        { "not json", "1.0.0"u8.ToArray() },
        { "truncated", "{\"imageLayoutVersion\":\"1.0.0\""u8.ToArray() },
        { "array", "[\"1.0.0\"]"u8.ToArray() },
        { "no version", "{}"u8.ToArray() },
        { "version is a number", "{\"imageLayoutVersion\":1}"u8.ToArray() },
        { "version is null", "{\"imageLayoutVersion\":null}"u8.ToArray() },
        { "two documents", "{\"imageLayoutVersion\":\"1.0.0\"}{}"u8.ToArray() },
        { "binary", [0, 1, 2, 3, 0xFF, 0xFE, 0x80] },
        { "no UTF-8", [.. "{\"imageLayoutVersion\":\""u8, 0xC3, 0x28, .. "\"}"u8] },
        { "too large", new byte[2 << 20] },
    };

    [Theory]
    [MemberData(nameof(BadLayoutFiles))]
    public void Layout_file_that_is_none_is_an_invalid_layout_and_kept(string name, byte[] content)
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        File.WriteAllBytes(sandbox.LayoutPath, content);
        var before = sandbox.Snapshot(ingest: true);

        foreach (var open in new Action[] { () => sandbox.Open(), () => sandbox.Create() })
        {
            var error = Sandbox.Refused(OciErrorKind.InvalidLayout, open, sandbox.Root, "oci-layout");
            Assert.True(error.Expected is not null, name);
        }

        Assert.Equal(before, sandbox.Snapshot(ingest: true));
    }

    [Fact]
    public void Layout_file_that_is_missing_is_an_invalid_layout()
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        File.Delete(sandbox.LayoutPath);
        Sandbox.Refused(OciErrorKind.InvalidLayout, () => sandbox.Open(), sandbox.Root, "oci-layout");

        Directory.CreateDirectory(sandbox.LayoutPath);
        Sandbox.Refused(OciErrorKind.InvalidLayout, () => sandbox.Open(), sandbox.Root, "oci-layout");
    }

    [Fact]
    public void Files_of_others_are_tolerated_and_never_touched()
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        string[] files =
        [
            "manifest.json", "index.json~", ".index.json.swp", "blobs/readme", "blobs/sha256/not-a-digest", "blobs/md5/abc", "umoci-tmp/x",
            "ingest/of-another-tool",
        ];
        foreach (var file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(sandbox.Root, file))!);
            File.WriteAllText(Path.Combine(sandbox.Root, file), file);
        }

        var store = sandbox.Open();
        store.Tag(store.PushImage("a"), "v1");
        store.Untag("v1");
        store.Tag(store.PushImage("b"), "v1");
        store.Collect();

        Assert.All(files, file => Assert.Equal(file, File.ReadAllText(Path.Combine(sandbox.Root, file))));
    }

    [Fact]
    public void Store_that_is_reached_by_a_link_is_one_store()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create(new OciStoreOptions { AutoSaveIndex = false });
        Directory.CreateSymbolicLink(sandbox.Beside("link"), sandbox.Root);
        store.Tag(store.PushImage("a"), "v1");

        var linked = OciStore.Open(sandbox.Beside("link"));

        Assert.Equal(["v1"], linked.TagNames()); // what waits to be saved is seen by the whole process
        Assert.Equal(sandbox.Beside("link"), linked.Path);
    }

    [Fact]
    public void Link_that_is_turned_to_another_store_does_not_take_the_first_one_with_it()
    {
        using var sandbox = new Sandbox();
        var link = sandbox.Beside("link");
        OciStore.Create(sandbox.Beside("made"));
        Directory.Move(sandbox.Beside("made"), sandbox.Beside("first")); // so that the link is what it is first opened by
        OciStore.Create(sandbox.Beside("second"));
        Directory.CreateSymbolicLink(link, sandbox.Beside("first"));
        var linked = OciStore.Open(link);
        linked.Tag(linked.PushImage("a"), "of-first");

        Directory.Delete(link);
        Directory.CreateSymbolicLink(link, sandbox.Beside("second"));
        var first = OciStore.Open(sandbox.Beside("first"));
        first.Tag(first.PushImage("b"), "of-first-too");

        Assert.Equal(["of-first", "of-first-too"], OciStore.Open(sandbox.Beside("first")).TagNames());
        Assert.Empty(OciStore.Open(link).TagNames());
        Assert.Empty(OciStore.OpenIsolated(sandbox.Beside("second"), Storage.PhysicalFileSystem.Instance).TagNames());
    }

    [Fact]
    public void Other_options_are_other_objects_of_the_same_store()
    {
        using var sandbox = new Sandbox();
        var saving = sandbox.Create();
        var waiting = sandbox.Open(new OciStoreOptions { AutoSaveIndex = false });

        waiting.Tag(waiting.PushImage("a"), "v1");

        Assert.Equal(["v1"], saving.TagNames());
        Assert.Equal(Sample.Index(), sandbox.IndexText);
    }
}

/// <summary>The current directory belongs to the whole process, so these run alone.</summary>
[Collection(nameof(CurrentDirectoryTests))]
[CollectionDefinition(nameof(CurrentDirectoryTests), DisableParallelization = true)]
public class CurrentDirectoryTests
{
    [Fact]
    public void Relative_path_is_made_absolute_once()
    {
        using var sandbox = new Sandbox();
        var before = Directory.GetCurrentDirectory();
        try
        {
            Directory.SetCurrentDirectory(Path.GetDirectoryName(sandbox.Root)!);
            var store = OciStore.Create("store");
            Directory.SetCurrentDirectory(Path.GetTempPath());

            store.Tag(store.PushImage("a"), "v1");

            Assert.Equal(sandbox.Root, store.Path);
            Assert.Equal(["v1"], sandbox.Isolated().TagNames());
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
        }
    }
}
