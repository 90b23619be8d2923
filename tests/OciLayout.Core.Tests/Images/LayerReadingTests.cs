using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Images;
using OciLayout.Testing;
using OciLayout.Tests.Archives;
using OciLayout.Tests.Artifacts;
using Xunit;

namespace OciLayout.Tests.Images;

/// <summary>Tests how often and how far layers are read, and what is verified.</summary>
public sealed class LayerReadingTests : IDisposable
{
    private static readonly string Large = string.Concat(Enumerable.Range(0, 400_000).Select(i => (char)('!' + (i * 7919L % 89)))); // more than one block

    private readonly ImageLayout _images = new();

    public void Dispose() => _images.Dispose();

    [Fact]
    public void Small_file_is_read_once_with_its_layer()
    {
        var image = Push(new Archive().File("lower"), new Archive().Directory("etc").File("etc/small", "old").File("etc/small", "text").File("etc/large", new string('x', LayerScan.MostContent + 1)).Link("link", "etc/small"));
        var top = image.Layers[1].Descriptor.Size;

        Assert.Equal(("text", top), Read(image, "/etc/small"));
        Assert.Equal(("text", 2 * top), Read(image, "/link")); // the link, and its target
        var (text, bytes) = Read(image, "/etc/large");
        Assert.Equal((LayerScan.MostContent + 1, 2 * top), (text.Length, bytes));
    }

    [Fact]
    public void Content_that_is_kept_is_that_of_the_last_entry()
    {
        Assert.Equal("2", Read(Push(new Archive().File("a", "1").File("a", "2")), "/a").Text);
        Assert.Equal("1", Read(Push(new Archive().File("b", "1").File("a", "2").HardLink("a", "b")), "/a").Text);
        Assert.Equal("3", Read(Push(new Archive().File("a", "1"), new Archive().File("x"), new Archive().File("a", "3").File(".wh.a", "")), "/a").Text);
    }

    [Fact]
    public void Several_small_files_are_kept_up_to_a_limit()
    {
        var image = Push(new Archive().File("a", new string('a', LayerScan.MostContent / 2)).File("b", new string('b', LayerScan.MostContent / 2)).File("c", "c"));
        var files = new OciImageFiles(image);
        var found = new[] { "/a", "/b", "/c" }.Select(path => files.Resolve(path)!).ToArray();
        Assert.Equal(["a", "b", "c"], found.Select(file => Content(files, file).Substring(0, 1)));
        Assert.Equal(5 * image.Layers[0].Descriptor.Size, files.BytesRead); // a and b are read again
    }

    // A list needs no content of files. The stored bytes have the digest in the manifest, so the files are those of the image.
    [Fact]
    public void Diff_id_is_compared_when_content_is_read()
    {
        var tar = new Archive().File("a", Large).ToTar();
        foreach (var (diffId, kind) in new[] { (Digest.Compute("x"u8).ToString(), OciErrorKind.DigestMismatch), ("none", OciErrorKind.InvalidManifest) })
        {
            var image = Read(_images.Push("linux/amd64", layers: [new ImageLayout.Layer(tar) { DiffId = diffId }]));
            var files = new OciImageFiles(image);
            var file = Assert.Single(files.List());
            Assert.Equal("/a", Assert.Single(files.Find(["/a"])).Key);
            Sandbox.Refused(kind, () => files.CopyTo(file, Stream.Null), image.Layers[0].Descriptor.Digest.ToString());
            Sandbox.Refused(kind, () => files.Resolve("/a"));
            using var place = new TemporaryDirectory();
            Sandbox.Refused(kind, () => new OciImageExpansion(image).Run(place["root"]));
        }
    }

    [Fact]
    public void Error_of_a_lower_layer_comes_after_the_files_of_the_layers_above()
    {
        var image = Push(new Archive().File("bottom"), new Archive().File("middle", Large), new Archive().File("top"));
        Corrupt(image.Layers[1]);
        using var files = new OciImageFiles(image).List().GetEnumerator();
        Assert.True(files.MoveNext());
        Assert.Equal("/top", files.Current.Path);
        Sandbox.Refused(OciErrorKind.DigestMismatch, () => files.MoveNext(), image.Layers[1].Descriptor.Digest.ToString());
    }

    [Fact]
    public void Corrupt_layer_is_refused_when_another_thread_reads_ahead()
    {
        var image = Push(new Archive().File("a", Large));
        var file = Assert.Single(new OciImageFiles(image).List());
        Corrupt(image.Layers[0]);
        var files = new OciImageFiles(image);
        Sandbox.Refused(OciErrorKind.DigestMismatch, () => files.ListLayer(image.Layers[0]));
        Sandbox.Refused(OciErrorKind.DigestMismatch, () => files.Find(["/a"]));
        Sandbox.Refused(OciErrorKind.DigestMismatch, () => files.Resolve("/a"));
        Sandbox.Refused(OciErrorKind.DigestMismatch, () => files.CopyTo(file, Stream.Null));
    }

    [Fact]
    public async Task Stop_ends_all_layers_that_are_being_read()
    {
        var image = Push([.. Enumerable.Range(0, 6).Select(i => new Archive().File($"{i}/a").File($"{i}/b", Large + i))]);
        using var stop = new CancellationTokenSource();
        var files = new OciImageFiles(image);
        await Sandbox.Ends(() => Assert.ThrowsAny<OperationCanceledException>(() => files.List(_ => Stop(stop), stop.Token).ToList()));
        Assert.True(files.BytesRead < image.Layers.Sum(l => l.Descriptor.Size));
        await Sandbox.Ends(() => Assert.ThrowsAny<OperationCanceledException>(() => files.ListLayer(image.Layers[0], _ => Stop(stop), stop.Token)));

        static bool Stop(CancellationTokenSource stop)
        {
            stop.Cancel();
            return true;
        }
    }

    [Fact]
    public async Task Reader_that_stops_early_does_not_wait_for_the_other_thread()
    {
        var image = Push(new Archive().File("a/../b").File("large", Large));
        await Sandbox.Ends(() => Sandbox.Refused(OciErrorKind.UnsafePath, () => new OciImageFiles(image).ListLayer(image.Layers[0])));
        await Sandbox.Ends(() => Assert.Equal("/0/a", new OciImageFiles(Push([.. Enumerable.Range(0, 6).Select(i => new Archive().File($"{i}/b", Large)), new Archive().File("0/a")])).List().First().Path));
    }

    [Fact]
    public void List_has_the_attributes_of_all_files()
    {
        var longest = string.Join("/", Enumerable.Repeat(new string('é', 100), 20)); // 4,019 bytes
        var archive = new ArchiveBuilder().Raw(ArchiveBuilder.Header("malformed", '0', 0, "", h =>
        {
            Sample.Bytes("x").CopyTo(h, 100);
            Sample.Bytes("x").CopyTo(h, 136);
        }));
        for (var i = 0; i < 3000; i++) archive.Pax(ArchiveBuilder.Record("mtime", $"{i}.5") + ArchiveBuilder.Record("uid", $"{i}") + ArchiveBuilder.Record("gid", $"{3_000_000_000 + i}"), $"f{i}", new byte[i % 5]);
        for (var i = 0; i < 40; i++) archive.Pax(ArchiveBuilder.Record("path", $"{i}/{longest}"), "x", []).Link($"link{i}", $"target{i}");

        var files = new OciImageFiles(Read(_images.Push("linux/amd64", layers: [new ImageLayout.Layer(archive.ToBytes())]))).List().ToList();

        Assert.Equal((0, null), (files[0].Mode, files[0].Modified));
        Assert.All(Enumerable.Range(0, 3000), i => Assert.Equal(
            ($"/f{i}", ImageFileKind.File, i % 5, i, 3_000_000_000 + i, DateTimeOffset.UnixEpoch.AddSeconds(i + 0.5)),
            (files[i + 1].Path, files[i + 1].Kind, files[i + 1].Size, files[i + 1].UserId, files[i + 1].GroupId, files[i + 1].Modified)));
        Assert.Equal(Enumerable.Range(0, 40).SelectMany(i => new[] { $"/{i}/{longest}", $"/link{i}" }), files.Skip(3001).Select(f => f.Path));
        Assert.All(Enumerable.Range(0, 40), i => Assert.Equal((ImageFileKind.SymbolicLink, $"target{i}"), (files[3002 + (2 * i)].Kind, files[3002 + (2 * i)].LinkTarget)));
    }

    private void Corrupt(ImageLayer layer)
    {
        var path = Path.Combine(_images.Layout.Path, "blobs", "sha256", layer.Descriptor.Digest.Encoded);
        var bytes = File.ReadAllBytes(path);
        bytes[4] ^= 1; // the time in the gzip header, which does not change the tar
        File.WriteAllBytes(path, bytes);
    }

    private static (string Text, long Bytes) Read(OciImage image, string path)
    {
        var files = new OciImageFiles(image);
        var text = Content(files, files.Resolve(path)!);
        return (text, files.BytesRead);
    }

    private static string Content(OciImageFiles files, ImageFile file)
    {
        using var memory = new MemoryStream();
        files.CopyTo(file, memory);
        return Encoding.UTF8.GetString(memory.ToArray());
    }

    private OciImage Push(params Archive[] layers) => Read(_images.Push("linux/amd64", layers: [.. layers.Select(l => new ImageLayout.Layer(l.ToTar()))]));

    private OciImage Read(Descriptor image) => OciImage.ReadAsync(_images.Layout.Store, image).GetAwaiter().GetResult();
}
