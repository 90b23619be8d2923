using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading;
using CsCheck;
using OciLayout.Common;
using OciLayout.Index;
using OciLayout.Model;
using Xunit;

namespace OciLayout.Tests.Index;

/// <summary>Tests that lookups in the index table return the same as a scan of all entries, after any changes.</summary>
public class IndexTableTests
{
    private const string Type = "application/vnd.oci.image.manifest.v1+json";

    private static readonly Digest[] Digests =
    [
        .. Enumerable.Range(0, 5).Select(i => Digest.Compute(new[] { (byte)i }, i == 3 ? DigestAlgorithm.Sha512 : DigestAlgorithm.Sha256)),
        Digest.Parse("blake3:abc"),
    ];

    private static readonly string[] Tags = ["a", "b", "c", "größer+<1>", "d\"\\"];

    private static readonly string[] Others =
    [
        "1", "null", "\"text\"", "[{}]", "{}", "{\"digest\":\"sha256:ABC\"}", "{\"digest\":7,\"size\":1}",
        "{\"mediaType\":\"x\",\"size\":1,\"annotations\":{\"org.opencontainers.image.ref.name\":\"a\"}}",
        $"{{\"mediaType\":\"x\",\"size\":-1,\"digest\":\"{Digests[0]}\",\"annotations\":{{\"org.opencontainers.image.ref.name\":\"b\"}}}}",
        $"{{\"mediaType\":\"{Type}\",\"size\":1,\"digest\":\"sha256:00\",\"digest\":\"{Digests[1]}\"}}",
    ];

    private static readonly Gen<string> Entry = Gen.Select(Gen.Int[0, 9], Gen.Int[0, Digests.Length - 1], Gen.Int[0, 6], Gen.Int[1, 2], Gen.Int[0, 3]).Select((kind, digest, tag, size, spelling) =>
    {
        if (kind == 0) return Others[(digest * 7 + tag) % Others.Length];
        var text = Digests[digest].ToString();
        if (spelling == 1) text = text.Replace("a", "\\u0061", StringComparison.Ordinal);
        var more = spelling == 2 ? "\"x\":[\"}\"]," : "";
        var names = tag < Tags.Length ? "\"org.opencontainers.image.ref.name\":" + Encoding.UTF8.GetString(Json.Write(w => w.WriteStringValue(Tags[tag]))) : "";
        if (tag == 6) names = $"\"org.opencontainers.image.ref.name\":\"{Digests[digest]}\"";
        if (spelling == 3) names = (names.Length == 0 ? "" : names + ",") + "\"k\":\"v\"";
        return $"{(spelling == 2 ? "\n " : "")}{{\"mediaType\":\"{Type}\",{more}\"digest\":\"{text}\",\"size\":{size}{(names.Length == 0 ? "" : $",\"annotations\":{{{names}}}")}}}";
    });

    private static readonly Gen<(int Kind, int Digest, int Tag, int Size)> Step = Gen.Select(Gen.Int[0, 4], Gen.Int[0, Digests.Length - 1], Gen.Int[0, Tags.Length - 1], Gen.Int[1, 2]);

    [Fact]
    public void Table_answers_as_a_list_of_its_entries() => Gen.Select(Entry.List[0, 12], Step.List[0, 15], Gen.Bool).Sample((entries, steps, asked) =>
    {
        var file = "{\"manifests\":[" + string.Join(",", entries) + "],\"x\":1}";
        var table = IndexTable.Parse(Encoding.UTF8.GetBytes(file));
        Assert.Equal(file, Encoding.UTF8.GetString(table.ToBytes()));
        if (asked) AssertSame(table); // otherwise the maps are built after the first change
        foreach (var step in steps)
        {
            Do(table, step);
            AssertSame(table);
        }

        if (steps.Count > 0 && !asked) AssertSame(IndexTable.Parse(table.ToBytes()));
    });

    [Fact]
    public void Entries_are_the_same_whichever_way_they_are_read() => Gen.Select(Entry.List[0, 6], Gen.Int[-1, 1500], Gen.Char["x,]}\"\\ \n01\0\u00e9"]).Sample((entries, at, other) =>
    {
        // The index is unchanged, truncated, or has one replaced character.
        var file = "{\"schemaVersion\":2,\"manifests\":[" + string.Join(",", entries) + "]}";
        if (at >= 0 && at < file.Length) file = other == 'x' ? file.Substring(0, at) : file.Substring(0, at) + other + file.Substring(at + 1);
        AssertReadAlike(Encoding.UTF8.GetBytes(file));
    });

    // The index is longer than the read buffer. Most entries are canonical; one may have a very long tag.
    [Fact]
    public void Long_index_is_read_and_compared_in_pieces() => Gen.Select(Gen.Int[300, 900], Gen.Int[0, 40_000], Entry.List[0, 2], Gen.Int[0, 400_000], Gen.Int[0, 4], Gen.Char["x,]}\"\\ \n01"]).Sample((count, longest, odd, at, damage, other) =>
    {
        var entries = Enumerable.Range(0, count).Select(i => PlainEntry(i, i == at % count ? longest : i % 90)).ToList();
        foreach (var entry in odd) entries.Insert(at % entries.Count, entry);
        var file = Encoding.UTF8.GetBytes("{\"schemaVersion\":2,\"manifests\":[" + string.Join(",", entries) + (damage == 3 ? "],\"x\":1}" : "]}\n"));
        if (damage == 0) file = file[..(at % file.Length)];
        var changed = file.ToArray();
        if (file.Length > 0) changed[at % file.Length] ^= 1;
        if (damage == 1) file[at % file.Length] = (byte)other;
        AssertReadAlike(file);
        if (damage > 1)
        {
            var image = IndexTable.Parse(() => new MemoryStream(file), CancellationToken.None).ToImage();
            Assert.Equal(file, image.ToBytes());
            Assert.True(image.IsIn(new MemoryStream(file)));
            Assert.False(image.IsIn(new MemoryStream(changed)));
            Assert.False(image.IsIn(new MemoryStream(file[..^1])));
            Assert.False(image.IsIn(new MemoryStream([.. file, (byte)' '])));
            Assert.True(image.IsSame(IndexTable.Parse(file).ToImage()));
        }
    }, iter: 60);

    private static string PlainEntry(int number, int tag) =>
        $"{{\"mediaType\":\"{Type}\",\"digest\":\"{Digest.Compute(BitConverter.GetBytes(number))}\",\"size\":{number * 1_234_567L}"
        + (tag == 0 ? "" : $",\"annotations\":{{\"org.opencontainers.image.ref.name\":\"{new string('t', tag)}\"}}") + "}";

    private static void AssertReadAlike(byte[] file)
    {
        Assert.Equal(
            AsRead(() => IndexDocument.ParseJson(file, CancellationToken.None)),
            AsRead(() => IndexDocument.Parse(() => new MemoryStream(file), CancellationToken.None)));
    }

    private static List<string> AsRead(Func<IndexDocument> parse)
    {
        try
        {
            var (before, entries, after) = parse();
            var read = entries.Select(e => string.Join(" ", e!.Leading, Text(e.Raw), e.MediaType, e.Digest, e.Size, e.Tag, e.Name, e.NamesItself, e.Problem));
            return [Text(before), .. read, Text(after)];
        }
        catch (JsonException e)
        {
            return [e.Message];
        }

        static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.ToArray());
    }

    [Fact]
    public void Positions_of_one_key_are_found_from_the_last_to_the_first() => Gen.Select(Gen.Int[0, 60], Gen.Int[0, 3]).Array[0, 200].Sample(steps =>
    {
        var map = new KeyPositions<string>(2);
        var naive = new SortedDictionary<int, string>();
        foreach (var (place, key) in steps)
        {
            if (naive.TryGetValue(place, out var old))
            {
                map.Remove(old, place);
                naive.Remove(place);
            }
            else
            {
                naive.Add(place, Tags[key]);
                map.Add(Tags[key], place);
            }
        }

        foreach (var key in Tags)
        {
            var found = new List<int>();
            for (var at = map.Last(key); at >= 0; at = map.Before(at)) found.Add(at);
            Assert.Equal(naive.Where(p => p.Value == key).Select(p => p.Key).Reverse(), found);
        }
    });

    private static void Do(IndexTable table, (int Kind, int Digest, int Tag, int Size) step)
    {
        var descriptor = new Descriptor(Type, Digests[step.Digest], step.Size);
        var before = table.Entries.ToList();
        switch (step.Kind)
        {
            case 0:
                Assert.Equal(before.All(e => e.Digest != descriptor.Digest || MediaTypes.KindOf(e.MediaType) != descriptor.Kind), table.Add(descriptor));
                Assert.Equal(before, table.Entries.Take(before.Count));
                break;
            case 1:
                Assert.Equal(before.Any(e => e.Digest == descriptor.Digest), table.Remove(descriptor.Digest));
                Assert.Equal(before.Where(e => e.Digest != descriptor.Digest), table.Entries);
                break;
            case 2:
                Assert.Equal(before.Any(e => e.Tag == Tags[step.Tag]), table.RemoveTag(Tags[step.Tag]));
                Assert.DoesNotContain(table.Entries, e => e.Tag == Tags[step.Tag]);
                Assert.Equal(before.Where(e => e.Tag != Tags[step.Tag]), table.Entries.Where(before.Contains));
                break;
            default:
                table.SetTag(descriptor, Tags[step.Tag]);
                var named = Assert.Single(table.Entries, e => e.Tag == Tags[step.Tag]);
                Assert.Equal((descriptor.Digest, Type, (long)step.Size), (named.Digest, named.MediaType, named.Size));
                var free = before.Find(e => e.Digest == descriptor.Digest && e.Tag is null && e.Problem is null && e.MediaType == Type && e.Size == step.Size);
                if (free is not null && !before.Exists(e => e.Digest == descriptor.Digest && e.Tag == Tags[step.Tag])) Assert.DoesNotContain(free, table.Entries); // the first matching entry without a tag gets the tag
                break;
        }
    }

    private static void AssertSame(IndexTable table)
    {
        List<IndexEntry> entries = [.. table.Entries];
        Assert.Equal(entries.Count, table.Count);
        foreach (var tag in Tags) Assert.Same(entries.FindLast(e => e.Tag == tag), table.FindTag(tag));
        foreach (var digest in Digests)
        {
            Assert.Equal(entries.Where(e => e.Digest == digest), table.FindDigest(digest));
            Assert.Equal(entries.Any(e => e.Digest == digest), table.Lists(digest));
        }

        Assert.Equal(entries.Where(e => e.Tag is not null && entries.FindLast(o => o.Tag == e.Tag) == e), table.Tagged());
        Assert.Equal(entries.Where(e => !e.Digest.IsEmpty).Select(e => e.Digest).Distinct(), table.Digests);
        Assert.All(entries, e => Assert.Equal(e.Tag is not null && e.Tag == e.Digest.ToString(), e.NamesItself));

        var written = IndexTable.Parse(table.ToBytes());
        Assert.Equal(entries.Select(Text), written.Entries.Select(Text));
        Assert.Equal(entries.Select(e => (e.Digest, e.Tag, e.Size, e.Problem)), written.Entries.Select(e => (e.Digest, e.Tag, e.Size, e.Problem)));
    }

    private static string Text(IndexEntry entry) => Encoding.UTF8.GetString(entry.Raw.ToArray());
}
