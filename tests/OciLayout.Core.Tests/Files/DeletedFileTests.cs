using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Files;
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
