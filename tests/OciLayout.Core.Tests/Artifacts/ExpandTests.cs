using System;
using System.Collections.Generic;
using System.Formats.Tar;
using System.IO;
using System.Linq;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.Artifacts;

/// <summary>Tests unpacking: files are written below the destination and nowhere else (section 5).</summary>
public class ExpandTests
{
    private static readonly string[] UnsafeNames =
    [
        "/etc/passwd", "..", "../x", "a/../../x", "a/..", "./../x", "a//b", ".//x", ".", "C:/x", "C:x", "c:\\x", "\\\\server\\share\\x", "a\\b", "..\\x",
        "CON", "nul", "NUL.txt", "aux.c", "a/prn", "COM1", "lpt9.log", "com\u00b9", "CONIN$", "nul .txt", "file:stream", "a:b", "x::$DATA", "dot.", "blank ", "a./b", "a /b",
        "bell\a", "del\u007f", "star*", "question?", "pipe|", "less<", "quote\"",
    ];

    // The tar format cannot represent these names: a null ends a name, a newline ends a header, and a final slash marks a directory.
    private static readonly string[] UnsafeNamesOutsideOfTar = ["", "./", "a/", "new\nline", "null\0byte", "~/x\0"];

    public static TheoryData<string> UnsafeTitles => [.. UnsafeNames, .. UnsafeNamesOutsideOfTar];

    public static TheoryData<string> UnsafeEntryNames => new(UnsafeNames);

    [Theory]
    [MemberData(nameof(UnsafeTitles))]
    public void Unsafe_title_is_refused_before_anything_is_written(string title)
    {
        using var layout = new TestLayout();
        using var place = new TemporaryDirectory();
        var good = Layer(layout, "good", "good.txt");
        var artifact = layout.PushManifest(TestDocument.Image(layout.PushBlob("{}"), [good, Titled(layout.PushBlob("bad"), title)]), "a");

        Refuse(layout, artifact, place["out"]);
        Assert.False(Directory.Exists(place["out"]));
    }

    [Theory]
    [MemberData(nameof(UnsafeEntryNames))]
    public void Unsafe_name_in_an_archive_is_refused(string name) =>
        RefuseArchive(new Archive().Directory("docs").File("docs/good.md").File("docs/" + name));

    public static TheoryData<string, string> Tricks() => new()
    {
        { "outside", "../x" },
        { "absolute", "/tmp/x" },
        { "beside", "other/x" },
        { "top is a link", "link:docs>/etc" },
        { "absolute link", "link:docs/a>/etc/passwd" },
        { "link up and out", "link:docs/a>../x" },
        { "link far up", "link:docs/sub/a>../../x" },
        { "link down and up again", "link:docs/a>sub/../../x" },
        { "link with a drive", "link:docs/a>C:x" },
        { "link with backslashes", "link:docs/a>..\\x" },
        { "empty link", "link:docs/a> " },
        { "hard link out", "hard:docs/a>../x" },
        { "hard link absolute", "hard:docs/a>/etc/passwd" },
        { "hard link to nothing", "hard:docs/a>docs/b" },
        { "hard link to a directory", "hard:docs/a>docs" },
        { "fifo", "fifo:docs/a" },
        { "device", "device:docs/a" },
    };

    [Theory]
    [MemberData(nameof(Tricks))]
    public void Malicious_archive_is_refused(string what, string entry)
    {
        Assert.NotEmpty(what);
        var archive = new Archive();
        if (!entry.StartsWith("link:docs>", StringComparison.Ordinal)) archive.Directory("docs").File("docs/good.md");
        var (kind, rest) = entry.Contains(':') && entry.IndexOf(':') < 7 ? (entry[..entry.IndexOf(':')], entry[(entry.IndexOf(':') + 1)..]) : ("file", entry);
        var parts = rest.Split('>');
        _ = kind switch
        {
            "link" => archive.Link(parts[0], parts[1]),
            "hard" => archive.HardLink(parts[0], parts[1]),
            "fifo" => archive.Add(TarEntryType.Fifo, parts[0]),
            "device" => archive.Add(TarEntryType.CharacterDevice, parts[0]),
            _ => archive.File(entry),
        };
        RefuseArchive(archive);
    }

    [Fact]
    public void Nothing_is_written_through_an_earlier_link()
    {
        RefuseArchive(new Archive().Directory("docs").Directory("docs/sub").Link("docs/a", "sub").File("docs/a/x"));
        RefuseArchive(new Archive().Directory("docs").File("docs/f").Link("docs/a", "f").File("docs/a", "through"));
        RefuseArchive(new Archive().Directory("docs").Link("docs/a", "nowhere").Directory("docs/a"));
        RefuseArchive(new Archive().Directory("docs").File("docs/f").Link("docs/a", "f").HardLink("docs/b", "docs/a"));
        RefuseArchive(new Archive().Directory("docs").File("docs/f").File("docs/f", "again"));
        RefuseArchive(new Archive().Directory("docs").File("docs/f").File("docs/f/x"));

        // The target of each link alone is inside. The second link leads outside through the first.
        RefuseArchive(new Archive().Directory("docs").Directory("docs/d").Directory("docs/d/e").Link("docs/d/e/l", "../..").Link("docs/m", "d/e/l/../x"));
    }

    [Fact]
    public void Valid_archive_is_unpacked_with_inner_links()
    {
        using var layout = new TestLayout();
        using var place = new TemporaryDirectory();
        var archive = new Archive().Directory("docs").File("docs/a.md", "a").Directory("docs/sub").File("docs/sub/b.md", "b")
            .Link("docs/sub/up", "../a.md").Link("docs/down", "sub/b.md").HardLink("docs/same", "docs/a.md").Directory("docs/empty").File("docs/none", "");
        var artifact = Push(layout, archive.ToTar());

        var files = new OciExpansion(layout.Store).Run(new OciExpansion(layout.Store).Plan(artifact), place["out"]);

        Assert.Equal(["docs/a.md", "docs/down", "docs/none", "docs/same", "docs/sub/b.md", "docs/sub/up"], files.Select(f => Path.GetRelativePath(place["out"], f)));
        Assert.Equal("a", File.ReadAllText(place["out", "docs", "sub", "up"]));
        Assert.Equal("b", File.ReadAllText(place["out", "docs", "down"]));
        Assert.True(Directory.Exists(place["out", "docs", "empty"]));
        File.WriteAllText(place["out", "docs", "same"], "changed");
        Assert.Equal("changed", File.ReadAllText(place["out", "docs", "a.md"])); // the archive has a hard link
        Assert.Equal(["docs"], Directory.EnumerateFileSystemEntries(place["out"]).Select(Path.GetFileName));
    }

    [Fact]
    public void Digest_of_the_archive_is_verified()
    {
        using var layout = new TestLayout();
        using var place = new TemporaryDirectory();
        var artifact = Push(layout, new Archive().Directory("docs").File("docs/a").ToTar(), Digest.Compute("another"u8));
        Assert.Equal(OciErrorKind.DigestMismatch, Assert.Throws<OciException>(() => Expand(layout, artifact, place["out"])).Kind);
        Assert.False(Directory.Exists(place["out"]));
    }

    [Theory]
    [InlineData("no gzip at all")]
    [InlineData("")]
    public void Layer_that_is_not_an_archive_is_reported(string content)
    {
        using var layout = new TestLayout();
        using var place = new TemporaryDirectory();
        var layer = Unpacked(layout.PushBlob(content, TestLayout.LayerType), null);
        var torn = Archive.Compress(new Archive().Directory("docs").File("docs/a", new string('x', 5000)).ToTar());
        var half = Unpacked(layout.WriteBlob(torn[..(torn.Length / 2)]), null);
        foreach (var bad in (Descriptor[])[layer, half])
        {
            var artifact = layout.PushManifest(TestDocument.Image(layout.PushBlob("{}"), [bad]));
            Assert.Equal(OciErrorKind.InvalidArchive, Assert.Throws<OciException>(() => Expand(layout, artifact, place["out"])).Kind);
            Assert.False(Directory.Exists(place["out"]));
        }
    }

    [Theory]
    [InlineData("xz", new byte[] { 0xFD, 0x37, 0x7A, 0x58, 0x5A, 0 })]
    [InlineData("zstd", new byte[] { 0x28, 0xB5, 0x2F, 0xFD })]
    public void Error_names_the_unsupported_compression_of_a_directory(string name, byte[] magic)
    {
        using var layout = new TestLayout();
        using var place = new TemporaryDirectory();
        var artifact = layout.PushManifest(TestDocument.Image(layout.PushBlob("{}"), [Unpacked(layout.WriteBlob([.. magic, .. new byte[600]]), null)]));

        var error = Assert.Throws<OciException>(() => Expand(layout, artifact, place["out"]));

        Assert.Equal((OciErrorKind.InvalidArchive, name), (error.Kind, error.Actual));
        Assert.Contains("compressed with " + name, error.Message);
        Assert.False(Directory.Exists(place["out"]));
    }

    [Fact]
    public void Corrupt_layer_prevents_all_files()
    {
        using var layout = new TestLayout();
        using var place = new TemporaryDirectory();
        var bad = Layer(layout, "bad", "b.txt");
        var artifact = layout.PushManifest(TestDocument.Image(layout.PushBlob("{}"), [Layer(layout, "good", "a.txt"), bad]));
        layout.WriteFile(bad.Digest, "BAD"u8.ToArray());
        Assert.Equal(OciErrorKind.DigestMismatch, Assert.Throws<OciException>(() => Expand(layout, artifact, place["out"])).Kind);
        Assert.False(Directory.Exists(place["out"]));
    }

    [Fact]
    public void Links_at_the_destination_are_not_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links take rights there.");
        using var layout = new TestLayout();
        using var place = new TemporaryDirectory();
        var artifact = layout.PushManifest(TestDocument.Image(layout.PushBlob("{}"), [Layer(layout, "a", "dir/a.txt"), Layer(layout, "b", "b.txt")]));
        place.NewDirectory("out");
        place.NewDirectory("elsewhere");
        File.WriteAllText(place["mine"], "mine");
        File.CreateSymbolicLink(place["out", "b.txt"], place["mine"]);
        Assert.Equal(OciErrorKind.AlreadyExists, Assert.Throws<OciException>(() => Expand(layout, artifact, place["out"])).Kind);
        Expand(layout, artifact, place["out"], force: true);
        Assert.Equal("mine", File.ReadAllText(place["mine"]));
        Assert.Null(new FileInfo(place["out", "b.txt"]).LinkTarget);

        Directory.Delete(place["out", "dir"], recursive: true);
        Directory.CreateSymbolicLink(place["out", "dir"], place["elsewhere"]);
        Assert.Equal(OciErrorKind.UnsafePath, Assert.Throws<OciException>(() => Expand(layout, artifact, place["out"], force: true)).Kind);
        Assert.Empty(Directory.EnumerateFileSystemEntries(place["elsewhere"]));
    }

    private static Descriptor Layer(TestLayout layout, string content, string title) => Titled(layout.PushBlob(content), title);

    private static Descriptor Titled(Descriptor layer, string title) => With(layer, new() { [AnnotationKeys.Title] = title });

    private static Descriptor Unpacked(Descriptor layer, Digest? tar)
    {
        var annotations = new Dictionary<string, string> { [AnnotationKeys.Title] = "docs", [AnnotationKeys.Unpack] = "true" };
        if (tar is not null) annotations[AnnotationKeys.ContentDigest] = tar.ToString()!;
        return With(layer, annotations);
    }

    private static Descriptor With(Descriptor layer, Dictionary<string, string> annotations) =>
        new(layer.MediaType, layer.Digest, layer.Size) { Annotations = annotations };

    private static Descriptor Push(TestLayout layout, byte[] tar, Digest? digest = null)
    {
        var layer = layout.WriteBlob(Archive.Compress(tar));
        return layout.PushManifest(TestDocument.Image(layout.PushBlob("{}"), [Unpacked(layer, digest ?? Digest.Compute(tar))]));
    }

    private static void Expand(TestLayout layout, Descriptor artifact, string path, bool force = false)
    {
        var expansion = new OciExpansion(layout.Store, new ExpandOptions { Force = force });
        expansion.Run(expansion.Plan(artifact), path);
    }

    private static void Refuse(TestLayout layout, Descriptor artifact, string path)
    {
        var error = Assert.Throws<OciException>(() => Expand(layout, artifact, path));
        Assert.True(error.Kind == OciErrorKind.UnsafePath, $"{error.Kind}: {error.Message}");
        Assert.DoesNotContain(error.Message, c => char.IsControl(c));
    }

    private static void RefuseArchive(Archive archive)
    {
        using var layout = new TestLayout();
        using var place = new TemporaryDirectory();
        Refuse(layout, Push(layout, archive.ToTar()), place["out"]);
        Assert.Equal([Path.GetFileName(layout.Path)], Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(layout.Path)!).Select(Path.GetFileName));
        Assert.Empty(Directory.EnumerateFileSystemEntries(place.Path));
    }
}
