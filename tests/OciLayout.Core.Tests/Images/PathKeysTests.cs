using System;
using System.Collections.Generic;
using System.Linq;
using OciLayout.Images;
using Xunit;

namespace OciLayout.Tests.Images;

/// <summary>Tests the keys of paths and the table of them.</summary>
public sealed class PathKeysTests
{
    private static readonly Digest Image = Digest.Compute("image"u8);

    // The vectors of the reference implementation of SipHash, for the bytes 0, 1, 2, … and the key of the bytes 0 to 15.
    [Theory]
    [InlineData("", 0x726fdb47dd0e0e31)]
    [InlineData("\u0100\u0302\u0504\u0706", 0x93f5f5799a932462)]
    public void Key_is_siphash(string path, ulong expected) => Assert.Equal(expected, new PathKeys(Image, 0x0706050403020100, 0x0F0E0D0C0B0A0908).Of(path));

    [Fact]
    public void Keys_of_one_image_are_equal_for_equal_paths_only_and_other_objects_give_other_keys()
    {
        var keys = new PathKeys(Image);
        string[] paths = ["", "a", "aa", "aaa", "aaaa", "aaaaa", "aaaa\0", "aaab", "b", "é", "usr/bin", "usr/bin/a"];
        Assert.Equal(paths.Length, paths.Select(p => keys.Of(p)).Distinct().Count());
        Assert.Equal(keys.Of("usr/bin"), keys.Of("usr/bin/a".AsSpan(0, 7)));
        Assert.NotEqual(keys.Of("usr/bin"), new PathKeys(Image).Of("usr/bin"));
    }

    [Fact]
    public void Table_has_the_marks_and_the_number_of_each_path()
    {
        var random = new Random(1);
        var expected = new Dictionary<ulong, (PathMarks Marks, int Number)>();
        var table = new PathTable();
        Assert.Equal(-1, table.Find(7));
        for (var i = 1; i <= 5000; i++)
        {
            // Every third key has the same lowest bits, so it belongs to an occupied slot.
            var key = i == 1 ? ulong.MaxValue : i % 3 == 0 ? (ulong)i << 40 : (ulong)random.Next();
            var slot = table.Add(key);
            table.MarksAt(slot) = (PathMarks)(i % 16);
            if (i > 100) table.SetNumber(slot, i);
            expected[key] = ((PathMarks)(i % 16), i > 100 ? i : 0);
        }

        Assert.Equal(expected.Count, table.Count);
        Assert.All(expected, path => Assert.Equal(path.Value, (table.MarksAt(table.Find(path.Key)), table.NumberAt(table.Find(path.Key)))));
        Assert.Equal(expected.Keys.Order(), table.Occupied().Select(table.KeyAt).Order());
        Assert.Equal(-1, table.Find(12345UL << 41));
    }

    // In the order of the slots, the marks of an image of 5,000,000 paths took many minutes to merge.
    [Fact]
    public void Paths_of_a_table_are_listed_in_an_order_that_fills_no_part_of_another_table_first()
    {
        var random = new Random(2);
        var table = new PathTable();
        while (table.Count < 20_000) table.Add((ulong)random.NextInt64());
        var first = table.Occupied().Take(table.Count / 8).ToList();
        for (var part = 0; part < 8; part++) Assert.InRange(first.Count(slot => (table.KeyAt(slot) & 0x7FFF) >> 12 == (ulong)part), first.Count / 10, first.Count / 6);
    }
}
