using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Archives;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.Archives;

/// <summary>Tests opening tar archives of layouts in all formats that tools write.</summary>
public class TarFormatTests
{
    private static readonly byte[] Content = "content"u8.ToArray();

    public static TheoryData<string> Forms => ["plain", "dot", "dots", "pax", "gnu", "prefix", "v7", "contiguous", "signed", "base256", "sparse before"];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Blob_is_found_in_every_form_of_a_tar_entry(string form)
    {
        using var temporary = new TemporaryDirectory();
        var name = ArchiveBuilder.Name(Content);
        var archive = ArchiveBuilder.Layout();
        var (prefix, last) = (Path.GetDirectoryName(name)!.Replace('\\', '/'), Path.GetFileName(name));
        _ = form switch
        {
            "plain" => archive.File(name, Content),
            "dot" => archive.File("./" + name, Content),
            "dots" => archive.File("././blobs//./sha256/" + last, Content),
            "pax" => archive.Pax(ArchiveBuilder.Record("mtime", "1.5") + ArchiveBuilder.Record("path", "./" + name), "short", Content),
            "gnu" => archive.GnuName(name, Content),
            "prefix" => archive.Raw(ArchiveBuilder.Header(last, '0', Content.Length, "", b => Sample.Bytes(prefix).CopyTo(b, 345))).Data(Content),
            "v7" => archive.Raw(ArchiveBuilder.Header(name, '\0', Content.Length, "", b => b.AsSpan(257, 8).Clear())).Data(Content),
            "contiguous" => archive.Entry(name, '7', Content.Length, Content),
            "signed" => archive.Raw(Signed(name)).Data(Content),
            "base256" => archive.Raw(ArchiveBuilder.Header(name, '0', 0, "", b => Base256(b, Content.Length))).Data(Content),
            _ => archive.Raw(ArchiveBuilder.Header("sparse", 'S', 512, "", b => b[482] = 1)).Raw([.. new byte[504], 1, .. new byte[7]]).Raw(new byte[512]).Raw(new byte[512]).File(name, Content),
        };

        var store = OciStore.Open(archive.Save(temporary["archive.tar"]));

        Assert.Equal(Content, store.Read(store.Resolve(Digest.Compute(Content).ToString())));
        Assert.Equal(["v1"], store.TagNames());
        Assert.DoesNotContain(store.Walk(store.Resolve("v1")), v => v.IsMissing);
    }

    [Fact]
    public void Names_with_backslashes_are_read_in_place_and_imported()
    {
        using var sandbox = new Sandbox();
        using var tar = new System.Formats.Tar.TarReader(new MemoryStream(ArchiveBuilder.Layout().ToBytes()));
        var archive = new ArchiveBuilder().Entry("blobs\\sha256\\", '5', 0);
        while (tar.GetNextEntry(copyData: true) is { } entry)
        {
            using var data = new MemoryStream();
            entry.DataStream!.CopyTo(data);
            archive.File(".\\" + entry.Name.Replace('/', '\\'), data.ToArray());
        }

        var path = archive.Save(sandbox.Beside("a.tar"));
        var imported = sandbox.Create();
        imported.Import(path);

        foreach (var store in new[] { OciStore.Open(path), imported })
        {
            Assert.Equal(["v1"], store.TagNames());
            Assert.DoesNotContain(store.Walk(store.Resolve("v1")), v => v.IsMissing);
        }
    }

    [Fact]
    public void Last_of_several_entries_of_one_name_wins_even_if_it_is_a_link()
    {
        using var temporary = new TemporaryDirectory();
        var name = ArchiveBuilder.Name(Content);
        var twice = OciStore.Open(ArchiveBuilder.Layout().File(name, "old").File("./" + name, Content).Save(temporary["twice.tar"]));
        var link = OciStore.Open(ArchiveBuilder.Layout().File(name, Content).Link(name, "index.json").Save(temporary["link.tar"]));

        Assert.Equal(Content, twice.Read(twice.Resolve(Digest.Compute(Content).ToString())));
        Assert.False(link.Exists(Digest.Compute(Content)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Entries_after_one_larger_than_8_GiB_are_read(bool pax)
    {
        using var temporary = new TemporaryDirectory();
        const long length = (9L << 30) + 5;
        var path = temporary["huge.tar"];
        using (var file = File.Create(path))
        {
            file.Write(ArchiveBuilder.Layout().ToBytes(end: false));
            var record = Sample.Bytes(ArchiveBuilder.Record("size", length.ToString()));
            if (pax) file.Write(new ArchiveBuilder().Entry("pax", 'x', record.Length, record).ToBytes(end: false));
            file.Write(ArchiveBuilder.Header("huge", '0', 0, "", pax ? null : b => Base256(b, length)));
            file.Seek(length + (512 - (length % 512)), SeekOrigin.Current); // a hole in a sparse file
            file.Write(new ArchiveBuilder().Blob(Content).ToBytes());
        }

        var store = OciStore.Open(path);

        Assert.Equal(Content, store.Read(store.Resolve(Digest.Compute(Content).ToString())));
    }

    [Fact]
    public void Entry_with_more_than_8_GiB_and_100_characters_round_trips()
    {
        const long length = 9L << 30;
        var name = "blobs/sha512/" + new string('a', 128);
        var written = new CutStream(1 << 16);
        var error = Record.Exception(() => new TarWriter(written).AddFile(name, TarWriter.FileMode, length, new Endless(), null, CancellationToken.None));
        Assert.IsType<EndOfStreamException>(error);

        var reader = new TarReader(new MemoryStream(written.ToArray()), "archive", long.MaxValue);
        var entry = reader.Next(CancellationToken.None)!;

        Assert.Equal((name, length, TarEntryKind.File), (entry.Name, entry.Length, entry.Kind));
    }

    [Fact]
    public void Replaced_archive_is_read_again()
    {
        using var temporary = new TemporaryDirectory();
        var path = ArchiveBuilder.Layout("old").Save(temporary["archive.tar"]);
        var store = OciStore.Open(path);
        var old = store.Resolve("old");

        ArchiveBuilder.Layout("new").File("more", Content).Save(temporary["next"]);
        File.Move(temporary["next"], path, overwrite: true);

        Assert.Equal(["new"], store.TagNames());
        Assert.False(store.Exists(old.Digest));
        Assert.DoesNotContain(store.Walk(store.Resolve("new")), v => v.IsMissing);
    }

    [Fact]
    public void Archive_replaced_with_equal_size_and_time_yields_no_wrong_bytes()
    {
        using var temporary = new TemporaryDirectory();
        var path = ArchiveBuilder.Layout().Blob(Content).File("other", "1234567").Save(temporary["archive.tar"]);
        var time = File.GetLastWriteTimeUtc(path);
        var store = OciStore.Open(path);
        var blob = store.Resolve(Digest.Compute(Content).ToString());

        ArchiveBuilder.Layout().File("other", "1234567").Blob(Content).Save(path); // keeps length and modification time
        File.SetLastWriteTimeUtc(path, time);

        Sandbox.Refused(OciErrorKind.InvalidArchive, () => store.Read(blob), "replaced");
        Assert.Equal(Content, store.Read(blob)); // the second read opens the new archive
    }

    [Fact]
    public void Path_can_change_between_archive_and_directory()
    {
        using var temporary = new TemporaryDirectory();
        var path = ArchiveBuilder.Layout("one").Save(temporary["it"]);
        Assert.True(OciStore.Open(path).IsReadOnly);
        File.Delete(path);
        Sandbox.Refused(OciErrorKind.NotFound, () => OciStore.Open(path));
        OciStore.Create(path);
        Assert.False(OciStore.Open(path).IsReadOnly);
        Directory.Delete(path, recursive: true);
        ArchiveBuilder.Layout("two").Save(path);
        Assert.Equal(["two"], OciStore.Open(path).TagNames());
    }

    [Fact]
    public async Task Concurrent_readers_get_correct_content()
    {
        using var temporary = new TemporaryDirectory();
        var archive = ArchiveBuilder.Layout();
        var contents = Enumerable.Range(0, 50).Select(i => Enumerable.Repeat((byte)i, 3000 * i).ToArray()).ToList();
        foreach (var content in contents) archive.Blob(content);
        var store = OciStore.Open(archive.Save(temporary["archive.tar"]));

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            foreach (var content in contents) Assert.Equal(content, store.Read(new Descriptor("a/b", Digest.Compute(content), content.Length)));
        }, TestContext.Current.CancellationToken)));
    }

    private static void Base256(byte[] block, long value)
    {
        block.AsSpan(124, 12).Clear();
        block[124] = 0x80;
        for (var i = 135; value > 0; i--, value >>= 8) block[i] = (byte)value;
    }

    // Old writers computed the checksum from signed bytes. It differs if the header has bytes above 127, here in the owner's name.
    private static byte[] Signed(string name)
    {
        var block = ArchiveBuilder.Header(name, '0', Content.Length, "", b => b[265] = 0xFF);
        block.AsSpan(148, 8).Fill((byte)' ');
        Sample.Bytes(Convert.ToString(block.Sum(b => (sbyte)b), 8).PadLeft(6, '0') + "\0 ").CopyTo(block, 148);
        return block;
    }

    private sealed class Endless : MemoryStream
    {
        public override int Read(byte[] buffer, int offset, int count) => count;
    }

    /// <summary>A stream that fails when more than a number of bytes is written.</summary>
    private sealed class CutStream(int most) : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count)
        {
            if (Length + count > most) throw new EndOfStreamException();
            base.Write(buffer, offset, count);
        }
    }
}
