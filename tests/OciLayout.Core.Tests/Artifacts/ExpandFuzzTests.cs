using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using OciLayout.Artifacts;
using OciLayout.Files;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.Artifacts;

/// <summary>
/// Tests randomly changed archives: each is unpacked below the destination, or refused with an <see cref="OciException"/>.
/// </summary>
public class ExpandFuzzTests
{
    private const int Rounds = 3000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Mutated_archive_is_unpacked_inside_the_destination_or_refused(int seed)
    {
        var random = new Random(seed);
        using var place = TemporaryDirectory.InMemory();
        File.WriteAllText(place["outside"], "outside");
        var outcomes = new HashSet<string>();
        for (var round = 0; round < Rounds; round++)
        {
            var tar = Change(Seed(round).ToTar(), random);
            var path = place["out"];
            using (var destination = new Destination(path, Folder.Open))
            {
                try
                {
                    DirectoryUnpacker.Unpack(new MemoryStream(tar), "d", new StagedTree(destination.Staging), default);
                    Assert.DoesNotContain(destination.Staging.List(""), e => e.Name != "d");
                    outcomes.Add("unpacked");
                }
                catch (Exception e) when (e is OciException or InvalidDataException)
                {
                    outcomes.Add(e is OciException error ? error.Kind.ToString() : "cut off");
                }
            }

            Assert.False(Directory.Exists(path), $"Round {round} left something.");
            Assert.Equal("outside", File.ReadAllText(place["outside"]));
            Assert.Single(Directory.EnumerateFileSystemEntries(place.Path));
        }

        Assert.Superset(new HashSet<string> { "unpacked", nameof(OciErrorKind.UnsafePath), nameof(OciErrorKind.InvalidArchive) }, outcomes);
    }

    [Fact]
    public void Mutated_layer_is_refused_or_unpacked_and_leaves_nothing_else()
    {
        var random = new Random(3);
        for (var round = 0; round < 150; round++)
        {
            using var artifact = new ExpandedArtifact();
            var layer = Archive.Compress(Seed(round).ToTar());
            for (var changes = random.Next(1, 4); changes > 0; changes--) layer[random.Next(layer.Length)] = (byte)random.Next(256);
            try
            {
                artifact.Layer("d", layer).Expand();
            }
            catch (OciException)
            {
                Assert.Equal("", artifact.Tree());
            }
        }
    }

    private static Archive Seed(int round) => (round % 3) switch
    {
        0 => new Archive().Directory("d").File("d/a", "a").Link("d/l", "a").HardLink("d/h", "d/a").Directory("d/s", 0x16D).File("d/s/b", "b"),
        1 => new Archive().File("d/" + new string('n', 120), "long").Link("d/long", new string('t', 120)).File("d/\u00e9", "e"),
        _ => new Archive().Directory("d").File("d/x/y/z", new string('z', 2000)).Link("d/x/up", "../x/y").File("d/end", ""),
    };

    // Changes bytes, numbers and names of headers, and corrects their checksums, so that the checksum does not reveal every change.
    private static byte[] Change(byte[] tar, Random random)
    {
        string[] names = ["../x", "/etc/x", "d/../../x", "d", "d/l/x", "d/a", "d/./a", "D/A", "d\\x", "d/nul", "", "outside", "../outside", "."];
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            var block = random.Next(tar.Length / 512) * 512;
            switch (random.Next(7))
            {
                case 0:
                    tar[block + random.Next(512)] = (byte)random.Next(256);
                    break;
                case 1:
                    Put(tar, block, 100, names[random.Next(names.Length)]);
                    break;
                case 2:
                    Put(tar, block + 157, 100, names[random.Next(names.Length)]);
                    break;
                case 3:
                    tar[block + 156] = (byte)"01234567xgLKSVAN"[random.Next(16)];
                    break;
                case 4:
                    Put(tar, block + 124, 12, Convert.ToString(random.NextInt64(1L << random.Next(40)), 8).PadLeft(11, '0'));
                    break;
                case 5:
                    Put(tar, block + 100, 8, Convert.ToString(random.Next(1 << 12), 8).PadLeft(7, '0'));
                    break;
                default:
                    tar = tar[..(random.Next(tar.Length / 512) * 512 + random.Next(2) * random.Next(512))];
                    if (tar.Length < 512) return tar;
                    continue;
            }

            Put(tar, block + 148, 8, "        ");
            Put(tar, block + 148, 8, Convert.ToString(tar.AsSpan(block, 512).ToArray().Sum(b => b), 8).PadLeft(6, '0') + "\0 ");
        }

        return tar;
    }

    private static void Put(byte[] tar, int at, int length, string text)
    {
        tar.AsSpan(at, length).Clear();
        Encoding.Latin1.GetBytes(text.Length > length ? text[..length] : text).CopyTo(tar, at);
    }
}
