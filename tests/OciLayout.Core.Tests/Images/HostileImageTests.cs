using System;
using System.IO;
using System.Linq;
using System.Runtime.Versioning;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Archives;
using OciLayout.Files;
using OciLayout.Images;
using OciLayout.Testing;
using OciLayout.Tests.Archives;
using OciLayout.Tests.Artifacts;
using Xunit;

namespace OciLayout.Tests.Images;

/// <summary>Tests unpacking and reading images whose layers contradict themselves, or whose names no file system has.</summary>
public sealed class HostileImageTests : IDisposable
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
    public void Later_entry_replaces_a_hard_link_whose_target_an_upper_layer_hides()
    {
        var upper = new Archive().File("a", "top");
        Expand(new Archive().File("a", "old").HardLink("b", "a").File("b", "new"), upper);
        Assert.Equal("new", File.ReadAllText(Path.Combine(Destination, "b")));

        Expand(new Archive().File("a", "old").HardLink("b", "a").Directory("b").File("b/c", "1"), upper);
        Assert.Equal("1", File.ReadAllText(Path.Combine(Destination, "b", "c")));

        Expand(new Archive().File("a", "old").HardLink("d/b", "a").HardLink("c", "a").Link("d", "nowhere"), upper);
        Assert.Equal("nowhere", new FileInfo(Path.Combine(Destination, "d")).LinkTarget);
        Assert.Equal("old", File.ReadAllText(Path.Combine(Destination, "c")));
    }

    [Fact]
    public void Hard_link_to_a_directory_is_refused()
    {
        var image = Push(new Archive().Directory("d").HardLink("h", "d"));
        Sandbox.Refused(OciErrorKind.InvalidArchive, () => new OciImageExpansion(image).Run(Destination), "not a file");
        Sandbox.Refused(OciErrorKind.InvalidArchive, () => new OciImageExpansion(image).RunToTar(_place["x.tar"]), "not a file");
        Assert.Empty(Directory.GetFileSystemEntries(Path.GetDirectoryName(Destination)!));
    }

    [Fact]
    public void Hard_link_to_a_device_that_is_skipped_is_skipped()
    {
        var expansion = new OciImageExpansion(Push(new ArchiveBuilder().Raw(ArchiveBuilder.Header("dev", '3', 0)).Link("link", "dev", '1').File("f", "1")));
        expansion.Run(Destination);
        Assert.Equal(2, expansion.SkippedDevices);
        Assert.Equal(["f"], Directory.GetFileSystemEntries(Destination).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("part of 300 bytes")]
    [InlineData("1,000 directories in each other")]
    [InlineData("target of 5,000 bytes")]
    [InlineData("target with a zero byte")]
    public void Name_that_no_file_system_has_is_refused_and_leaves_nothing(string trick)
    {
        var image = Push(trick switch
        {
            "part of 300 bytes" => new ArchiveBuilder().GnuName("d/" + new string('n', 300), []),
            "1,000 directories in each other" => new ArchiveBuilder().GnuName(string.Join("/", Enumerable.Repeat("d", 1000)), []),
            "target of 5,000 bytes" => LinkTo(new string('t', 5000)),
            _ => LinkTo("a\0b"),
        });
        static ArchiveBuilder LinkTo(string target) => new ArchiveBuilder().Entry("pax", 'x', Record("linkpath", target).Length, Sample.Bytes(Record("linkpath", target))).Link("l", "t");

        Sandbox.Refused(OciErrorKind.UnsafePath, () => new OciImageExpansion(image).Run(Destination));
        Assert.Empty(Directory.GetFileSystemEntries(Path.GetDirectoryName(Destination)!));
    }

    [Theory]
    [InlineData("..\\..\\x/y")]
    [InlineData("C:/y")]
    [InlineData("nul/y")]
    [InlineData("d/x.")]
    public void Every_part_of_a_name_is_checked_where_names_have_more_rules(string name)
    {
        using var root = Folder.Open(_place.NewDirectory("windows"));
        using var target = new DirectoryTarget(root, new ImageExpandOptions(), CancellationToken.None, SafeName.Problem);
        var entry = new TarEntry(name, TarEntryKind.File, 0, 0, 0, 0, "", default);
        target.Knows = _ => true;

        Sandbox.Refused(OciErrorKind.UnsafePath, () => target.AddFile(name, entry, Stream.Null));
        Sandbox.Refused(OciErrorKind.UnsafePath, () => target.AddHardLink("link", entry, name));
        Assert.DoesNotContain(Directory.GetFileSystemEntries(_place["windows"]), p => Path.GetFileName(p) != "d");
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Attributes_of_the_root_go_to_the_directory_that_was_unpacked_to()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows files have no mode.");
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems do not hold directories open.");
        var victim = _place.NewDirectory("victim");
        File.SetUnixFileMode(victim, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var image = Push(new ArchiveBuilder().Raw(ArchiveBuilder.Header("./", '5', 0, "", h => Sample.Bytes("0000777\0").CopyTo(h, 100))).File("f", "1"));
        IFolder Open(string path) => new HookedFolder(Folder.Open(path), operation =>
        {
            // Another user replaces the destination when the files are in place.
            if (operation != "DeleteDirectory" || Directory.Exists(Destination + ".moved")) return;
            Directory.Move(Destination, Destination + ".moved");
            Directory.CreateSymbolicLink(Destination, victim);
        });

        new OciImageExpansion(image, null, Open).Run(Destination);
        Assert.Equal((UnixFileMode)0x1C0, File.GetUnixFileMode(victim));
        Assert.Equal((UnixFileMode)0x1FF, File.GetUnixFileMode(Destination + ".moved"));
    }

    [Fact]
    public void New_destination_that_another_user_replaces_by_a_link_leads_nowhere()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows files have no mode.");
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems do not hold directories open.");
        var victim = _place.NewDirectory("victim");
        var image = Push(new Archive().File("f", "1"));
        IFolder Open(string path) => new HookedFolder(Folder.Open(path), _ =>
        {
            if (!Directory.Exists(Destination) || Directory.Exists(Destination + ".moved")) return;
            Directory.Move(Destination, Destination + ".moved");
            Directory.CreateSymbolicLink(Destination, victim);
        });

        Assert.ThrowsAny<IOException>(() => new OciImageExpansion(image, null, Open).Run(Destination));
        Assert.Empty(Directory.GetFileSystemEntries(victim));
        new OciImageExpansion(image).Run(_place["a/b/c"] + "/");
        Assert.True(File.Exists(_place["a/b/c/f"]));
    }

    [Theory]
    [InlineData("4294967296")]
    [InlineData("4294967295")]
    public void Owner_that_the_system_does_not_have_is_refused_when_owners_are_kept(string owner)
    {
        var image = Push(new ArchiveBuilder().Pax(Record("uid", owner), "f", []));
        Sandbox.Refused(OciErrorKind.InvalidArchive, () => new OciImageExpansion(image, new ImageExpandOptions { KeepOwners = true }).Run(Destination), owner);
        new OciImageExpansion(image).Run(Destination);
        Assert.True(File.Exists(Path.Combine(Destination, "f")));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Program_of_another_user_does_not_become_one_with_the_rights_of_root()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows files have no owner number.");
        Assert.SkipUnless(Environment.UserName == "root", "Only root gives files to itself.");
        byte[] Program(string name, string owner) => ArchiveBuilder.Header(name, '0', 0, "", h =>
        {
            Sample.Bytes("0006755\0").CopyTo(h, 100);
            Sample.Bytes(owner + "\0").CopyTo(h, 108);
            Sample.Bytes(owner + "\0").CopyTo(h, 116);
        });
        new OciImageExpansion(Push(new ArchiveBuilder().Raw(Program("other", "0001750")).Raw(Program("own", "0000000")))).Run(Destination);
        Assert.Equal((UnixFileMode)0x1ED, File.GetUnixFileMode(Path.Combine(Destination, "other")));
        Assert.Equal((UnixFileMode)0xDED, File.GetUnixFileMode(Path.Combine(Destination, "own")));
    }

    [Fact]
    public void Device_whose_number_linux_does_not_have_is_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has devices in images.");
        using var root = Folder.Open(_place.NewDirectory("devices"));
        using var target = new DirectoryTarget(root, new ImageExpandOptions { CreateDevices = true }, CancellationToken.None);
        var device = new TarEntry("null", TarEntryKind.CharacterDevice, 0, 0, 0, 0, "", default) { Device = ((1L << 32) + 1, 3) };
        Sandbox.Refused(OciErrorKind.UnsafePath, () => target.AddNode("null", device), "number");
        Assert.Empty(Directory.GetFileSystemEntries(_place["devices"]));
    }

    [Fact]
    public void Files_of_a_layout_below_the_destination_are_not_replaced()
    {
        var image = Push(new Archive().File("layout/index.json", "{}").File("layout/blobs/x", "1").File("other", "1"));
        OciStore.Create(_place["all/layout"]);
        var before = Sandbox.Snapshot(_place["all"], ingest: true);

        Sandbox.Refused(OciErrorKind.InvalidLayout, () => new OciImageExpansion(image, new ImageExpandOptions { Force = true }).Run(_place["all"]), "blobs");
        Assert.Equal(before, Sandbox.Snapshot(_place["all"], ingest: true));
    }

    [Fact]
    public async Task Archive_that_is_the_store_is_not_replaced_by_a_file_of_its_image()
    {
        var image = Push(new Archive().File("f", "1"));
        _images.Layout.Store.Tag(image.Descriptor, "v1");
        var export = new OciExport(_images.Layout.Store);
        export.Run(export.Plan(), _place["store.tar"]);
        var before = File.ReadAllBytes(_place["store.tar"]);
        var store = OciStore.Open(_place["store.tar"]);
        var own = await OciImage.ReadAsync(store, store.Resolve("v1"));
        var files = new OciImageFiles(own);

        Sandbox.Refused(OciErrorKind.InvalidLayout, () => new OciImageExpansion(own, new ImageExpandOptions { Force = true }).RunToTar(_place["store.tar"]));
        Sandbox.Refused(OciErrorKind.InvalidLayout, () => files.CopyToFile(files.Find(["/f"])["/f"], _place["store.tar"], replace: true));
        Sandbox.Refused(OciErrorKind.InvalidLayout, () => store.FetchToFile(own.Layers[0].Descriptor, _place["store.tar"], replace: true));
        Assert.Equal(before, File.ReadAllBytes(_place["store.tar"]));
    }

    [Fact]
    public void Named_pipe_is_not_replaced_by_a_file()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("Windows has no named pipes in directories.");
        UnixFiles.CreateNode(_place["pipe"], 0x1000, default);
        var image = Push(new Archive().File("f", "1"));
        var files = new OciImageFiles(image);
        Sandbox.Refused(OciErrorKind.UnsafePath, () => files.CopyToFile(files.Find(["/f"])["/f"], _place["pipe"], replace: true), "named pipe");
        Assert.True(UnixStatus.TryGet(_place["pipe"], out var status) && status.IsSpecial);
    }

    [Fact]
    public void Hard_link_has_the_content_that_its_target_has_before_it()
    {
        var image = Push(new Archive().File("a", "1").HardLink("b", "a").HardLink("c", "b").File("a", "2").HardLink("d", "a"));
        var files = new OciImageFiles(image);
        string Read(string path)
        {
            using var memory = new MemoryStream();
            files.CopyTo(files.Find([path])[path], memory);
            return Encoding.UTF8.GetString(memory.ToArray());
        }

        Assert.Equal(["2", "1", "1", "2"], new[] { "/a", "/b", "/c", "/d" }.Select(Read));
        var missing = new OciImageFiles(Push(new Archive().HardLink("x", "y").HardLink("y", "x")));
        Sandbox.Refused(OciErrorKind.InvalidArchive, () => missing.CopyTo(missing.Find(["/y"])["/y"], Stream.Null));
    }

    private static string Record(string key, string value) => Encoding.UTF8.GetString(PaxRecords.Write(key, value));

    private void Expand(params Archive[] layers)
    {
        if (Directory.Exists(Destination)) Directory.Delete(Destination, recursive: true);
        new OciImageExpansion(Push(layers)).Run(Destination);
    }

    private OciImage Push(ArchiveBuilder layer) => Read(_images.Push("linux/amd64", layers: [new ImageLayout.Layer(layer.ToBytes())]));

    private OciImage Push(params Archive[] layers) => Read(_images.Push("linux/amd64", layers: [.. layers.Select(l => new ImageLayout.Layer(l.ToTar()))]));

    private OciImage Read(Descriptor image) => OciImage.ReadAsync(_images.Layout.Store, image).GetAwaiter().GetResult();
}
