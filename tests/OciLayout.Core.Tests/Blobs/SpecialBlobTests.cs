using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.Blobs;

/// <summary>Tests directories, FIFOs and links in the place of a blob: no call hangs or damages them, and each answers correctly.</summary>
public class SpecialBlobTests
{
    public static TheoryData<string> Kinds => ["directory", "fifo", "dangling link", "link to a fifo", "link to a directory", "link to a device", "link to itself"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Manifest_that_is_not_a_regular_file_is_a_missing_root(string kind)
    {
        using var layout = new TestLayout();
        layout.PushImage("good", "good");
        var bad = layout.PushImage("bad", "bad");
        Put(layout, bad.Digest, kind);
        layout.Reopen();

        Assert.False(layout.Store.Exists(bad.Digest));
        Assert.True(Assert.Single(layout.Store.Walk(bad)).IsMissing);
        layout.AssertRefused(OciErrorKind.NotFound, () => layout.Store.GetManifest(bad));
        layout.AssertRefused(OciErrorKind.IncompleteGraph, () => layout.Collect());
        layout.Store.Collect(new GarbageOptions { Force = true });
        layout.AssertWalks("good");
        Assert.Empty(layout.Delete("bad"));
        Assert.Equal(["good"], layout.Tags);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Child_that_is_not_a_regular_file_is_missing_and_stops_nothing(string kind)
    {
        using var layout = new TestLayout();
        var child = layout.PushImage("child");
        layout.PushIndex("multi", child);
        layout.PushBlob("loose");
        Put(layout, child.Digest, kind);
        layout.Reopen();

        Assert.Equal([false, true], layout.Store.Walk(layout.Store.Resolve("multi")).Select(v => v.IsMissing));
        Assert.Contains(layout.Collect(), r => r.Digest == Digest.Compute("loose"u8));
        Assert.Equal(["multi"], layout.Tags);
    }

    [Fact]
    public void Fifo_named_by_the_digest_of_empty_content_is_not_opened()
    {
        using var layout = new TestLayout();
        var nothing = TestDocument.Describe([], TestLayout.LayerType);
        layout.PushManifest(TestDocument.Image(null, [nothing]), "image");
        Put(layout, nothing.Digest, "fifo");

        Assert.Empty(layout.Store.ReadAll(nothing, 10));
        Assert.Equal(2, layout.Store.Walk(layout.Store.Resolve("image")).Count());
    }

    [Fact]
    public void Unreferenced_fifo_is_collected()
    {
        using var layout = new TestLayout();
        layout.PushImage("good", "good");
        var digest = Digest.Compute("fifo"u8);
        Put(layout, digest, "fifo");

        Assert.Equal([digest], layout.Collect().Select(r => r.Digest));
        Assert.False(File.Exists(layout.PathOf(digest)));
    }

    [Fact]
    public void Blob_link_out_of_the_store_is_read_and_its_target_is_kept()
    {
        using var layout = new TestLayout();
        using var outside = new TemporaryDirectory();
        layout.PushImage("good", "good");
        var image = layout.PushImage("linked", "linked");
        var target = outside.NewFile("target", File.ReadAllBytes(layout.PathOf(image.Digest)));
        File.Delete(layout.PathOf(image.Digest));
        File.CreateSymbolicLink(layout.PathOf(image.Digest), target);
        layout.Reopen();

        layout.AssertWalks("linked");
        Assert.Equal(3, layout.Delete("linked").Count);
        Assert.True(File.Exists(target));
        Assert.Null(new FileInfo(layout.PathOf(image.Digest)).LinkTarget);
    }

    [Fact]
    public void Link_to_other_bytes_of_the_same_length_is_corrupt()
    {
        using var layout = new TestLayout();
        using var outside = new TemporaryDirectory();
        layout.PushImage("good", "good");
        var image = layout.PushImage("linked", "linked");
        var target = outside.NewFile("target", new byte[image.Size]);
        File.Delete(layout.PathOf(image.Digest));
        File.CreateSymbolicLink(layout.PathOf(image.Digest), target);
        layout.Reopen();

        Assert.Equal(OciErrorKind.DigestMismatch, Assert.Single(layout.Store.Walk(image)).Problem?.Kind);
        layout.AssertRefused(OciErrorKind.IncompleteGraph, () => layout.Collect());
    }

    [Fact]
    public void Linked_blob_directory_is_read_and_not_written_through()
    {
        using var layout = new TestLayout();
        using var outside = TemporaryDirectory.InMemory();
        layout.PushImage("good", "good");
        layout.PushBlob("loose");
        var blobs = Path.Combine(layout.Path, "blobs", "sha256");
        Directory.Move(blobs, outside["moved"]);
        Directory.CreateSymbolicLink(blobs, outside["moved"]);
        var before = LayoutSnapshot.Of(outside.Path);

        layout.AssertWalks("good");
        layout.AssertRefused(OciErrorKind.InvalidLayout, () => layout.Collect());

        Assert.Equal(before, LayoutSnapshot.Of(outside.Path));
    }

    [Fact]
    public void Huge_file_typed_as_a_manifest_is_not_read()
    {
        using var layout = new TestLayout();
        layout.PushImage("good", "good");
        var huge = new Descriptor(MediaTypes.ImageManifest, Digest.Compute("huge"u8), 1L << 40);
        using (var file = File.Create(layout.PathOf(huge.Digest))) file.SetLength(1L << 33); // sparse
        layout.AddEntries(TestLayout.Entry(huge, "huge"));

        Assert.Equal(OciErrorKind.SizeLimitExceeded, Assert.Single(layout.Store.Walk(huge)).Problem?.Kind);
        Assert.Throws<OciException>(() => layout.Store.PlanGarbage());
        layout.Store.Untag("huge");
        Assert.Equal([huge.Digest], layout.Collect().Select(r => r.Digest));
    }

    private static void Put(TestLayout layout, Digest digest, string kind)
    {
        var path = layout.PathOf(digest);
        if (kind.Contains("fifo", StringComparison.Ordinal) && OperatingSystem.IsWindows()) Assert.Skip("There are no FIFOs here.");
        File.Delete(path);
        switch (kind)
        {
            case "directory":
                Directory.CreateDirectory(path);
                break;
            case "fifo":
                MakeFifo(path);
                break;
            case "dangling link":
                File.CreateSymbolicLink(path, path + "-nowhere");
                break;
            case "link to a fifo":
                MakeFifo(Path.Combine(layout.Path, "fifo"));
                File.CreateSymbolicLink(path, Path.Combine(layout.Path, "fifo"));
                break;
            case "link to a device":
                File.CreateSymbolicLink(path, OperatingSystem.IsWindows() ? @"\\.\NUL" : "/dev/zero");
                break;
            case "link to itself":
                File.CreateSymbolicLink(path, path);
                break;
            default:
                Directory.CreateSymbolicLink(path, layout.IngestPath);
                break;
        }
    }

    private static void MakeFifo(string path)
    {
        using var process = Process.Start("mkfifo", [path]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
