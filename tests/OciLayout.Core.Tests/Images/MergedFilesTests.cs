using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Images;
using OciLayout.Tests.Archives;
using OciLayout.Tests.Artifacts;
using Xunit;

namespace OciLayout.Tests.Images;

/// <summary>Tests which files of the layers of an image a container sees (image-spec, layer).</summary>
public sealed class MergedFilesTests : IDisposable
{
    private readonly ImageLayout _images = new();

    public void Dispose() => _images.Dispose();

    [Fact]
    public void Upper_file_replaces_the_lower_one() =>
        Shows(["/a=new", "/b=old"], new Archive().File("a", "old").File("b", "old"), new Archive().File("./a", "new"));

    [Fact]
    public void Whiteout_hides_a_file_of_all_layers_below() =>
        Shows(["/b=2"], new Archive().File("a", "1"), new Archive().File("b", "2"), new Archive().File(".wh.a", ""));

    [Fact]
    public void Whiteout_hides_a_directory_with_its_content() =>
        Shows(["/e=2"], new Archive().Directory("d").File("d/x").File("d/s/y").File("e", "2"), new Archive().File(".wh.d", ""));

    [Fact]
    public void Whiteout_does_not_hide_files_of_its_own_layer_or_above() =>
        Shows(["/a=2", "/b=3"], new Archive().File("a", "1").File("b", "1"), new Archive().File("a", "2").File(".wh.a", "").File(".wh.b", ""), new Archive().File("b", "3"));

    [Fact]
    public void Opaque_directory_hides_what_the_layers_below_have_in_it() =>
        Shows(["/d/", "/d/new=2", "/o=1"], new Archive().Directory("d").File("d/old", "1").File("d/s/old", "1").File("o", "1"), new Archive().Directory("d").File("d/new", "2").File("d/.wh..wh..opq", ""));

    [Fact]
    public void Opaque_root_hides_all_layers_below() =>
        Shows(["/a=2"], new Archive().File("b").File("d/c"), new Archive().File(".wh..wh..opq", "").File("a", "2"));

    [Fact]
    public void Directory_merges_and_the_upper_one_has_the_attributes()
    {
        var files = Files(new Archive().Directory("d", 0x1C0).File("d/a", "1"), new Archive().Directory("d/", 0x1ED).File("d/b", "2"));
        Assert.Equal(["/d/", "/d/a=1", "/d/b=1"], Describe(files)); // the sizes
        Assert.Equal(0x1ED, files.Single(f => f.Path == "/d").Mode);
    }

    [Fact]
    public void File_replaces_a_directory_and_the_reverse()
    {
        Shows(["/d=2"], new Archive().Directory("d").File("d/x"), new Archive().File("d", "2"));
        Shows(["/d/", "/d/x=3"], new Archive().File("d", "1"), new Archive().Directory("d").File("d/x", "3"));
        Shows(["/d/", "/d/new=3"], new Archive().Directory("d").File("d/old"), new Archive().File("d", "2"), new Archive().Directory("d").File("d/new", "3"));
    }

    [Fact]
    public void Link_replaces_a_directory_and_hides_its_content() =>
        Shows(["/d -> e", "/e/", "/e/y=1"], new Archive().Directory("d").File("d/x").Directory("e").File("e/y", "1"), new Archive().Link("d", "e"));

    [Fact]
    public void Last_of_several_entries_with_one_name_counts()
    {
        Shows(["/a=2"], new Archive().File("a", "1").File("./a", "2"));
        Shows(["/d=2"], new Archive().Directory("d").File("d/x").File("d", "2"));
        Shows(["/d/"], new Archive().File("d", "1").Directory("d"));
    }

    [Fact]
    public void Whiteout_of_a_missing_file_changes_nothing() => Shows(["/a=1"], new Archive().File("a", "1"), new Archive().File(".wh.none", "").File("x/.wh.y", ""));

    [Fact]
    public void Files_of_the_storage_driver_are_left_out() => Shows(["/a=1"], new Archive().File("a", "1").Directory(".wh..wh.plnk").File(".wh..wh.plnk/1.2", "").File(".wh..wh.aufs", ""));

    [Fact]
    public void Absolute_names_are_relative_to_the_root_of_the_image() => Shows(["/etc/x=1"], new Archive().File("/etc//./x", "1"));

    [Fact]
    public void Hard_link_has_the_content_of_its_layer()
    {
        var image = Push(new Archive().File("a", "old").HardLink("b", "a"), new Archive().File("a", "new"));
        Assert.Equal(["/a=new", "/b => a"], Describe(image, new OciImageFiles(image).List()));
        Assert.Equal("old", Content(image, "/b"));
    }

    [Fact]
    public void Attributes_of_all_types_are_read()
    {
        var archive = new ArchiveBuilder()
            .Raw(ArchiveBuilder.Header("setuid", '0', 0, "", h => { Put(h, 100, "0004755\0"); Put(h, 108, "\u0080\0\0\0\u0080\0\0\u0001"); Put(h, 136, "15125334400\0"); }))
            .Raw(ArchiveBuilder.Header("block", '4', 0)).Raw(ArchiveBuilder.Header("char", '3', 0)).Raw(ArchiveBuilder.Header("fifo", '6', 0)).Raw(ArchiveBuilder.Header("dir/", '5', 0));
        var files = Files(_images.Push("linux/amd64", layers: [new ImageLayout.Layer(archive.ToBytes())])).ToDictionary(f => f.Path);

        Assert.Equal((0x9ED, 2147483649, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)), (files["/setuid"].Mode, files["/setuid"].UserId, files["/setuid"].Modified));
        Assert.Equal([(ImageFileKind.Device, true), (ImageFileKind.Device, false), (ImageFileKind.Fifo, false), (ImageFileKind.Directory, false)], new[] { "/block", "/char", "/fifo", "/dir" }.Select(p => (files[p].Kind, files[p].IsBlockDevice)));

        static void Put(byte[] header, int at, string text)
        {
            for (var i = 0; i < text.Length; i++) header[at + i] = (byte)text[i];
        }
    }

    [Fact]
    public void Files_of_one_layer_are_listed_without_its_whiteouts()
    {
        var image = Push(new Archive().File("a", "1"), new Archive().File(".wh.a", "").File("b", "2"));
        var files = new OciImageFiles(image);
        Assert.Equal(["/a=1"], Describe(image, files.ListLayer(image.Layers[0])));
        Assert.Equal(["/b=2"], Describe(image, files.ListLayer(image.Layers[1])));
    }

    [Fact]
    public void Layer_with_very_many_files_is_listed_completely_and_without_duplicates()
    {
        var count = LayerScan.MostFiles + 100;
        var archive = new ArchiveBuilder();
        for (var i = 0; i < count; i++) archive.Raw(ArchiveBuilder.Header($"d/{i}", '0', 0));
        archive.Raw(ArchiveBuilder.Header("d/7", '2', 0, "8"));
        var image = Read(_images.Push("linux/amd64", layers: [new ImageLayout.Layer(archive.ToBytes()), new ImageLayout.Layer(new Archive().File("d/.wh.9", "").ToTar())]));

        var files = new OciImageFiles(image).List().ToList();

        Assert.Equal(count - 1, files.Count);
        Assert.Equal(count - 1, files.Select(f => f.Path).Distinct().Count());
        Assert.Equal("8", files.Single(f => f.Path == "/d/7").LinkTarget);
    }

    [Fact]
    public void Image_with_more_paths_than_the_limit_is_refused()
    {
        var one = Push(new Archive().File("a").File("b").File("b").File("d/x").File("d/y")); // a, b, d, d/x and d/y
        Assert.Equal(4, new OciImageFiles(one, 5).List().Count());
        Refuse(one, 4);
        Refuse(Push(new Archive().File("a"), new Archive().File("b").File("c"), new Archive().File("d").File("e")), 3);
        Refuse(Push(new Archive().File(string.Join("/", Enumerable.Repeat("d", 100)))), 99);

        static void Refuse(OciImage image, int most)
        {
            Sandbox.Refused(OciErrorKind.SizeLimitExceeded, () => Assert.NotNull(new OciImageFiles(image, most).List().ToList()), image.Descriptor.Digest.ToString(), $"more than {most} files");
            Sandbox.Refused(OciErrorKind.SizeLimitExceeded, () => new OciImageFiles(image, most).Find(["/none"]));
        }
    }

    [Fact]
    public void Named_files_are_found_without_reading_the_layers_below_them()
    {
        var image = Push(new Archive().File("a", "1").File("b", "1"), new Archive().File("a", "2").File(".wh.b", "").File("d/s/deep"));
        File.Delete(System.IO.Path.Combine(_images.Layout.Path, "blobs", "sha256", image.Layers[0].Descriptor.Digest.Encoded));
        var files = new OciImageFiles(image);

        Assert.Equal("2", Content(image, "/a"));
        Assert.Empty(files.Find(["/b"]));
        Assert.Equal("/d/s/deep", files.Resolve("/d/s/deep")?.Path);
        Assert.Throws<OciException>(() => files.Find(["/c"]));
        Assert.Throws<OciException>(() => files.List().ToList());
    }

    [Theory]
    [InlineData("/etc/os-release")]
    [InlineData("/link/os-release")]
    [InlineData("/absolute/os-release")]
    [InlineData("/up/lib/os-release")]
    public void Path_is_resolved_over_links_inside_of_the_image(string path)
    {
        var image = Push(
            new Archive().Directory("usr/lib").File("usr/lib/os-release", "NAME=x"),
            new Archive().Directory("etc").Link("etc/os-release", "../usr/lib/os-release").Link("link", "usr/lib").Link("absolute", "/usr/./lib").Link("up", "../../usr"));

        Assert.Equal("NAME=x", Content(image, new OciImageFiles(image).Resolve(path)!.Path));
    }

    [Fact]
    public void Circle_of_links_is_refused_and_a_link_to_nothing_is_reported_with_its_target()
    {
        var files = new OciImageFiles(Push(new Archive().Link("a", "b").Link("b", "a").Link("c", "d").Link("d", "e/none").Link("lib", "usr/lib").File("usr/lib/x", "")));
        Sandbox.Refused(OciErrorKind.UnsafePath, () => files.Resolve("/a"), "/a");
        Sandbox.Refused(OciErrorKind.NotFound, () => files.Resolve("/c"), "'/c'", "'/e/none'");
        Assert.Null(files.Resolve("/lib/none")); // a file of a linked directory
    }

    [Theory]
    [InlineData("../a")]
    [InlineData("a/../../b")]
    [InlineData("/..")]
    [InlineData("d/.wh...")]
    [InlineData(".wh..")]
    [InlineData(".wh.")]
    public void Unsafe_name_is_refused(string name) => Refused(OciErrorKind.UnsafePath, new Archive().File(name));

    [Fact]
    public void Path_over_4096_bytes_is_refused() => Refused(OciErrorKind.UnsafePath, new Archive().File(string.Join("/", Enumerable.Repeat(new string('é', 100), 21))));

    [Fact]
    public void Path_with_a_zero_byte_is_refused() =>
        RefusedLayer(OciErrorKind.UnsafePath, new ImageLayout.Layer(new ArchiveBuilder().Pax(ArchiveBuilder.Record("path", "a\0b"), "x", []).ToBytes()));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void File_below_a_link_is_refused(bool isOneLayer)
    {
        var (link, file) = (new Archive().Link("lib", "usr/lib"), new Archive().File("lib/x"));
        if (isOneLayer) Refused(OciErrorKind.UnsafePath, link.File("lib/x"));
        else Refused(OciErrorKind.UnsafePath, link, file);
    }

    [Fact]
    public void Layer_that_cannot_be_read_is_an_error_and_never_an_empty_list()
    {
        var good = new Archive().File("a", new string('x', 5000)).ToTar();
        var gzip = ImageLayout.Layer.Gzip(good);
        RefusedLayer(OciErrorKind.InvalidArchive, new ImageLayout.Layer(Sample.Bytes("not a tar")));
        RefusedLayer(OciErrorKind.InvalidArchive, new ImageLayout.Layer(good) { Stored = gzip[..(gzip.Length / 2)] });
        RefusedLayer(OciErrorKind.InvalidArchive, new ImageLayout.Layer(good[..1500]));
        RefusedLayer(OciErrorKind.UnsupportedMediaType, new ImageLayout.Layer(good) { MediaType = "application/vnd.oci.image.layer.v1.tar+gzip+encrypted" });
        RefusedLayer(OciErrorKind.InvalidArchive, new ImageLayout.Layer(good) { Stored = [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, 1, 2, 3] });
        RefusedLayer(OciErrorKind.InvalidArchive, new ImageLayout.Layer(new ArchiveBuilder().Entry("sparse", 'S', 0).ToBytes()));
    }

    [Fact]
    public void Corrupt_layer_is_refused()
    {
        var image = Push(new Archive().File("a", "1"));
        var path = System.IO.Path.Combine(_images.Layout.Path, "blobs", "sha256", image.Layers[0].Descriptor.Digest.Encoded);
        var bytes = File.ReadAllBytes(path);
        bytes[4] ^= 1; // the time in the gzip header, which does not change the tar
        File.WriteAllBytes(path, bytes);

        Sandbox.Refused(OciErrorKind.DigestMismatch, () => Assert.NotNull(new OciImageFiles(image).List().ToList()));
        Sandbox.Refused(OciErrorKind.DigestMismatch, () => Content(image, "/a"));
    }

    [Fact]
    public void Layers_without_compression_with_several_gzip_members_and_with_padding_are_read()
    {
        var tar = new Archive().File("a", "1").ToTar();
        ImageLayout.Layer[] layers =
        [
            new(tar) { Stored = tar },
            new(tar) { Stored = [.. ImageLayout.Layer.Gzip(tar[..700]), .. ImageLayout.Layer.Gzip(tar[700..])] },
            new(tar) { Stored = [.. ImageLayout.Layer.Gzip(tar), .. new byte[512]] },
            new(new ArchiveBuilder().File("a", "1").ToBytes(end: false)),
        ];
        Assert.All(layers, layer => Assert.Equal(["/a=1"], Describe(Read(_images.Push("linux/amd64", layers: [layer])))));
    }

    // The zstd tool made the frame. A skippable frame follows it, as in layers of the format zstd:chunked.
    [Fact]
    public void Layer_with_zstd_is_read_on_NET_8_and_a_clear_error_elsewhere()
    {
        var stored = Convert.FromBase64String("KLUv/QRojQEAcsIGC9DndA0o3xasQXMZjX6t8LJDiZ7vjf+KzH8rByBwH/v9eI46YPKESwSG85PDAqGIiz9QKk0YBAAAAHRvYyE=");
        var layer = new ImageLayout.Layer(new ArchiveBuilder().File("a", "1").ToBytes()) { Stored = stored, MediaType = "application/vnd.oci.image.layer.v1.tar+zstd" };

        if (Framework.IsStandard) RefusedLayer(OciErrorKind.InvalidArchive, layer);
        else Assert.Equal(["/a=1"], Describe(Read(_images.Push("linux/amd64", layers: [layer]))));
        RefusedLayer(OciErrorKind.InvalidArchive, layer with { Stored = stored[..(stored.Length / 2)] });
    }

    // pzstd writes a skippable frame before each frame.
    [Theory]
    [InlineData("UCpNGAQAAAAAAAAA")]
    [InlineData("XypNGAAAAAA=")]
    public void Layer_with_zstd_that_starts_with_a_skippable_frame_is_read(string frame)
    {
        Assert.SkipWhen(Framework.IsStandard, "The build for .NET Standard does not read zstd.");
        var layer = new ImageLayout.Layer(ZstdTar) { Stored = [.. Convert.FromBase64String(frame), .. Zstd(window: 0)] };

        Assert.Equal(["/a=1"], Describe(Read(_images.Push("linux/amd64", layers: [layer]))));
    }

    [Fact]
    public void Layer_with_zstd_that_needs_a_large_window_or_a_dictionary_is_not_called_corrupt()
    {
        Assert.SkipWhen(Framework.IsStandard, "The build for .NET Standard does not read zstd.");
        Assert.Equal(["/a=1"], Describe(Read(_images.Push("linux/amd64", layers: [new(ZstdTar) { Stored = Zstd(window: 17) }])))); // 2^27 bytes: 128 MiB
        foreach (var window in (int[])[18, 21, 31])
            Assert.Contains("its zstd data needs a window of more than 128 MiB", Unreadable(Zstd(window)), StringComparison.Ordinal);
        Assert.Contains("its zstd data needs a dictionary", Unreadable(Zstd(window: 0, dictionary: 7)), StringComparison.Ordinal);
        Assert.Contains("corrupt or truncated", Unreadable(Zstd(window: 0)[..^1]), StringComparison.Ordinal);

        string Unreadable(byte[] stored) =>
            Sandbox.Refused(OciErrorKind.InvalidArchive, () => Describe(Read(_images.Push("linux/amd64", layers: [new(ZstdTar) { Stored = stored }])))).Message;
    }

    private static readonly byte[] ZstdTar = new ArchiveBuilder().File("a", "1").ToBytes();

    // A frame with one block that is not compressed. Its window has 2 to the power of the number, times 1 KiB (RFC 8878, section 3.1.1).
    private static byte[] Zstd(int window, byte? dictionary = null)
    {
        byte[] header = [0x28, 0xB5, 0x2F, 0xFD, (byte)(dictionary is null ? 0 : 1), (byte)(Math.Max(window, 10) << 3)];
        var block = (ZstdTar.Length << 3) | 1;
        return [.. header, .. dictionary is { } id ? (byte[])[id] : [], (byte)block, (byte)(block >> 8), (byte)(block >> 16), .. ZstdTar];
    }

    [Fact]
    public void Empty_image_has_no_files() => Assert.Empty(Files(_images.Push("linux/amd64")));

    [Fact]
    public async Task Reading_stops_inside_of_a_layer()
    {
        var image = Push(new Archive().File("a", new string('x', 1 << 20)).File("b", "2"));
        using var stop = new CancellationTokenSource();
        var files = new OciImageFiles(image).List(path =>
        {
            stop.Cancel();
            return true;
        }, stop.Token);
        await Sandbox.Ends(() => Assert.ThrowsAny<OperationCanceledException>(() => files.ToList()));
    }

    private void Shows(string[] expected, params Archive[] layers)
    {
        var image = Push(layers);
        Assert.Equal(expected, Describe(image));
    }

    private void Refused(OciErrorKind kind, params Archive[] layers)
    {
        var image = Push(layers);
        Sandbox.Refused(kind, () => Assert.NotNull(new OciImageFiles(image).List().ToList()));
    }

    private void RefusedLayer(OciErrorKind kind, ImageLayout.Layer layer)
    {
        var image = Read(_images.Push("linux/amd64", layers: [layer]));
        Sandbox.Refused(kind, () => Assert.NotNull(new OciImageFiles(image).List().ToList()), image.Layers[0].Descriptor.Digest.ToString());
    }

    private List<ImageFile> Files(params Archive[] layers) => [.. new OciImageFiles(Push(layers)).List()];

    private List<ImageFile> Files(Descriptor image) => [.. new OciImageFiles(Read(image)).List()];

    private OciImage Push(params Archive[] layers) => Read(_images.Push("linux/amd64", layers: [.. layers.Select(l => new ImageLayout.Layer(l.ToTar()))]));

    private OciImage Read(Descriptor image) => OciImage.ReadAsync(_images.Layout.Store, image).GetAwaiter().GetResult();

    private static string Content(OciImage image, string path)
    {
        var files = new OciImageFiles(image);
        using var memory = new MemoryStream();
        files.CopyTo(files.Find([path])[path], memory);
        return System.Text.Encoding.UTF8.GetString(memory.ToArray());
    }

    private static string[] Describe(IEnumerable<ImageFile> files) => Describe(null, files);

    private static string[] Describe(OciImage image) => Describe(image, new OciImageFiles(image).List());

    private static string[] Describe(OciImage? image, IEnumerable<ImageFile> files) =>
    [
        .. files.OrderBy(f => f.Path, StringComparer.Ordinal).Select(f => f.Path + f.Kind switch
        {
            ImageFileKind.Directory => "/",
            ImageFileKind.SymbolicLink => " -> " + f.LinkTarget,
            ImageFileKind.HardLink => " => " + f.LinkTarget,
            _ => "=" + (image is null ? f.Size.ToString() : Read(image, f)),
        }),
    ];

    private static string Read(OciImage image, ImageFile file)
    {
        using var memory = new MemoryStream();
        new OciImageFiles(image).CopyTo(file, memory);
        return System.Text.Encoding.UTF8.GetString(memory.ToArray());
    }
}
