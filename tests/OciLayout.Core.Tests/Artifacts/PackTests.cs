using System;
using System.Collections.Generic;
using System.Formats.Tar;
using System.IO;
using System.IO.Compression;
using System.Linq;
using OciLayout.Testing;
using OciLayout.Tests.Transfer;
using Xunit;

namespace OciLayout.Tests.Artifacts;

/// <summary>Tests packing: oras can pull the artifact, and equal content gives equal bytes on all platforms (section 5).</summary>
public class PackTests
{
    private static readonly ArtifactOptions Options = new() { ArtifactType = "application/x-app", Created = DateTimeOffset.UnixEpoch };

    [Fact]
    public void Files_become_layers_with_names_and_types()
    {
        using var layout = new TestLayout();
        using var files = new TemporaryDirectory();
        string[] names = ["b.txt", "a.spdx.json", "c.unknown", "none"];
        foreach (var name in names) files.NewFile(name, Sample.Bytes(name == "none" ? "" : name));

        var artifact = Pack(layout, Options, [.. names.Select(n => files[n])]);

        var manifest = layout.Store.GetManifest(artifact);
        Assert.Equal(names, manifest.Layers.Select(l => l.Annotations[AnnotationKeys.Title]));
        Assert.Equal(["text/plain", "application/spdx+json", "application/octet-stream", "application/octet-stream"], manifest.Layers.Select(l => l.MediaType));
        Assert.Equal(OciArtifactBuilder.Empty.Digest.ToString(), manifest.Config!.Digest.ToString());
        Assert.Equal("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", manifest.Config.Digest.ToString());
        Assert.Equal("1970-01-01T00:00:00Z", manifest.Annotations[AnnotationKeys.Created]);
        Assert.Equal("1970-01-01T00:00:00Z", layout.Store.GetEntries().Single().Descriptor!.Annotations[AnnotationKeys.Created]);
        Assert.Equal("application/x-app", layout.Store.GetEntries().Single().Descriptor!.ArtifactType);
    }

    [Fact]
    public void No_file_becomes_one_empty_layer()
    {
        using var layout = new TestLayout();
        var manifest = layout.Store.GetManifest(Pack(layout, Options));
        Assert.Equal(OciArtifactBuilder.Empty.Digest, Assert.Single(manifest.Layers).Digest);
    }

    [Fact]
    public void Invalid_artifact_arguments_are_refused()
    {
        using var layout = new TestLayout();
        Assert.Equal(OciErrorKind.InvalidManifest, Assert.Throws<OciException>(() => Pack(layout, new ArtifactOptions())).Kind);
        Assert.Equal(OciErrorKind.UnsupportedMediaType, Assert.Throws<OciException>(() => Pack(layout, new ArtifactOptions { ArtifactType = "a/b", Subject = layout.PushBlob("x") })).Kind);
        Assert.Empty(layout.Listed);
    }

    [Fact]
    public void Names_that_are_not_portable_are_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Such files cannot be made there.");
        using var layout = new TestLayout();
        using var files = new TemporaryDirectory();
        Assert.Equal(OciErrorKind.UnsafePath, Assert.Throws<OciException>(() => Pack(layout, Options, files.NewFile("aux.c", []))).Kind);
        Assert.Equal(OciErrorKind.UnsafePath, Assert.Throws<OciException>(() => Pack(layout, Options, files.NewFile("a:b", []))).Kind);
        Assert.Equal(OciErrorKind.AlreadyExists, Assert.Throws<OciException>(() => Pack(layout, Options, files.NewFile("x", []), files.NewFile("sub/X", []))).Kind);
    }

    [Fact]
    public void Packed_directory_has_the_same_bytes_for_any_time_and_file_order()
    {
        using var layout = new TestLayout();
        using var one = new TemporaryDirectory();
        using var other = new TemporaryDirectory();
        Fill(one, ["b", "a", "sub/c", "B", "\u00e9", new string('x', 120)]);
        Fill(other, [new string('x', 120), "\u00e9", "B", "sub/c", "a", "b"]);
        File.SetLastWriteTimeUtc(other["docs", "a"], DateTime.UnixEpoch);

        var first = layout.Store.GetManifest(Pack(layout, Options, one["docs"])).Layers.Single();
        var second = layout.Store.GetManifest(Pack(layout, Options, other["docs"])).Layers.Single();

        Assert.Equal(first.Digest, second.Digest);
        Assert.Equal("true", first.Annotations[AnnotationKeys.Unpack]);
        using var tar = Plain(layout.Store.ReadAll(first, 1 << 20));
        Assert.Equal(first.Annotations[AnnotationKeys.ContentDigest], Digest.Compute(tar.ToArray()).ToString());
        Assert.Equal(
            ["docs/", "docs/B", "docs/a", "docs/b", "docs/sub/", "docs/sub/c", "docs/" + new string('x', 120), "docs/\u00e9"],
            Entries(tar).Select(e => e.Name));
        Assert.All(Entries(tar), e => Assert.Equal((DateTimeOffset.UnixEpoch, 0, 0), (e.ModificationTime, e.Uid, e.Gid)));
    }

    [Fact]
    public void Packed_directory_is_unpacked_unchanged()
    {
        Framework.NeedsModernCore("The older framework cannot read links.");
        using var layout = new TestLayout();
        using var files = new TemporaryDirectory();
        Fill(files, ["a", "sub/deep/er/c"]);
        Directory.CreateDirectory(files["docs", "empty"]);
        File.WriteAllBytes(files["docs", "big"], [.. Enumerable.Range(0, 3_000_000).Select(i => (byte)(i * i >> 7))]);
        if (!OperatingSystem.IsWindows())
        {
            File.CreateSymbolicLink(files["docs", "sub", "up"], "../a");
            File.SetUnixFileMode(files["docs", "a"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        var artifact = Pack(layout, Options, files["docs"]);
        var expansion = new OciExpansion(layout.Store);
        expansion.Run(expansion.Plan(artifact), files["out"]);

        Assert.Equal(Tree(files["docs"]), Tree(files["out", "docs"]));
        Assert.Equal(File.ReadAllBytes(files["docs", "big"]), File.ReadAllBytes(files["out", "docs", "big"]));
        Assert.Equal(artifact.Digest, Pack(layout, Options, files["out", "docs"]).Digest);
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void Modes_are_packed_without_setuid_setgid_and_sticky()
    {
        Framework.NeedsModernCore("The older framework cannot read modes.");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes.");
        using var layout = new TestLayout();
        using var files = new TemporaryDirectory();
        Fill(files, ["key", "run", "private/x"]);
        File.SetUnixFileMode(files["docs", "key"], (UnixFileMode)0x180);
        File.SetUnixFileMode(files["docs", "run"], (UnixFileMode)(0xE00 | 0x1E8));
        File.SetUnixFileMode(files["docs", "private"], (UnixFileMode)(0x200 | 0x1C0));

        using var tar = Plain(layout.Store.ReadAll(layout.Store.GetManifest(Pack(layout, Options, files["docs"])).Layers.Single(), 1 << 20));

        Assert.Equal(["docs/key 600", "docs/private/ 700", "docs/run 750"], Entries(tar).Where(e => e.Name is "docs/key" or "docs/private/" or "docs/run").Select(e => $"{e.Name} {Convert.ToString((int)e.Mode, 8)}"));
    }

    [Theory]
    [InlineData("type", null, OciErrorKind.InvalidMediaType)]
    [InlineData("no type/at all", null, OciErrorKind.InvalidMediaType)]
    [InlineData("text/plain; charset=utf-8", null, OciErrorKind.InvalidMediaType)]
    [InlineData("a/b/c", null, OciErrorKind.InvalidMediaType)]
    [InlineData("a/b", "yesterday", OciErrorKind.InvalidManifest)]
    [InlineData("a/b", "2026-02-30T00:00:00Z", OciErrorKind.InvalidManifest)]
    [InlineData("a/b", "2026-01-01", OciErrorKind.InvalidManifest)]
    [InlineData("a/b", "2026-01-01 00:00:00Z", OciErrorKind.InvalidManifest)]
    [InlineData("a/b", "", OciErrorKind.InvalidManifest)]
    public void Types_and_dates_have_the_form_that_the_specification_requires(string type, string? created, OciErrorKind kind)
    {
        using var layout = new TestLayout();
        var annotations = new Dictionary<string, string>();
        if (created is not null) annotations[AnnotationKeys.Created] = created;
        Assert.Equal(kind, Assert.Throws<OciException>(() => Pack(layout, new ArtifactOptions { ArtifactType = type, Annotations = annotations })).Kind);
        Assert.Empty(layout.Listed);
    }

    [Theory]
    [InlineData("2026-01-31T12:00:00Z")]
    [InlineData("2026-01-31T12:00:00.123456789+02:00")]
    public void Date_in_the_format_of_the_specification_is_accepted(string created)
    {
        using var layout = new TestLayout();
        var annotations = new Dictionary<string, string> { [AnnotationKeys.Created] = created };
        Assert.Equal(created, layout.Store.GetManifest(Pack(layout, new ArtifactOptions { ArtifactType = "a/b", Annotations = annotations })).Annotations[AnnotationKeys.Created]);
    }

    [Fact]
    public void Config_has_a_media_type()
    {
        using var layout = new TestLayout();
        var config = layout.PushBlob("{}", "no type");
        Assert.Equal(OciErrorKind.InvalidMediaType, Assert.Throws<OciException>(() => Pack(layout, new ArtifactOptions { ArtifactType = "a/b", Config = config })).Kind);
    }

    [Fact]
    public void Titles_keep_given_paths()
    {
        using var layout = new TestLayout();
        using var files = new TemporaryDirectory();
        using var batch = layout.Store.BeginBatch();
        var builder = new OciArtifactBuilder(batch);
        builder.Add(files.NewFile("x/m.py", "1"u8), title: "x/m.py");
        var read = 0L;
        builder.Add(files.NewFile("y/m.py", "22"u8), title: "./y/m.py", progress: new Observer<long>(bytes => read = bytes));
        Assert.Equal(OciErrorKind.AlreadyExists, Assert.Throws<OciException>(() => builder.Add(files["y", "m.py"], title: "Y/M.py")).Kind);
        Assert.Equal(2, read);
        Assert.Equal(["x/m.py", "y/m.py"], layout.Store.GetManifest(builder.Build(Options)).Layers.Select(l => l.Annotations[AnnotationKeys.Title]));
    }

    [Fact]
    public void Links_out_of_a_directory_are_not_packed()
    {
        Framework.NeedsModernCore("The older framework cannot read links.");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links take rights there.");
        using var layout = new TestLayout();
        using var files = new TemporaryDirectory();
        Fill(files, ["a"]);
        File.CreateSymbolicLink(files["docs", "out"], "../secret");
        Assert.Equal(OciErrorKind.UnsafePath, Assert.Throws<OciException>(() => Pack(layout, Options, files["docs"])).Kind);
        Assert.Empty(Copying.Litter(layout.Path));
    }

    private static Descriptor Pack(TestLayout layout, ArtifactOptions options, params string[] paths)
    {
        using var batch = layout.Store.BeginBatch();
        var builder = new OciArtifactBuilder(batch);
        foreach (var path in paths) builder.Add(path);
        var artifact = builder.Build(options);
        batch.Commit();
        return artifact;
    }

    private static void Fill(TemporaryDirectory directory, string[] names)
    {
        foreach (var name in names) directory.NewFile("docs/" + name, Sample.Bytes(name));
    }

    private static List<string> Tree(string root) => [.. new DirectoryInfo(root).EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
        .Select(i => $"{Path.GetRelativePath(root, i.FullName)} {i.LinkTarget ?? (i is FileInfo f ? f.Length.ToString(System.Globalization.CultureInfo.InvariantCulture) : "/")}").Order(StringComparer.Ordinal)];

    private static MemoryStream Plain(byte[] gzip)
    {
        var result = new MemoryStream();
        using (var plain = new GZipStream(new MemoryStream(gzip), CompressionMode.Decompress)) plain.CopyTo(result);
        return result;
    }

    private static List<TarEntry> Entries(MemoryStream tar)
    {
        tar.Position = 0;
        var entries = new List<TarEntry>();
        using var reader = new TarReader(tar, leaveOpen: true);
        while (reader.GetNextEntry(copyData: true) is { } entry) entries.Add(entry);
        return entries;
    }
}
