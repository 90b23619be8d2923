using System;
using System.Collections.Generic;
using System.Formats.Tar;
using System.IO;
using System.Linq;
using System.Runtime.Versioning;
using System.Text;
using Xunit;

namespace OciLayout.Tests.Artifacts;

/// <summary>Tests unpacked directories: modes, links, names, and limits of size.</summary>
public class ExpandTreeTests
{
    private static readonly string[] Names = ["d", "d/key", "d/run", "d/private", "d/sealed", "d/sealed/x", "d/closed"];

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Modes_are_unpacked_without_setuid_setgid_and_sticky()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes.");
        using var artifact = new ExpandedArtifact().Packed("d", new Archive().Directory("d", 0x1F8 | 0x200).File("d/key", mode: 0x180).File("d/run", mode: 0xFC0 | 0x28)
            .Directory("d/private", 0x1C0).File("d/private/x").Directory("d/sealed", 0x16D).File("d/sealed/x", mode: 0x124).Directory("d/closed", 0).File("d/closed/x"));

        artifact.Expand();

        Assert.Equal(
            "d 750, d/key 600, d/run 750, d/private 700, d/sealed 555, d/sealed/x 444, d/closed 0",
            string.Join(", ", Names.Select(n => $"{n} {Convert.ToString((int)File.GetUnixFileMode(artifact["out", n]), 8)}")));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Existing_directory_keeps_its_mode()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes.");
        using var artifact = new ExpandedArtifact().Packed("d", new Archive().Directory("d", 0x16D).File("d/x"));
        Directory.CreateDirectory(artifact["out", "d"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        artifact.Expand();

        Assert.Equal(0x1C0, (int)File.GetUnixFileMode(artifact["out", "d"]));
    }

    [Fact]
    public void Link_to_a_directory_is_a_link_to_that_directory()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links require rights there.");
        using var artifact = new ExpandedArtifact().Packed("pkg", new Archive().Directory("pkg").Link("pkg/before", "lib64").Directory("pkg/lib64").File("pkg/lib64/x.so", "x")
            .Link("pkg/zlib", "lib64").Link("pkg/lib64/self", ".").Link("pkg/dangling", "nowhere"));

        var files = artifact.Expand();

        Assert.Equal("x", File.ReadAllText(artifact["out", "pkg", "zlib", "x.so"]));
        Assert.Equal("x", File.ReadAllText(artifact["out", "pkg", "before", "x.so"]));
        Assert.Equal("lib64", new DirectoryInfo(artifact["out", "pkg", "zlib"]).LinkTarget);
        Assert.Equal("nowhere", new FileInfo(artifact["out", "pkg", "dangling"]).LinkTarget);
        Assert.Contains(artifact["out", "pkg", "zlib"], files);
    }

    [Theory]
    [InlineData("./a.txt", "a.txt")]
    [InlineData("././sub/./a.txt", "sub/a.txt")]
    public void Dot_segments_in_a_title_are_ignored(string title, string name)
    {
        using var artifact = new ExpandedArtifact().File(title);
        artifact.Expand();
        Assert.True(File.Exists(artifact["out", name]));
    }

    [Theory]
    [InlineData(".", "")]
    [InlineData("./", "")]
    [InlineData("./docs/", "docs/")]
    public void Packed_directory_may_be_the_destination_itself_or_end_with_a_slash(string title, string top)
    {
        using var artifact = new ExpandedArtifact().File("first", "1").Packed(title, new Archive().Directory(top.Length == 0 ? "." : top).File(top + "a", "a").File("./" + top + "sub/b", "b"));
        artifact.Expand();
        Assert.Equal("a", File.ReadAllText(artifact["out", top + "a"]));
        Assert.Equal("b", File.ReadAllText(artifact["out", top + "sub/b"]));
        Assert.Equal("1", File.ReadAllText(artifact["out", "first"]));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("//")]
    [InlineData("..")]
    [InlineData("")]
    public void Packed_directory_cannot_leave_the_destination(string title)
    {
        using var artifact = new ExpandedArtifact().Packed(title, new Archive().File("a"));
        Assert.Equal(OciErrorKind.UnsafePath, Assert.Throws<OciException>(() => artifact.Expand()).Kind);
        foreach (var name in new[] { "../a", "/a", "sub/../../a" })
        {
            using var other = new ExpandedArtifact().Packed(".", new Archive().File(name));
            Assert.Equal(OciErrorKind.UnsafePath, Assert.Throws<OciException>(() => other.Expand()).Kind);
        }
    }

    [Fact]
    public void Hard_links_do_not_multiply_a_file()
    {
        var archive = new Archive().Directory("d").File("d/0", new string('x', 100_000));
        for (var i = 1; i < 50; i++) archive.HardLink($"d/{i}", "d/0");
        using var artifact = new ExpandedArtifact().Packed("d", archive);

        artifact.Expand(new ExpandOptions { MaximumSize = 300_000 });

        Assert.Equal(50, Directory.GetFiles(artifact["out", "d"]).Length);
        Assert.All(Directory.GetFiles(artifact["out", "d"]), f => Assert.Equal(100_000, new FileInfo(f).Length));
        if (OperatingSystem.IsWindows()) return;
        File.WriteAllText(artifact["out", "d", "7"], "one file with many names");
        Assert.Equal("one file with many names", File.ReadAllText(artifact["out", "d", "0"]));
    }

    [Fact]
    public void Archive_larger_than_the_limit_is_refused_and_leaves_nothing()
    {
        using var artifact = new ExpandedArtifact().Packed("d", new Archive().Directory("d").File("d/zeros", new string('0', 70 << 20)));

        var error = Assert.Throws<OciException>(() => artifact.Expand());
        Assert.Equal(OciErrorKind.SizeLimitExceeded, error.Kind);
        Assert.Equal("", artifact.Tree());

        Assert.Single(artifact.Expand(new ExpandOptions { MaximumSize = 71 << 20 }));
    }

    [Fact]
    public void Limit_counts_plain_files()
    {
        using var artifact = new ExpandedArtifact().File("a", "12345").File("b", "67890");
        Assert.Equal(OciErrorKind.SizeLimitExceeded, Assert.Throws<OciException>(() => artifact.Expand(new ExpandOptions { MaximumSize = 9 })).Kind);
        Assert.Equal(2, artifact.Expand(new ExpandOptions { MaximumSize = 10 }).Count);
    }

    [Theory]
    [InlineData("1.0")]
    [InlineData("0.1")]
    [InlineData("old")]
    public void Sparse_file_is_refused_by_name(string format)
    {
        using var artifact = new ExpandedArtifact().Packed("d", Sparse(format));
        var error = Assert.Throws<OciException>(() => artifact.Expand());
        Assert.Equal(OciErrorKind.UnsafePath, error.Kind);
        Assert.Contains("sparse", error.Message, StringComparison.Ordinal);
        Assert.Equal("", artifact.Tree());
    }

    [Theory]
    [InlineData("A.txt", "a.txt")]
    [InlineData("dir/x", "DIR/y")]
    [InlineData("dir", "DIR/y")]
    public void Titles_that_collide_on_the_file_system_are_refused(string one, string other)
    {
        using var artifact = new ExpandedArtifact().File(one, "1").File(other, "2");
        Assert.Equal(OciErrorKind.UnsafePath, Assert.Throws<OciException>(() => artifact.Expand(open: CaselessFolder.Open)).Kind);
        Assert.Equal("", artifact.Tree());
    }

    [Theory]
    [InlineData("d/A", "d/a")]
    [InlineData("d/sub/x", "d/SUB/y")]
    public void Archive_names_that_collide_on_the_file_system_are_refused(string one, string other)
    {
        using var artifact = new ExpandedArtifact().Packed("d", new Archive().Directory("d").File(one, "1").File(other, "2"));
        Assert.Equal(OciErrorKind.UnsafePath, Assert.Throws<OciException>(() => artifact.Expand(open: CaselessFolder.Open)).Kind);
        Assert.Equal("", artifact.Tree());
    }

    [Fact]
    public void Later_layer_replaces_a_file_of_an_earlier_one()
    {
        using var artifact = new ExpandedArtifact().Packed("d", new Archive().Directory("d").File("d/a", "1")).File("d/a", "2");
        artifact.Expand();
        Assert.Equal("2", File.ReadAllText(artifact["out", "d", "a"]));
    }

    [Fact]
    public void Files_of_an_artifact_do_not_replace_those_of_its_store()
    {
        using var artifact = new ExpandedArtifact().File("index.json", "gone");
        var store = artifact.Layout;
        var manifest = store.PushManifest(TestDocument.Image(store.PushBlob("{}"), [new Descriptor("text/plain", store.PushBlob("gone").Digest, 4) { Annotations = new Dictionary<string, string> { [AnnotationKeys.Title] = "index.json" } }]), "a");
        var expansion = new OciExpansion(store.Store, new ExpandOptions { Force = true });
        foreach (var path in new[] { store.Path, Path.Combine(store.Path, "blobs"), Path.Combine(store.Path, "blobs", "sha256") })
            Assert.Equal(OciErrorKind.UnsafePath, Assert.Throws<OciException>(() => expansion.Run(expansion.Plan(manifest), path)).Kind);
        Assert.Equal(["a"], store.Tags);
        Assert.Single(expansion.Run(expansion.Plan(manifest), Path.Combine(store.Path, "out")));
    }

    [Fact]
    public void Empty_layer_of_an_artifact_without_files_is_kept()
    {
        using var layout = new TestLayout();
        var empty = layout.PushBlob("{}", MediaTypes.Empty);
        var plan = new OciExpansion(layout.Store).Plan(layout.PushManifest(TestDocument.Image(empty, [empty])));
        Assert.Equal((0, 0), (plan.Items.Count, plan.Unnamed));
        Assert.Equal(1, new OciExpansion(layout.Store).Plan(layout.PushManifest(TestDocument.Image(empty, [layout.PushBlob("x")]))).Unnamed);
    }

    [Fact]
    public void Overlong_names_and_headers_are_refused_before_memory_is_allocated()
    {
        foreach (var archive in new[] { new Archive().Directory("d").File("d/" + new string('x', 2 << 20)), new Archive().Directory("d").Link("d/l", new string('x', 2 << 20)) })
        {
            using var artifact = new ExpandedArtifact().Packed("d", archive);
            Assert.Equal(OciErrorKind.InvalidArchive, Assert.Throws<OciException>(() => artifact.Expand()).Kind);
            Assert.Equal("", artifact.Tree());
        }
    }

    [Theory]
    [InlineData(256, 1)]
    [InlineData(86, 3)]
    [InlineData(20, 200)]
    public void Name_that_is_too_long_for_file_systems_is_refused(int length, int depth)
    {
        var part = new string(depth == 3 ? '\u6F22' : 'x', length);
        using var artifact = new ExpandedArtifact().Packed("d", new Archive().Directory("d").File("d/" + string.Join('/', Enumerable.Repeat(part, depth))));
        Assert.Equal(OciErrorKind.UnsafePath, Assert.Throws<OciException>(() => artifact.Expand()).Kind);
    }

    // Returns a sparse file of 1 MiB with one piece of 512 bytes, as GNU tar writes it.
    private static byte[] Sparse(string format)
    {
        var piece = new byte[512];
        var entry = format switch
        {
            "1.0" => new PaxTarEntry(TarEntryType.RegularFile, "d/GNUSparseFile.1/disk", new Dictionary<string, string>
            {
                ["GNU.sparse.major"] = "1",
                ["GNU.sparse.minor"] = "0",
                ["GNU.sparse.name"] = "d/disk",
                ["GNU.sparse.realsize"] = "1048576",
            }),
            _ => new PaxTarEntry(TarEntryType.RegularFile, "d/GNUSparseFile.1/disk", new Dictionary<string, string>
            {
                ["GNU.sparse.size"] = "1048576",
                ["GNU.sparse.numblocks"] = "1",
                ["GNU.sparse.name"] = "d/disk",
                ["GNU.sparse.map"] = "512,512",
            }),
        };
        entry.DataStream = new MemoryStream(format == "1.0" ? [.. Encoding.ASCII.GetBytes("1\n512\n512\n".PadRight(512, '\0')), .. piece] : piece);
        using var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true)) writer.WriteEntry(entry);
        var bytes = tar.ToArray();
        if (format != "old") return bytes;

        // The old format uses the entry type 'S' and no extended headers.
        using var plain = new MemoryStream();
        using (var writer = new TarWriter(plain, TarEntryFormat.Gnu, leaveOpen: true)) writer.WriteEntry(new GnuTarEntry(TarEntryType.RegularFile, "d/disk") { DataStream = new MemoryStream(piece) });
        bytes = plain.ToArray();
        bytes[156] = (byte)'S';
        Encoding.ASCII.GetBytes("        ").CopyTo(bytes, 148);
        Encoding.ASCII.GetBytes(Convert.ToString(bytes.Take(512).Sum(b => b), 8).PadLeft(6, '0') + "\0 ").CopyTo(bytes, 148);
        return bytes;
    }
}
