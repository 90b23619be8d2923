using System;
using System.Collections.Generic;
using System.IO;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.Files;

/// <summary>Tests for streams that tell in which file their next bytes are, so that a socket can send them.</summary>
public sealed class FileContentTests
{
    [Fact]
    public void A_file_tells_its_parts_in_order_and_nothing_at_its_end()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has the files of the own process as names.");
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory["file"], [1, 2, 3, 4, 5, 6, 7]);
        var reported = new List<int>();
        using var stream = new MeteredStream(PhysicalFileSystem.Instance.OpenRead(directory["file"]), reported.Add);
        File.Delete(directory["file"]);
        var start = new byte[2];
        Assert.Equal(2, stream.Read(start, 0, 2));

        var first = Assert.NotNull(stream.Take(3));
        var second = Assert.NotNull(stream.Take(100));

        Assert.Equal((2L, 3, 5L, 2), (first.Offset, first.Count, second.Offset, second.Count));
        Assert.Null(stream.Take(100));
        Assert.Equal(0, stream.Read(start, 0, 2));
        Assert.Equal([2, 3, 2, 0], reported);
        Assert.True(first.File.IsAsync); // sockets refuse other files
        var bytes = new byte[7];
        Assert.Equal(7, RandomAccess.Read(first.File.SafeFileHandle, bytes, 0));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], bytes);
    }

    [Fact]
    public void Content_that_is_not_in_a_file_has_no_parts()
    {
        using var stream = new MeteredStream(new MemoryStream([1, 2, 3]), _ => Assert.Fail("Nothing was read."));
        Assert.Null(stream.Take(3));
    }
}
