using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using OciLayout.Testing;
using OciLayout.Tests.Archives;
using Xunit;

namespace OciLayout.Tests.Transfer;

/// <summary>Tests malicious archives, compressed or not: each is refused before any of its content is visible.</summary>
public class RefusedArchiveTests
{
    private static readonly byte[] Evil = "evil"u8.ToArray();

    /// <summary>The tricks by name, each with its expected error and its archive.</summary>
    private static readonly Dictionary<string, (OciErrorKind Kind, Func<byte[]> Make)> Tricks = new()
    {
        ["absolute name"] = (OciErrorKind.InvalidArchive, () => With(a => a.File("/etc/passwd", Evil))),
        ["name that climbs"] = (OciErrorKind.InvalidArchive, () => With(a => a.File("../evil", Evil))),
        ["name that climbs from below"] = (OciErrorKind.InvalidArchive, () => With(a => a.File("blobs/../../evil", Evil))),
        ["name that climbs in an extended header"] = (OciErrorKind.InvalidArchive, () => With(a => a.Pax(ArchiveBuilder.Record("path", "../evil"), "good", Evil))),
        ["long name that climbs"] = (OciErrorKind.InvalidArchive, () => With(a => a.GnuName("a/../../evil", Evil))),
        ["name with a backslash"] = (OciErrorKind.InvalidArchive, () => With(a => a.File(@"..\evil", Evil))),
        ["name with backslashes that is absolute"] = (OciErrorKind.InvalidArchive, () => With(a => a.File(@"\\server\share", Evil))),
        ["blob again with backslashes"] = (OciErrorKind.InvalidArchive, () => With(a => a.Blob(Evil).File(ArchiveBuilder.Name(Evil).Replace('/', '\\'), Evil))),
        ["name with a zero byte"] = (OciErrorKind.InvalidArchive, () => With(a => a.Pax(ArchiveBuilder.Record("path", "index.json\0x"), "good", Evil))),
        ["no name"] = (OciErrorKind.InvalidArchive, () => With(a => a.File("", Evil))),
        ["directory that climbs"] = (OciErrorKind.InvalidArchive, () => With(a => a.Entry("../", '5', 0))),
        ["index.json is a symbolic link"] = (OciErrorKind.InvalidArchive, () => Without("index.json", a => a.Link("index.json", "/etc/passwd"))),
        ["oci-layout is a link within"] = (OciErrorKind.InvalidArchive, () => Without("oci-layout", a => a.Link("oci-layout", "index.json"))),
        ["blob is a hard link"] = (OciErrorKind.InvalidArchive, () => With(a => a.Link(ArchiveBuilder.Name(Evil), "index.json", '1'))),
        ["blobs is a link"] = (OciErrorKind.InvalidArchive, () => With(a => a.Link("blobs", "elsewhere"))),
        ["link that leads out"] = (OciErrorKind.InvalidArchive, () => With(a => a.Link("other/link", "../../evil"))),
        ["absolute link"] = (OciErrorKind.InvalidArchive, () => With(a => a.Link("other", "/etc/passwd"))),
        ["character device"] = (OciErrorKind.InvalidArchive, () => With(a => a.Entry("dev", '3', 0))),
        ["block device"] = (OciErrorKind.InvalidArchive, () => With(a => a.Entry("dev", '4', 0))),
        ["FIFO"] = (OciErrorKind.InvalidArchive, () => With(a => a.Entry(ArchiveBuilder.Name(Evil), '6', 0))),
        ["sparse file"] = (OciErrorKind.InvalidArchive, () => With(a => a.Entry("sparse", 'S', Evil.Length, Evil))),
        ["sparse file of pax"] = (OciErrorKind.InvalidArchive, () => With(a => a.Pax(ArchiveBuilder.Record("GNU.sparse.major", "1"), "sparse", Evil))),
        ["unknown type"] = (OciErrorKind.InvalidArchive, () => With(a => a.Entry("strange", 'Q', Evil.Length, Evil))),
        ["index.json twice"] = (OciErrorKind.InvalidArchive, () => With(a => a.File("./index.json", Sample.Index()))),
        ["blob twice"] = (OciErrorKind.InvalidArchive, () => With(a => a.Blob(Evil).Blob(Evil))),
        ["blob is not what it is named"] = (OciErrorKind.DigestMismatch, () => With(a => a.File(ArchiveBuilder.Name(Evil), "good"))),
        ["empty blob is not what it is named"] = (OciErrorKind.DigestMismatch, () => With(a => a.File(ArchiveBuilder.Name(Evil), ""))),
        ["layer is not what it is named"] = (OciErrorKind.DigestMismatch, () => Changed("layer of v1", "LAYER OF V1")),
        ["manifest is not what it is named"] = (OciErrorKind.DigestMismatch, () => Changed("schemaVersion\":2,\"mediaType\":\"" + MediaTypes.ImageManifest, "schemaVersion\":3,\"mediaType\":\"" + MediaTypes.ImageManifest)),
        ["size that claims less"] = (OciErrorKind.InvalidArchive, () => With(a => a.Entry(ArchiveBuilder.Name("x"u8.ToArray()), '0', 1, [.. Enumerable.Repeat((byte)'x', 600)]))),
        ["size that claims more than there is"] = (OciErrorKind.InvalidArchive, () => With(a => a.Entry("more", '0', 1 << 20, Evil))),
        ["size of exabytes"] = (OciErrorKind.InvalidArchive, () => With(a => a.Raw(Base256(0x80, 0x7F)))),
        ["negative size"] = (OciErrorKind.InvalidArchive, () => With(a => a.Raw(Base256(0xFF, 0xFF)))),
        ["size that is not a number"] = (OciErrorKind.InvalidArchive, () => With(a => a.Raw(ArchiveBuilder.Header("x", '0', 0, "", b => b[130] = (byte)'9')))),
        ["size of pax that is not a number"] = (OciErrorKind.InvalidArchive, () => With(a => a.Pax(ArchiveBuilder.Record("size", "-5"), "x", Evil))),
        ["two sizes that hide an entry"] = (OciErrorKind.InvalidArchive, () => With(a => a.Pax(ArchiveBuilder.Record("size", "1536"), "x", []).Raw(ArchiveBuilder.Header("../hidden", '0', 0)).Raw(new byte[512]).Raw([.. "no header"u8, .. new byte[503]]))),
        ["directory with data"] = (OciErrorKind.InvalidArchive, () => With(a => a.Entry("dir/", '5', 512, new byte[512]))),
        ["link with data"] = (OciErrorKind.InvalidArchive, () => With(a => a.Entry("link", '2', 512, new byte[512]))),
        ["wrong checksum"] = (OciErrorKind.InvalidArchive, () => With(a => a.Raw([.. ArchiveBuilder.Header("x", '0', 0).Select((b, i) => i == 0 ? (byte)'y' : b)]))),
        ["malformed extended header"] = (OciErrorKind.InvalidArchive, () => With(a => a.Pax("99 path=x\n", "x", Evil))),
        ["extended header without end"] = (OciErrorKind.InvalidArchive, () => With(a => a.Pax("11 path=xyz", "x", Evil))),
        ["extended header of a gigabyte"] = (OciErrorKind.InvalidArchive, () => With(a => a.Entry("pax", 'x', 1 << 30))),
        ["name of a gigabyte"] = (OciErrorKind.InvalidArchive, () => With(a => a.Entry("././@LongLink", 'L', 1 << 30))),
        ["name for all entries at once"] = (OciErrorKind.InvalidArchive, () => With(a => a.Pax(ArchiveBuilder.Record("path", "index.json"), "x", Evil, 'g'))),
        ["ends behind an extended header"] = (OciErrorKind.InvalidArchive, () => With(a => a.Entry("pax", 'x', 0))),
        ["cut off in a blob"] = (OciErrorKind.InvalidArchive, () => ArchiveBuilder.Layout().ToBytes()[..^1800]),
        ["cut off before its end"] = (OciErrorKind.InvalidArchive, () => ArchiveBuilder.Layout().ToBytes(end: false)),
        ["cut off in its end"] = (OciErrorKind.InvalidArchive, () => ArchiveBuilder.Layout().ToBytes()[..^512]),
        ["something behind one block of zeros"] = (OciErrorKind.InvalidArchive, () => With(a => a.Raw(new byte[512]).File("late", Evil))),
        ["no archive"] = (OciErrorKind.InvalidArchive, () => [.. Enumerable.Repeat((byte)'x', 2000)]),
        ["no oci-layout"] = (OciErrorKind.InvalidLayout, () => Without("oci-layout", a => a)),
        ["no index.json"] = (OciErrorKind.InvalidLayout, () => Without("index.json", a => a)),
        ["nothing in it"] = (OciErrorKind.InvalidLayout, () => new ArchiveBuilder().ToBytes()),
        ["other version"] = (OciErrorKind.UnsupportedVersion, () => Without("oci-layout", a => a.File("oci-layout", """{"imageLayoutVersion":"2.0.0"}"""))),
        ["index.json is not JSON"] = (OciErrorKind.InvalidIndex, () => Without("index.json", a => a.File("index.json", "{"))),
        ["entry without size"] = (OciErrorKind.InvalidIndex, () => WithIndex($$"""{"digest":"{{Digest.Compute(Evil)}}"}""")),
        ["entry with a malformed digest"] = (OciErrorKind.InvalidDigest, () => WithIndex("""{"mediaType":"a/b","size":1,"digest":"sha256:../../evil"}""")),
        ["entry of nothing"] = (OciErrorKind.NotFound, () => WithIndex(Sample.Entry(Sample.Describe("a/b", Evil)))),
        ["entry with another size"] = (OciErrorKind.SizeMismatch, () => WithIndex(Sample.Entry(new Descriptor("a/b", Digest.Compute(Evil), 5), "x"), Evil)),
        ["entry that says manifest of what is none"] = (OciErrorKind.InvalidManifest, () => WithIndex(Sample.Entry(Sample.Describe(MediaTypes.ImageManifest, Evil), "x"), Evil)),
        ["tag that is another digest"] = (OciErrorKind.InvalidReference, () => WithIndex(Sample.Entry(Sample.Describe("a/b", Evil), Digest.Compute("x"u8).ToString()), Evil)),
        ["tag with control characters"] = (OciErrorKind.InvalidReference, () => WithIndex(Sample.Entry(Sample.Describe("a/b", Evil), "x\u001b[2J"), Evil)),
        ["image without its layer"] = (OciErrorKind.NotFound, () => Without(ArchiveBuilder.Name("layer of v1"u8.ToArray()), a => a)),
        ["image without its config"] = (OciErrorKind.NotFound, () => Without(ArchiveBuilder.Name("{}"u8.ToArray()), a => a)),
    };

    public static TheoryData<string, bool> Cases => new(Tricks.Keys.SelectMany(t => (IEnumerable<(string, bool)>)[(t, false), (t, true)]));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Malicious_archive_is_refused_before_any_content_is_visible(string trick, bool compressed)
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        store.Tag(store.Push(new PushRequest { MediaType = MediaTypes.ImageIndex }, new MemoryStream("{\"manifests\":[]}"u8.ToArray())).Descriptor, "own");
        var before = sandbox.Snapshot();
        var path = sandbox.Beside("archive");
        var bytes = Tricks[trick].Make();
        File.WriteAllBytes(path, compressed ? ArchiveBuilder.Gzip(bytes) : bytes);

        Sandbox.Refused(Tricks[trick].Kind, () => store.Import(path));

        Assert.Equal(before, sandbox.Snapshot());
        Assert.Empty(sandbox.Litter());
        Assert.False(File.Exists(sandbox.Beside("evil")));
    }

    /// <summary>Tests the tricks in an archive that is opened as a store: no read leaves the archive or returns wrong content.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Malicious_archive_opened_in_place_is_refused_or_harmless(string trick, bool compressed)
    {
        using var temporary = new TemporaryDirectory();
        var path = temporary["archive"];
        var bytes = Tricks[trick].Make();
        File.WriteAllBytes(path, compressed ? ArchiveBuilder.Gzip(bytes) : bytes);

        var error = Record.Exception(() =>
        {
            var store = OciStore.Open(path);
            foreach (var tag in store.GetTags())
            {
                if (tag.Descriptor is not { } root) continue;
                foreach (var visit in store.Walk(root).Where(v => !v.IsMissing)) Assert.Equal(visit.Descriptor.Digest, Digest.Compute(store.Read(visit.Descriptor)));
            }
        });

        if (compressed) Assert.Equal(OciErrorKind.InvalidArchive, Assert.IsType<OciException>(error).Kind);
        else if (error is not null) Assert.IsType<OciException>(error);
    }

    [Fact]
    public void Decompression_bomb_is_refused_during_decompression()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var path = sandbox.Beside("bomb");
        const long length = 400L << 20;
        using (var gzip = new System.IO.Compression.GZipStream(File.Create(path), System.IO.Compression.CompressionLevel.Optimal))
        {
            gzip.Write(ArchiveBuilder.Header("bomb", '0', length));
            for (var i = 0; i < length >> 20; i++) gzip.Write(new byte[1 << 20]);
            gzip.Write(new byte[1024]);
        }

        Sandbox.Refused(OciErrorKind.InvalidArchive, () => store.Import(path), "expand");

        Assert.Empty(sandbox.Litter());
    }

    [Theory]
    [InlineData(5_000, 1)]
    [InlineData(4_000, 9_000)]
    public void Overlong_names_are_refused_before_memory_is_allocated(int length, int count)
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        using (var file = File.Create(sandbox.Beside("archive")))
        using (var gzip = new System.IO.Compression.GZipStream(file, System.IO.Compression.CompressionLevel.Fastest))
        {
            gzip.Write(ArchiveBuilder.Layout().ToBytes(end: false));
            for (var i = 0; i < count; i++) gzip.Write(new ArchiveBuilder().GnuName($"{i}/".PadRight(length, 'n'), []).ToBytes(end: false));
            gzip.Write(new byte[1024]);
        }

        Sandbox.Refused(OciErrorKind.InvalidArchive, () => store.Import(sandbox.Beside("archive"), new ImportOptions { ExpansionLimit = 1000 }), "characters");
        Assert.Empty(sandbox.Litter());
    }

    [Theory]
    [InlineData("oci-layout")]
    [InlineData("index.json")]
    [InlineData("manifest.json")]
    public void Huge_document_is_refused_before_it_is_read(string name)
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var bytes = ArchiveBuilder.Layout("v1", n => n == name).Raw(ArchiveBuilder.Header(name, '0', 1L << 32)).ToBytes();
        File.WriteAllBytes(sandbox.Beside("archive"), ArchiveBuilder.Gzip(bytes));

        Sandbox.Refused(OciErrorKind.SizeLimitExceeded, () => store.Import(sandbox.Beside("archive")), name);
    }

    [Theory]
    [InlineData("zstd", new byte[] { 0x28, 0xB5, 0x2F, 0xFD })]
    [InlineData("bzip2", new byte[] { 0x42, 0x5A, 0x68 })]
    [InlineData("xz", new byte[] { 0xFD, 0x37, 0x7A, 0x58, 0x5A, 0 })]
    [InlineData("lz4", new byte[] { 0x04, 0x22, 0x4D, 0x18 })]
    [InlineData("lzip", new byte[] { 0x4C, 0x5A, 0x49, 0x50 })]
    [InlineData("compress", new byte[] { 0x1F, 0x9D })]
    [InlineData("zip", new byte[] { 0x50, 0x4B, 3, 4 })]
    [InlineData("7-Zip", new byte[] { 0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C })]
    [InlineData("RAR", new byte[] { 0x52, 0x61, 0x72, 0x21 })]
    public void Error_names_the_unsupported_compression(string name, byte[] magic)
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        File.WriteAllBytes(sandbox.Beside("archive"), [.. magic, .. new byte[600]]);

        Sandbox.Refused(OciErrorKind.InvalidArchive, () => store.Import(sandbox.Beside("archive")), name);
        Sandbox.Refused(OciErrorKind.InvalidArchive, () => OciStore.Open(sandbox.Beside("archive")), name, "as a store");
    }

    [Theory]
    [InlineData("BZh")]
    [InlineData("LZIP")]
    [InlineData("Rar!")]
    public void Tar_whose_first_name_starts_like_a_compressed_file_is_a_tar(string name)
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var layout = ArchiveBuilder.Layout().ToBytes();
        File.WriteAllBytes(sandbox.Beside("archive"), [.. new ArchiveBuilder().File(name + "/x", "x").ToBytes(end: false), .. layout]);

        store.Import(sandbox.Beside("archive"));

        Assert.Equal(["v1"], store.TagNames());
        Assert.Equal(["v1"], OciStore.Open(sandbox.Beside("archive")).TagNames());
    }

    [Fact]
    public void Corrupt_gzip_data_is_reported()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var bytes = ArchiveBuilder.Gzip(ArchiveBuilder.Layout().ToBytes());
        bytes[^8] ^= 1; // the checksum
        File.WriteAllBytes(sandbox.Beside("archive"), bytes);

        Sandbox.Refused(OciErrorKind.InvalidArchive, () => store.Import(sandbox.Beside("archive")), "gzip data is corrupt");
    }

    private static byte[] With(Func<ArchiveBuilder, ArchiveBuilder> add) => add(ArchiveBuilder.Layout()).ToBytes();

    private static byte[] Without(string name, Func<ArchiveBuilder, ArchiveBuilder> add) => add(ArchiveBuilder.Layout("v1", n => n == name)).ToBytes();

    private static byte[] WithIndex(string entry, params byte[][] blobs)
    {
        var archive = ArchiveBuilder.Layout("v1", n => n == "index.json").File("index.json", Sample.Index(entry));
        foreach (var blob in blobs) archive.Blob(blob);
        return archive.ToBytes();
    }

    private static byte[] Changed(string old, string replacement)
    {
        var bytes = ArchiveBuilder.Layout().ToBytes();
        var at = bytes.AsSpan().LastIndexOf(Sample.Bytes(old));
        Assert.True(at > 0);
        Sample.Bytes(replacement).CopyTo(bytes, at);
        return bytes;
    }

    private static byte[] Base256(byte first, byte next) => ArchiveBuilder.Header("x", '0', 0, "", b =>
    {
        b.AsSpan(124, 12).Fill(next);
        b[124] = first;
    });
}
