using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading.Tasks;
using OciLayout.Files;
using OciLayout.Testing;
using OciLayout.Tests.Blobs;
using Xunit;

namespace OciLayout.Tests.Files;

/// <summary>Tests directories, FIFOs and links in the place of files: no call waits for them or writes through them.</summary>
public partial class SpecialFileTests
{
    [Fact]
    public void Blob_that_is_a_directory_is_absent_and_is_not_replaced()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var text = "text"u8.ToArray();
        var blob = Sample.Describe("text/plain", text);
        var path = Directory.CreateDirectory(sandbox.BlobPath(blob.Digest)).FullName;
        File.WriteAllText(Path.Combine(path, "inside"), "kept");

        Assert.False(store.Exists(blob.Digest));
        Sandbox.Refused(OciErrorKind.NotFound, () => store.Fetch(blob), blob.Digest.ToString());
        Sandbox.Refused(OciErrorKind.NotFound, () => store.Tag(blob, "v1"), blob.Digest.ToString());
        var error = Sandbox.Refused(
            OciErrorKind.InvalidLayout,
            () => store.Push(blob, new MemoryStream(text)),
            path,
            blob.Digest.ToString(),
            "directory");
        Assert.NotNull(error.Expected);
        store.Collect();

        Assert.Equal("kept", File.ReadAllText(Path.Combine(path, "inside")));
        Assert.Empty(sandbox.Litter());
    }

    [Fact]
    public Task Blob_that_is_a_fifo_is_absent_and_does_not_block() => Sandbox.Ends(() =>
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var text = "text"u8.ToArray();
        var blob = Sample.Describe("text/plain", text);
        Directory.CreateDirectory(Path.Combine(sandbox.Root, "blobs", "sha256"));
        MakeFifo(sandbox.BlobPath(blob.Digest));

        Assert.False(store.Exists(blob.Digest));
        Sandbox.Refused(OciErrorKind.NotFound, () => store.Fetch(blob), blob.Digest.ToString());
        Sandbox.Refused(OciErrorKind.NotFound, () => store.Resolve(blob.Digest.ToString()), blob.Digest.ToString());
        Sandbox.Refused(
            OciErrorKind.NotFound,
            () => store.Tag(new Descriptor(MediaTypes.ImageManifest, blob.Digest, 4), "v1"),
            blob.Digest.ToString());

        store.Push(blob, new MemoryStream(text)); // replaces the FIFO
        Assert.Equal(text, store.Read(blob));
    });

    [Fact]
    public Task Fifo_in_place_of_empty_content_does_not_block() => Sandbox.Ends(() =>
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var empty = Sample.Describe("text/plain", []);
        Directory.CreateDirectory(Path.Combine(sandbox.Root, "blobs", "sha256"));
        MakeFifo(sandbox.BlobPath(empty.Digest));

        Assert.Empty(store.Read(empty));
        Assert.True(store.Push(new PushRequest { Digest = empty.Digest, Size = 0 }, Stream.Null).Descriptor.Size == 0);
        Assert.True(store.Push(new PushRequest(), Stream.Null).Descriptor.Size == 0);
        store.Tag(empty, "v1");
        store.Collect();
        Assert.Empty(store.Read(empty));
    });

    [Theory]
    [InlineData("index.json", OciErrorKind.InvalidIndex)]
    [InlineData("oci-layout", OciErrorKind.InvalidLayout)]
    public Task Layout_file_that_is_a_fifo_is_refused_and_does_not_block(string name, OciErrorKind kind) => Sandbox.Ends(() =>
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        File.Delete(Path.Combine(sandbox.Root, name));
        MakeFifo(Path.Combine(sandbox.Root, name));

        Sandbox.Refused(kind, () => sandbox.Open(), sandbox.Root, name);
        Sandbox.Refused(kind, () => sandbox.Create(), sandbox.Root, name);
    });

    [Fact]
    public void Blob_link_out_of_the_store_is_read_and_its_target_is_unchanged()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var outside = Outside(sandbox, Sample.Manifest("a", store.PushBlob("{}", MediaTypes.Empty)), out var image);
        var before = Facts(outside);

        Assert.Equal(File.ReadAllBytes(outside), store.Read(image));
        store.Push(image, new UnreadableStream()); // lists the image
        store.Tag(image, "v1");
        store.Push(new PushRequest { MediaType = image.MediaType }, new MemoryStream(File.ReadAllBytes(outside)));
        store.Untag("v1");
        Assert.Equal(before, Facts(outside));

        store.Tag(store.PushImage("keeps the store from being empty"), "v2");
        store.Collect();
        Assert.False(store.Exists(image.Digest));
        Assert.Equal(before, Facts(outside)); // the link is deleted, its target is not
    }

    [Fact]
    public void Link_to_other_bytes_is_replaced_by_the_content_and_not_written_through()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var outside = Outside(sandbox, "some other bytes"u8.ToArray(), out _);
        var blob = Sample.Describe("text/plain", "text"u8.ToArray());
        File.CreateSymbolicLink(sandbox.BlobPath(blob.Digest), outside);
        var before = Facts(outside);

        Sandbox.Refused(OciErrorKind.SizeMismatch, () => store.Fetch(blob), blob.Digest.ToString());
        store.Push(blob, new MemoryStream("text"u8.ToArray()));

        Assert.Equal("text"u8.ToArray(), store.Read(blob));
        Assert.Null(new FileInfo(sandbox.BlobPath(blob.Digest)).LinkTarget);
        Assert.Equal(before, Facts(outside));
    }

    [Theory]
    [InlineData("index.json")]
    [InlineData("ingest")]
    [InlineData("blobs")]
    [InlineData("blobs/sha256")]
    public void Link_in_place_of_a_layout_file_is_read_and_not_written_through(string name)
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        Descriptor image = sandbox.PutImage("a"), garbage = sandbox.PutImage("garbage");
        Directory.CreateDirectory(sandbox.IngestPath);
        sandbox.IndexText = Sample.Index(Sample.Entry(image, "v1"), Sample.Entry(garbage));
        var path = Path.Combine(sandbox.Root, name);
        var outside = sandbox.Beside("outside");
        Directory.Move(path, outside);
        if (Directory.Exists(outside)) Directory.CreateSymbolicLink(path, outside);
        else File.CreateSymbolicLink(path, outside);
        var before = Around(outside);

        var store = sandbox.Open();
        Assert.Equal(image.Digest, store.Resolve("v1").Digest);
        Assert.Equal(2, store.Walk(image).Count(v => !v.IsMissing));
        var error = Sandbox.Refused(OciErrorKind.InvalidLayout, () => store.Tag(store.PushImage("b"), "v2"), path, "symbolic link");
        Assert.NotNull(error.Expected);
        Sandbox.Refused(OciErrorKind.InvalidLayout, () => store.Collect(new GarbageOptions { Force = true }), path);

        Assert.Equal(before, Around(outside));
        Assert.Equal(outside, new FileInfo(path).LinkTarget);
    }

    [Theory]
    [InlineData(".lock", true)]
    [InlineData(".lock", false)]
    [InlineData(".gate", true)]
    [InlineData(".gate", false)]
    [InlineData(".turn", true)]
    [InlineData(".turn", false)]
    public void Link_in_place_of_a_lock_file_is_not_followed(string name, bool exists)
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        var image = sandbox.PutImage("a");
        var outside = sandbox.Beside("outside");
        if (exists) File.WriteAllText(outside, "kept");
        Directory.CreateDirectory(sandbox.IngestPath);
        var path = File.CreateSymbolicLink(Path.Combine(sandbox.IngestPath, name), outside).FullName;
        var store = sandbox.Open();

        Sandbox.Refused(OciErrorKind.InvalidLayout, () => store.Tag(image, "v1"), path, "symbolic link");

        Assert.Equal(exists, File.Exists(outside));
        if (exists) Assert.Equal("kept", File.ReadAllText(outside));
    }

    [Fact]
    public void Link_in_place_of_a_session_file_is_not_followed()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        store.Tag(store.PushImage("a"), "v1");
        File.WriteAllText(sandbox.Beside("outside"), "kept");
        File.CreateSymbolicLink(Path.Combine(sandbox.IngestPath, new string('a', 32) + ".session"), sandbox.Beside("outside"));

        store.Collect();

        Assert.Equal("kept", File.ReadAllText(sandbox.Beside("outside")));
    }

    [Fact]
    public void Store_directory_may_be_a_link()
    {
        using var sandbox = new Sandbox();
        Directory.CreateDirectory(sandbox.Beside("real"));
        Directory.CreateSymbolicLink(sandbox.Root, sandbox.Beside("real"));

        var store = sandbox.Create();
        store.Tag(store.PushImage("a"), "v1");

        Assert.Equal(["v1"], OciStore.Open(sandbox.Beside("real")).TagNames());
    }

    private static List<string> Around(string outside) =>
        [.. Sandbox.Snapshot(Path.GetDirectoryName(outside)!, ingest: true).Where(l => l.StartsWith("outside", StringComparison.Ordinal))];

    private static string Outside(Sandbox sandbox, byte[] content, out Descriptor descriptor)
    {
        var path = sandbox.Beside("outside");
        File.WriteAllBytes(path, content);
        File.SetLastWriteTimeUtc(path, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Sandbox.SetMode(path, UnixFileMode.UserRead);
        descriptor = Sample.Describe(MediaTypes.ImageManifest, content);
        Directory.CreateDirectory(Path.Combine(sandbox.Root, "blobs", "sha256"));
        File.CreateSymbolicLink(sandbox.BlobPath(descriptor.Digest), path);
        return path;
    }

    private static (string Content, DateTime Modified, UnixFileMode Mode) Facts(string path) =>
        (File.ReadAllText(path), File.GetLastWriteTimeUtc(path), Sandbox.ModeOf(path));

    [Theory]
    [InlineData("file")]
    [InlineData("directory")]
    [InlineData("link that leads nowhere")]
    [InlineData("nothing")]
    public void Move_does_not_replace_an_existing_file(string kind)
    {
        using var temporary = new TemporaryDirectory();
        var (source, target) = (temporary.NewFile("source", "new"u8.ToArray()), temporary["target"]);
        if (kind == "file") File.WriteAllText(target, "old");
        if (kind == "directory") Directory.CreateDirectory(target);
        if (kind == "link that leads nowhere") File.CreateSymbolicLink(target, target + "-nowhere");

        Assert.Equal(kind == "nothing", PhysicalFileSystem.Instance.TryMove(source, target));

        Assert.Equal(kind != "nothing", File.Exists(source));
        if (kind == "file") Assert.Equal("old", File.ReadAllText(target));
        if (kind == "nothing") Assert.Equal("new", File.ReadAllText(target));
        if (kind.StartsWith("link", StringComparison.Ordinal)) Assert.NotNull(new FileInfo(target).LinkTarget);
    }

    [Fact]
    public void Move_of_a_missing_file_is_reported()
    {
        using var temporary = new TemporaryDirectory();

        Assert.Throws<FileNotFoundException>(() => PhysicalFileSystem.Instance.TryMove(temporary["source"], temporary["target"]));
    }

    /// <summary>Tests <c>ReadShort</c>. If it returns 0, the caller opens the file and determines its kind.</summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(99, 99)]
    [InlineData(100, 0)]
    [InlineData(101, 0)]
    public void Only_files_shorter_than_a_buffer_are_read_in_one_call(int length, int expected)
    {
        using var temporary = new TemporaryDirectory();
        var content = Enumerable.Range(1, length).Select(i => (byte)i).ToArray();
        File.WriteAllBytes(temporary["file"], content);
        var buffer = new byte[100];

        var read = PhysicalFileSystem.Instance.ReadShort(temporary["file"], buffer);

        Assert.Equal(OperatingSystem.IsLinux() ? expected : 0, read);
        Assert.Equal(content.Take(read), buffer.Take(read));
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("directory")]
    [InlineData("fifo")]
    [InlineData("link that leads nowhere")]
    public Task Special_files_are_not_read_in_one_call(string kind) => Sandbox.Ends(() =>
    {
        using var temporary = new TemporaryDirectory();
        var path = temporary["it"];
        if (kind == "directory") Directory.CreateDirectory(path);
        if (kind == "fifo") MakeFifo(path);
        if (kind == "link that leads nowhere") File.CreateSymbolicLink(path, path + "-nowhere");

        Assert.Equal(0, PhysicalFileSystem.Instance.ReadShort(path, new byte[100]));
    });

    private static void MakeFifo(string path)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no FIFOs in directories.");
        Assert.Equal(0, MkFifo(path, 0x1A4));
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int MkFifo(string path, uint mode);
}
