using System;
using System.Collections.Generic;
using System.Formats.Tar;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Files;
using OciLayout.Testing;
using OciLayout.Tests.Archives;
using OciLayout.Tests.Artifacts;
using Xunit;

namespace OciLayout.Tests.Images;

/// <summary>Tests that images are unpacked as container engines do, that nothing is written outside of the destination, and that a failure leaves nothing.</summary>
public sealed class ExpandImageTests : IDisposable
{
    private readonly ImageLayout _images = new();
    private readonly TemporaryDirectory _place = new();

    private string Destination => _place["root"];

    public void Dispose()
    {
        _images.Dispose();
        _place.Dispose();
    }

    [Fact]
    public void Layers_are_applied_from_the_bottom_to_the_top()
    {
        Expand(
            new Archive().Directory("d").File("d/gone", "1").File("d/kept", "1").Directory("opq").File("opq/old").File("repl").Directory("dir").File("dir/x").Link("l", "d/kept"),
            new Archive().File("d/.wh.gone", "").Directory("opq").File("opq/.wh..wh..opq", "").File("opq/new", "2").Directory("repl").File("repl/y", "2").File("dir", "2").File("d/more", "2"));

        Assert.Equal(["d/", "d/kept=1", "d/more=2", "dir=2", "l->d/kept", "opq/", "opq/new=2", "repl/", "repl/y=2"], Files());
    }

    [Fact]
    public void Attributes_are_kept()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("Windows has no permission bits.");
        var time = new DateTimeOffset(2001, 2, 3, 4, 5, 6, TimeSpan.Zero);
        var archive = new ArchiveBuilder()
            .Raw(Header("./", '5', "0000700")).Raw(Header("dir/", '5', "0001777")).Raw(Header("dir/setuid", '0', "0004755")).Raw(Header("closed/", '5', "0000500")).Raw(Header("closed/f", '0', "0000000"));
        Expand(new ImageLayout.Layer(archive.ToBytes()));

        Assert.Equal(["700", "1777", "4755", "500", "0"], new[] { "", "dir", "dir/setuid", "closed", "closed/f" }.Select(n => Mode(Path.Combine(Destination, n))));
        Assert.All(new[] { "", "dir", "dir/setuid", "closed" }, n => Assert.Equal(time, new DateTimeOffset(Directory.GetLastWriteTimeUtc(Path.Combine(Destination, n)), TimeSpan.Zero)));

        static string Mode(string path) => OperatingSystem.IsWindows() ? "" : Convert.ToString((int)File.GetUnixFileMode(path), 8);
        byte[] Header(string name, char type, string mode) => ArchiveBuilder.Header(name, type, 0, "", h =>
        {
            Sample.Bytes(mode + "\0").CopyTo(h, 100);
            Sample.Bytes(Convert.ToString(time.ToUnixTimeSeconds(), 8).PadLeft(11, '0') + "\0").CopyTo(h, 136);
        });
    }

    [Fact]
    public void Hard_links_share_one_file_and_keep_the_content_of_their_layer()
    {
        Expand(
            new Archive().File("lower", "0").File("a", "old").HardLink("b", "a").HardLink("c", "/b").File("x", "x").HardLink("y", "x"),
            new Archive().File("a", "new").HardLink("from-below", "lower"));

        Assert.Equal(["a=new", "b=old", "c=old", "from-below=0", "lower=0", "x=x", "y=x"], Files());
        File.AppendAllText(Path.Combine(Destination, "x"), "+");
        File.AppendAllText(Path.Combine(Destination, "b"), "+");
        Assert.Equal(["x+", "old+"], new[] { "y", "c" }.Select(n => File.ReadAllText(Path.Combine(Destination, n))));
    }

    [Fact]
    public void Targets_of_links_stay_as_they_are()
    {
        Expand(new Archive().Link("abs", "/etc/passwd").Link("up", "../../../outside").Link("none", "nowhere"));
        Assert.Equal(["abs->/etc/passwd", "none->nowhere", "up->../../../outside"], Files());
    }

    [Fact]
    public void Devices_are_skipped_and_counted()
    {
        Expand(new ImageLayout.Layer(new ArchiveBuilder().Raw(ArchiveBuilder.Header("null", '3', 0)).Raw(ArchiveBuilder.Header("disk", '4', 0)).File("f", "1").ToBytes()), skipped: 2);
        Assert.Equal(["f=1"], Files());
    }

    [Fact]
    public void Later_entry_of_a_layer_replaces_an_earlier_one()
    {
        Expand(new Archive().File("a", "1").File("a", "2").Directory("d").File("d/x").File("d", "file").File("e", "file").Directory("e"));
        Assert.Equal(["a=2", "d=file", "e/"], Files());
    }

    [Fact]
    public void Destination_that_is_not_empty_is_refused_without_force()
    {
        Directory.CreateDirectory(Destination);
        File.WriteAllText(Path.Combine(Destination, "own"), "1");
        var image = Push(new Archive().File("own", "2").File("new", "2"));

        Sandbox.Refused(OciErrorKind.AlreadyExists, () => new OciImageExpansion(image).Run(Destination), Destination);
        Assert.Equal(["own=1"], Files());
        new OciImageExpansion(image, new ImageExpandOptions { Force = true }).Run(Destination);
        Assert.Equal(["new=2", "own=2"], Files());
    }

    [Theory]
    [InlineData("relative escape", "UnsafePath")]
    [InlineData("file through a link", "UnsafePath")]
    [InlineData("file through a link of a layer below", "UnsafePath")]
    [InlineData("file through a link to a link", "UnsafePath")]
    [InlineData("hard link to the outside", "UnsafePath")]
    [InlineData("hard link to nothing", "InvalidArchive")]
    [InlineData("hard link to a link", null)]
    [InlineData("whiteout of the parent", "UnsafePath")]
    [InlineData("directory over a link", null)]
    [InlineData("link over a directory", null)]
    [InlineData("absolute name", null)]
    [InlineData("sparse file", "InvalidArchive")]
    [InlineData("name that is not UTF-8", "UnsafePath")]
    [InlineData("link without a target", "UnsafePath")]
    [InlineData("root that is a link", "UnsafePath")]
    [InlineData("name with a zero byte", "UnsafePath")]
    [InlineData("name over 4,096 bytes", "UnsafePath")]
    [InlineData("two entries with one name, a link and a file", null)]
    public void Trick_writes_nothing_outside(string trick, string? kind)
    {
        var outside = _place.NewDirectory("outside");
        var before = Sandbox.Snapshot(outside, ingest: true);
        ImageLayout.Layer Raw(ArchiveBuilder archive) => new(archive.ToBytes());
        ImageLayout.Layer[] layers = trick switch
        {
            "relative escape" => [Of(new Archive().File("a/../../outside/x"))],
            "file through a link" => [Of(new Archive().Link("l", outside).File("l/x"))],
            "file through a link of a layer below" => [Of(new Archive().Link("l", "../outside")), Of(new Archive().File("l/x"))],
            "file through a link to a link" => [Of(new Archive().Directory("d").Link("d/l", outside).Link("m", "d/l").Directory("n").File("m/x"))],
            "hard link to the outside" => [Of(new Archive().HardLink("x", "../outside/f"))],
            "hard link to nothing" => [Of(new Archive().HardLink("x", "f"))],
            "hard link to a link" => [Of(new Archive().Link("l", outside).HardLink("x", "l").File("x", "1"))],
            "whiteout of the parent" => [Of(new Archive().File("d/.wh..."))],
            "directory over a link" => [Of(new Archive().Link("d", outside)), Of(new Archive().Directory("d").File("d/x"))],
            "link over a directory" => [Of(new Archive().Directory("d").File("d/x")), Of(new Archive().Link("d", outside))],
            "absolute name" => [Of(new Archive().File(outside + "/x"))],
            "sparse file" => [Raw(new ArchiveBuilder().Entry("s", 'S', 0))],
            "name that is not UTF-8" => [Raw(new ArchiveBuilder().Raw(ArchiveBuilder.Header("a", '0', 0, "", h => h[0] = 0xFF)))],
            "link without a target" => [Raw(new ArchiveBuilder().Link("l", ""))],
            "name with a zero byte" => [Raw(new ArchiveBuilder().Pax(ArchiveBuilder.Record("path", "a\0b"), "x", []))],
            "name over 4,096 bytes" => [Raw(new ArchiveBuilder().Pax(ArchiveBuilder.Record("path", string.Join("/", Enumerable.Repeat(new string('n', 100), 41))), "x", []))],
            "two entries with one name, a link and a file" => [Of(new Archive().Link("x", outside + "/x").File("x", "1"))],
            "root that is a link" => [Raw(new ArchiveBuilder().Link("./", outside))],
            _ => throw new ArgumentOutOfRangeException(nameof(trick)),
        };
        var image = Read(_images.Push("linux/amd64", layers: layers));

        if (kind is null)
        {
            new OciImageExpansion(image).Run(Destination);
        }
        else
        {
            Sandbox.Refused(Enum.Parse<OciErrorKind>(kind), () => new OciImageExpansion(image).Run(Destination));
            Assert.False(Directory.Exists(Destination));
        }

        Assert.Equal(before, Sandbox.Snapshot(outside, ingest: true));
    }

    [Fact]
    public void Names_that_differ_only_in_case_are_refused_where_they_are_equal()
    {
        foreach (var archive in new[] { new Archive().File("a", "1").File("A", "2"), new Archive().Directory("d").File("D/x"), new Archive().Directory("d").Directory("D") })
        {
            var image = Push(archive);
            Sandbox.Refused(OciErrorKind.UnsafePath, () => new OciImageExpansion(image, null, CaselessFolder.Open).Run(Destination), "another name");
            Assert.False(Directory.Exists(Destination));
        }
    }

    [Fact]
    public void Bomb_is_stopped_by_the_limit_and_leaves_nothing()
    {
        var image = Push(new Archive().File("zeros", new string('0', 1 << 20)));

        Sandbox.Refused(OciErrorKind.SizeLimitExceeded, () => new OciImageExpansion(image, new ImageExpandOptions { MaximumSize = 1 << 19 }).Run(Destination));
        Assert.False(Directory.Exists(Destination));
        new OciImageExpansion(image, new ImageExpandOptions { MaximumSize = 2 << 20 }).Run(Destination);
        Assert.Single(Files());
    }

    [Fact]
    public void Image_with_more_paths_than_the_limit_is_refused_and_leaves_nothing()
    {
        var image = Push(new Archive().File("a").File("b"), new Archive().File("c/d"));

        Sandbox.Refused(OciErrorKind.SizeLimitExceeded, () => new OciImageExpansion(image, null, Folder.Open, mostPaths: 3).Run(Destination), "more than 3 files");
        Sandbox.Refused(OciErrorKind.SizeLimitExceeded, () => new OciImageExpansion(image, null, Folder.Open, mostPaths: 3).RunToTar(Destination + ".tar"));
        Assert.False(Directory.Exists(Destination) || File.Exists(Destination + ".tar"));
        new OciImageExpansion(image, new ImageExpandOptions { MaximumSize = 1 << 20 }, Folder.Open, mostPaths: 3).Run(Destination);
        Assert.Equal(["a=content", "b=content", "c/", "c/d=content"], Files());
    }

    [Fact]
    public void Whiteouts_of_files_that_do_not_exist_change_nothing()
    {
        Expand(new Archive().File("a", "1"), new Archive().File(".wh.none", "").File("x/.wh.y", "").Directory("e").File("e/.wh..wh..opq", ""));
        Assert.Equal(["a=1", "e/"], Files());
    }

    [Theory]
    [InlineData("TryWriteFile")]
    [InlineData("Write")]
    [InlineData("CreateDirectory")]
    [InlineData("CreateLink")]
    [InlineData("SetAttributes")]
    [InlineData("TryMove")]
    public void Failure_leaves_the_destination_as_it_was(string operation)
    {
        var image = Push(new Archive().Directory("d").File("d/f", "1").Link("l", "d"), new Archive().File("g", "2"));
        var failed = false;
        IFolder Open(string path) => new HookedFolder(Folder.Open(path), name =>
        {
            if (name != operation) return;
            failed = true;
            throw new IOException("the disk is full");
        });

        Assert.Throws<IOException>(() => new OciImageExpansion(image, null, Open).Run(Destination));
        Assert.True(failed);
        Assert.False(Directory.Exists(Destination));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Cancellation_inside_of_a_layer_leaves_nothing(bool isTar)
    {
        var image = Push(new Archive().File("a", new string('x', 1 << 20)), new Archive().File("b"));
        using var stop = new CancellationTokenSource();
        IFolder Open(string path) => new HookedFolder(Folder.Open(path), name =>
        {
            if (name == "Write") stop.Cancel();
        });
        if (isTar) stop.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            if (isTar) new OciImageExpansion(image).RunToTar(Destination + ".tar", stop.Token);
            else new OciImageExpansion(image, null, Open).Run(Destination, stop.Token);
        });
        Assert.Empty(Directory.GetFileSystemEntries(Path.GetDirectoryName(Destination)!));
    }

    [Fact]
    public async Task Directories_that_another_process_replaces_by_links_lead_nowhere()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("Other systems do not open directories by their parents.");
        var outside = _place.NewDirectory("outside");
        var archive = new Archive();
        for (var i = 0; i < 300; i++) archive.File($"d/s/{i}").File($"e/{i}");
        var image = Push(archive);
        using var stop = new CancellationTokenSource();

        // Replaces directories at all levels of the destination, also in the private directory.
        var attacker = Task.Run(
            () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    foreach (var directory in Find(Destination)) Swap(directory, outside);
                }
            },
            TestContext.Current.CancellationToken);
        for (var i = 0; i < 30; i++)
        {
            try
            {
                new OciImageExpansion(image, new ImageExpandOptions { Force = true }).Run(Destination, TestContext.Current.CancellationToken);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or OciException)
            {
            }
        }

        await stop.CancelAsync();
        await attacker;
        Assert.Empty(Directory.GetFileSystemEntries(outside));

        static List<string> Find(string root)
        {
            try
            {
                return [.. Directory.EnumerateDirectories(root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }).Take(50)];
            }
            catch (IOException)
            {
                return [];
            }
        }

        static void Swap(string directory, string outside)
        {
            try
            {
                Directory.Move(directory, directory + ".moved");
                File.CreateSymbolicLink(directory, outside);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
            }
        }
    }

    [Fact]
    public void Tar_has_the_same_files_and_the_same_bytes_each_time()
    {
        var image = Push(
            new Archive().Directory("d", 0x1C0).File("d/gone").File("d/a", "1", 0x9ED).HardLink("d/b", "d/a").Link("l", "/d").Add(TarEntryType.Fifo, "p"),
            new Archive().File("d/.wh.gone", "").File(new string('n', 90) + "/" + new string('ü', 80), "2"));
        var paths = new[] { "one.tar", "two.tar", "one.tar.gz", "two.tgz" }.Select(n => _place[n]).ToArray();
        foreach (var path in paths) new OciImageExpansion(image).RunToTar(path);

        Assert.Equal(File.ReadAllBytes(paths[0]), File.ReadAllBytes(paths[1]));
        Assert.Equal(File.ReadAllBytes(paths[2]), File.ReadAllBytes(paths[3]));
        using var reader = new TarReader(File.OpenRead(paths[0]));
        var entries = new List<string>();
        while (reader.GetNextEntry(copyData: true) is { } entry) entries.Add($"{entry.Name} {entry.EntryType} {Convert.ToString((int)entry.Mode, 8)} {entry.Length} {entry.LinkName}");
        Assert.Equal(
            [$"{new string('n', 90)}/{new string('ü', 80)} RegularFile 644 1 ", "d/ Directory 700 0 ", "d/a RegularFile 4755 1 ", "d/b HardLink 644 0 d/a", "l SymbolicLink 644 0 /d", "p Fifo 644 0 "],
            entries);
        Sandbox.Refused(OciErrorKind.AlreadyExists, () => new OciImageExpansion(image).RunToTar(paths[0]));
    }

    [Fact]
    public void Tar_of_a_bad_layer_does_not_exist()
    {
        var tar = new Archive().File("a").ToTar();
        var image = Read(_images.Push("linux/amd64", layers: [new ImageLayout.Layer(tar) { DiffId = Digest.Compute(Sample.Bytes("other")).ToString() }]));
        Sandbox.Refused(OciErrorKind.DigestMismatch, () => new OciImageExpansion(image).RunToTar(_place["x.tar"]));
        Sandbox.Refused(OciErrorKind.DigestMismatch, () => new OciImageExpansion(image).Run(Destination));
        Assert.Empty(Directory.GetFileSystemEntries(Path.GetDirectoryName(Destination)!));
    }

    [Fact]
    public void Destination_in_the_store_is_refused()
    {
        var image = Push(new Archive().File("index.json"));
        Sandbox.Refused(OciErrorKind.UnsafePath, () => new OciImageExpansion(image, new ImageExpandOptions { Force = true }).Run(_images.Layout.Path));
    }

    private static ImageLayout.Layer Of(Archive archive) => new(archive.ToTar());

    private void Expand(params Archive[] layers) => new OciImageExpansion(Push(layers)).Run(Destination);

    private void Expand(ImageLayout.Layer layer, int skipped = 0)
    {
        var expansion = new OciImageExpansion(Read(_images.Push("linux/amd64", layers: [layer])));
        expansion.Run(Destination);
        Assert.Equal(skipped, expansion.SkippedDevices);
    }

    private OciImage Push(params Archive[] layers) => Read(_images.Push("linux/amd64", layers: [.. layers.Select(Of)]));

    private OciImage Read(Descriptor image) => OciImage.ReadAsync(_images.Layout.Store, image).GetAwaiter().GetResult();

    private string[] Files() =>
    [
        .. new DirectoryInfo(Destination).EnumerateFileSystemInfos("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(i => Path.GetRelativePath(Destination, i.FullName).Replace('\\', '/') + (i.LinkTarget is { } target ? "->" + target : i is DirectoryInfo ? "/" : "=" + File.ReadAllText(i.FullName)))
            .Order(StringComparer.Ordinal),
    ];
}
