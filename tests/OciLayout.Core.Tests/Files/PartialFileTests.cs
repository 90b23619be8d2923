using System;
using System.IO;
using System.Linq;
using OciLayout.Files;
using OciLayout.Testing;
using OciLayout.Transfer;
using Xunit;

namespace OciLayout.Tests.Files;

/// <summary>Tests the partial file that exists while a file is written, and after the writing process was killed.</summary>
public class PartialFileTests
{
    [Fact]
    public void Partial_files_of_a_killed_writer_are_deleted_by_the_next_writer()
    {
        using var temporary = new TemporaryDirectory();
        foreach (var number in new[] { 1, 2 })
        {
            File.WriteAllText(temporary[$".x.tar.{number}.partial"], "half");
            File.WriteAllText(temporary[$".x.tar.{number}.partial.lock"], "");
        }

        File.WriteAllText(temporary[".y.tar.1.partial"], "of another target");
        AtomicFile.Write(PhysicalFileSystem.Instance, temporary["x.tar"], false, true, file => file.Write("whole"u8));

        Assert.Equal([".y.tar.1.partial", "x.tar"], Names(temporary));
        Assert.Equal("whole", File.ReadAllText(temporary["x.tar"]));
    }

    [Fact]
    public void Partial_file_of_a_running_writer_is_kept()
    {
        using var temporary = new TemporaryDirectory();
        var files = PhysicalFileSystem.Instance;
        AtomicFile.Write(files, temporary["x.tar"], true, false, first =>
        {
            first.Write("fir"u8);
            Assert.Contains(".x.tar.1.partial", Names(temporary));
            AtomicFile.Write(files, temporary["x.tar"], true, false, second =>
            {
                AtomicFile.Write(files, temporary["x.tar"], true, false, third => third.Write("third"u8));
                second.Write("second"u8);
            });
            Assert.Equal("second", File.ReadAllText(temporary["x.tar"]));
            first.Write("st"u8);
        });

        Assert.Equal("first", File.ReadAllText(temporary["x.tar"]));
        Assert.Equal(["x.tar"], Names(temporary));
    }

    [Fact]
    public void Failed_writer_leaves_nothing()
    {
        using var temporary = new TemporaryDirectory();

        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(PhysicalFileSystem.Instance, temporary["x.tar"], false, false, _ => throw new InvalidOperationException()));

        Assert.Empty(Names(temporary));
    }

    [Fact]
    public void Names_of_maximal_length_are_written()
    {
        using var temporary = new TemporaryDirectory();
        var name = string.Concat(Enumerable.Repeat("😀", 63));

        AtomicFile.Write(PhysicalFileSystem.Instance, temporary[name], false, false, file => file.Write("x"u8));

        Assert.Equal([name], Names(temporary));
    }

    private static string[] Names(TemporaryDirectory directory) => [.. Directory.EnumerateFileSystemEntries(directory.Path).Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal)];
}
