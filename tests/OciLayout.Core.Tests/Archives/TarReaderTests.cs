using System;
using System.Collections.Generic;
using System.Formats.Tar;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Common;
using Xunit;
using TarEntry = OciLayout.Archives.TarEntry;
using TarEntryKind = OciLayout.Archives.TarEntryKind;
using TarReader = OciLayout.Archives.TarReader;
using TarWriter = OciLayout.Archives.TarWriter;

namespace OciLayout.Tests.Archives;

/// <summary>Tests the metadata of entries that unpacking needs.</summary>
public class TarReaderTests
{
    private static readonly string Long = "d/" + new string('n', 300) + "/ä";

    public static TheoryData<TarEntryFormat> Formats => [TarEntryFormat.V7, TarEntryFormat.Ustar, TarEntryFormat.Pax, TarEntryFormat.Gnu];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Attributes_and_link_targets_of_another_writer_are_read(TarEntryFormat format)
    {
        var time = new DateTimeOffset(2024, 2, 29, 12, 30, 15, TimeSpan.Zero);
        var bytes = new MemoryStream();
        using (var writer = new System.Formats.Tar.TarWriter(bytes, format, leaveOpen: true))
        {
            foreach (var type in new[] { TarEntryType.Directory, format == TarEntryFormat.V7 ? TarEntryType.V7RegularFile : TarEntryType.RegularFile, TarEntryType.SymbolicLink, TarEntryType.HardLink })
            {
                System.Formats.Tar.TarEntry entry = format switch
                {
                    TarEntryFormat.V7 => new V7TarEntry(type, "d/" + type),
                    TarEntryFormat.Ustar => new UstarTarEntry(type, "d/" + type),
                    TarEntryFormat.Pax => new PaxTarEntry(type, "d/" + type),
                    _ => new GnuTarEntry(type, "d/" + type),
                };
                (entry.Mode, entry.Uid, entry.Gid, entry.ModificationTime) = ((UnixFileMode)0x8F8, 1000, 2000, time); // octal 04370
                if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink) entry.LinkName = "d/target";
                writer.WriteEntry(entry);
            }
        }

        var entries = ReadAll(bytes.ToArray());

        Assert.Equal([TarEntryKind.Directory, TarEntryKind.File, TarEntryKind.SymbolicLink, TarEntryKind.HardLink], entries.Select(e => e.Kind));
        Assert.Equal(["", "", "d/target", "d/target"], entries.Select(e => e.LinkTarget));
        Assert.All(entries, e => Assert.Equal((0x8F8, 1000, 2000, time), (e.Attributes.Mode, e.Attributes.UserId, e.Attributes.GroupId, e.Attributes.Modified)));
        Assert.All(entries, e => Assert.True(e.HasValidNames));
    }

    [Fact]
    public void Values_of_extended_headers_are_used_for_the_next_entry_only()
    {
        var records = ArchiveBuilder.Record("path", Long) + ArchiveBuilder.Record("uid", "4294967296") + ArchiveBuilder.Record("gid", "3000000000") + ArchiveBuilder.Record("mtime", "-1.5") + ArchiveBuilder.Record("SCHILY.xattr.user.x", "1");
        var bytes = Sample.Bytes(records);
        var entries = ReadAll(new ArchiveBuilder().Entry("pax", 'x', bytes.Length, bytes).File("short", "content").File("next", "content").ToBytes());

        Assert.Equal([Long, "next"], entries.Select(e => e.Name));
        Assert.Equal((4294967296L, 3000000000L, DateTimeOffset.UnixEpoch.AddSeconds(-1.5)), (entries[0].Attributes.UserId, entries[0].Attributes.GroupId, entries[0].Attributes.Modified));
        Assert.Equal((0L, 0L, DateTimeOffset.UnixEpoch), (entries[1].Attributes.UserId, entries[1].Attributes.GroupId, entries[1].Attributes.Modified));
    }

    [Fact]
    public void Long_names_and_link_targets_of_GNU_tar_are_read()
    {
        var entries = ReadAll(new ArchiveBuilder()
            .Entry("././@LongLink", 'K', Sample.Bytes(Long).Length + 1, Sample.Bytes(Long + "\0"))
            .Entry("././@LongLink", 'L', Sample.Bytes(Long + "2").Length + 1, Sample.Bytes(Long + "2\0"))
            .Link("short", "short").ToBytes());

        Assert.Equal((Long + "2", Long), (Assert.Single(entries).Name, entries[0].LinkTarget));
    }

    [Theory]
    [InlineData(5_000_000_000L)]
    [InlineData(-1L)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public void Numbers_of_base_256_are_read(long value)
    {
        var entry = Assert.Single(ReadAll(new ArchiveBuilder().Raw(ArchiveBuilder.Header("x", '0', 0, "", b =>
        {
            for (var i = 0; i < 12; i++) b[136 + i] = (byte)(i < 4 ? value < 0 ? 0xFF : 0 : value >> (8 * (11 - i)));
            b[136] |= 0x80;
            for (var i = 0; i < 8; i++) b[108 + i] = (byte)(value >> (8 * (7 - i)));
            b[108] = (byte)(value < 0 ? 0xFF : 0x80);
        })).ToBytes()));

        var expected = Math.Clamp(value, DateTimeOffset.MinValue.ToUnixTimeSeconds(), DateTimeOffset.MaxValue.ToUnixTimeSeconds());
        Assert.Equal(expected, entry.Attributes.Modified!.Value.ToUnixTimeSeconds());
        if (value is > 0 and < long.MaxValue) Assert.Equal(value, entry.Attributes.UserId);
    }

    [Fact]
    public void Malformed_attributes_do_not_make_an_archive_unreadable()
    {
        var entry = Assert.Single(ReadAll(new ArchiveBuilder().Raw(ArchiveBuilder.Header("x", '0', 0, "", b => b.AsSpan(100, 24).Fill((byte)'9'))).ToBytes()));

        Assert.Equal((null, null, null), (entry.Attributes.Mode, entry.Attributes.UserId, entry.Attributes.GroupId));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Names_that_are_not_UTF_8_are_marked(bool link)
    {
        var entry = Assert.Single(ReadAll(new ArchiveBuilder().Raw(ArchiveBuilder.Header("name", link ? '2' : '0', 0, "target", b => b[link ? 157 : 0] = 0xFF)).ToBytes()));

        Assert.False(entry.HasValidNames);
        Assert.Contains('\uFFFD', link ? entry.LinkTarget : entry.Name);
    }

    public static TheoryData<string> SparseForms => ["old GNU", "pax 0.0", "pax 0.1", "pax 1.0"];

    [Theory]
    [MemberData(nameof(SparseForms))]
    public void Sparse_files_are_recognized_with_their_names(string form)
    {
        var archive = new ArchiveBuilder();
        string Records(params (string Key, string Value)[] records) => string.Concat(records.Select(r => ArchiveBuilder.Record("GNU.sparse." + r.Key, r.Value)));
        _ = form switch
        {
            "old GNU" => archive.Raw(ArchiveBuilder.Header("disk.img", 'S', 512)).Raw(new byte[512]),
            "pax 0.0" => archive.Pax(Records(("size", "1048576"), ("numblocks", "1"), ("offset", "0"), ("numbytes", "512")), "disk.img", new byte[512]),
            "pax 0.1" => archive.Pax(Records(("size", "1048576"), ("numblocks", "1"), ("name", "disk.img"), ("map", "0,512")), "made.up", new byte[512]),
            _ => archive.Pax(Records(("major", "1"), ("minor", "0"), ("name", "disk.img"), ("realsize", "1048576")), "made.up", new byte[1024]),
        };

        var entries = ReadAll(archive.File("next", "content").ToBytes());

        Assert.Equal([("disk.img", TarEntryKind.Sparse), ("next", TarEntryKind.File)], entries.Select(e => (e.Name, e.Kind)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void End_of_a_layer_may_be_missing(bool canSeek)
    {
        var whole = new ArchiveBuilder().File("a", new string('x', 600)).ToBytes(end: false);
        var data = whole.Length - 1024 + 600;

        foreach (var length in new[] { whole.Length, data })
        {
            Assert.Single(ReadAll(whole[..length], endRequired: false, canSeek));
            Sandbox.Refused(OciErrorKind.InvalidArchive, () => ReadAll(whole[..length], endRequired: true, canSeek), "end is missing");
        }

        Assert.Single(ReadAll([.. whole, .. new byte[512]], endRequired: false, canSeek));
        Sandbox.Refused(OciErrorKind.InvalidArchive, () => ReadAll(whole[..(data - 1)], endRequired: false, canSeek), "truncated");
        Sandbox.Refused(OciErrorKind.InvalidArchive, () => ReadAll(whole[..300], endRequired: false, canSeek), "truncated");
    }

    [Fact]
    public void Comment_for_all_entries_is_ignored()
    {
        var entry = Assert.Single(ReadAll(new ArchiveBuilder().Pax(ArchiveBuilder.Record("comment", "0123456789abcdef"), "x", "content"u8.ToArray(), 'g').ToBytes()));

        Assert.Equal(("x", 7L), (entry.Name, entry.Length));
    }

    [Fact]
    public void Names_and_link_targets_that_do_not_fit_are_written_and_read_again()
    {
        var bytes = new MemoryStream();
        var writer = new TarWriter(bytes);
        writer.AddDirectory(Long, 0x1C0);
        writer.AddSymbolicLink(Long + "2", Long);
        writer.AddFile("ä", 0x180, 3, new MemoryStream("abcd"u8.ToArray()), null, CancellationToken.None);
        writer.Finish();

        var entries = ReadAll(bytes.ToArray());
        bytes.Position = 0;
        using var other = new System.Formats.Tar.TarReader(bytes);

        Assert.Equal([(Long + "/", TarEntryKind.Directory, "", 0x1C0), (Long + "2", TarEntryKind.SymbolicLink, Long, 0x1FF), ("ä", TarEntryKind.File, "", 0x180)],
            entries.Select(e => (e.Name, e.Kind, e.LinkTarget, e.Attributes.Mode!.Value)));
        Assert.All(entries, e => Assert.Equal(e.Name, other.GetNextEntry()!.Name));
    }

    private static List<TarEntry> ReadAll(byte[] archive, bool endRequired = true, bool canSeek = true)
    {
        using var memory = new MemoryStream(archive);
        using Stream stream = canSeek ? memory : new BufferedPipe(memory);
        var reader = new TarReader(stream, "archive", null, endRequired);
        var result = new List<TarEntry>();
        while (reader.Next(CancellationToken.None) is { } entry) result.Add(entry);
        return result;
    }

    /// <summary>A stream that cannot seek and returns up to 100 bytes per read.</summary>
    private sealed class BufferedPipe(Stream source) : ReadOnlyStream
    {
        public override int Read(byte[] buffer, int offset, int count) => source.Read(buffer, offset, Math.Min(count, 100));
    }
}
