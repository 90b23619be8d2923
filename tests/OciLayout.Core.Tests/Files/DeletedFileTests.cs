using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Files;
using OciLayout.Model;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.Files;

/// <summary>Tests files and directories that another process deletes while they are used.</summary>
public class DeletedFileTests
{
    [Fact]
    public void Directory_deleted_while_it_is_listed_is_not_an_error()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not delete a directory that a process has open.");
        using var temporary = new TemporaryDirectory();
        var directory = Directory.CreateDirectory(temporary["many"]).FullName;
        const int count = 3000; // more than one system call returns
        for (var i = 0; i < count; i++) File.WriteAllText(Path.Combine(directory, $"file {i}"), "");
        using var listing = PhysicalFileSystem.Instance.List(directory).GetEnumerator();
        Assert.True(listing.MoveNext());

        Directory.Delete(directory, recursive: true);
        var more = 0;
        while (listing.MoveNext()) more++;

        Assert.InRange(more, 0, count - 1);
        Assert.Empty(PhysicalFileSystem.Instance.List(directory));
    }

    [Fact]
    public void Several_files_are_deleted_in_their_order()
    {
        using var temporary = new TemporaryDirectory();
        string[] names = ["a/1", "a/2", "a/none", "b/1", "none/1", "a/3"];
        foreach (var name in names.Where(n => !n.Contains("none", StringComparison.Ordinal)))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(temporary[name])!);
            File.WriteAllText(temporary[name], "");
        }

        var deleted = new List<int>();
        PhysicalFileSystem.Instance.DeleteAll([.. names.Select(n => (FilePath)temporary[n])], deleted.Add);

        Assert.Equal(Enumerable.Range(0, names.Length), deleted);
        Assert.Empty(Directory.EnumerateFiles(temporary.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Several_files_are_not_deleted_behind_a_link()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Only Unix opens directories without following links.");
        using var temporary = new TemporaryDirectory();
        foreach (var name in new[] { "a/1", "b/1" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(temporary[name])!);
            File.WriteAllText(temporary[name], "");
        }

        Directory.CreateSymbolicLink(temporary["link"], temporary["b"]);
        var deleted = new List<int>();
        Sandbox.Refused(OciErrorKind.InvalidLayout, () => PhysicalFileSystem.Instance.DeleteAll([temporary["a/1"], temporary["link/1"]], deleted.Add), "symbolic link");

        Assert.Equal([0], deleted);
        Assert.True(File.Exists(temporary["b/1"]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task Lock_whose_file_is_repeatedly_deleted_is_taken_or_refused(bool exclusive) => Sandbox.Ends(() =>
    {
        using var temporary = new TemporaryDirectory();
        var path = temporary["lock"];
        using var stop = new CancellationTokenSource();
        var removing = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    File.Delete(path);
                }
                catch (Exception e) when (OperatingSystem.IsWindows() && e is IOException or UnauthorizedAccessException)
                {
                    // Another thread has the file open.
                }
            }
        });
        int taken;
        try
        {
            taken = Enumerable.Range(0, 3000).Count(_ =>
            {
                using var held = PhysicalFileSystem.Instance.TryLock(path, exclusive);
                return held is not null;
            });
        }
        finally
        {
            stop.Cancel();
            removing.Wait();
        }

        using var last = PhysicalFileSystem.Instance.TryLock(path, exclusive);
        Assert.NotNull(last);
        Assert.InRange(taken, 1, 3000);
    });
}
