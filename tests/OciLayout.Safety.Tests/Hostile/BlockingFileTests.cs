using System;
using System.IO;
using System.Threading.Tasks;
using OciLayout.Files;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Safety.Hostile;

/// <summary>Tests that opening a file never blocks, even if the file was replaced by one of another kind after it was checked.</summary>
public sealed class BlockingFileTests
{
    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData("FIFO")]
    [InlineData("socket")]
    [InlineData("link to a FIFO")]
    public async Task Special_file_is_not_found(string kind)
    {
        using var directory = new TemporaryDirectory();
        string path = directory["place", "thing"];
        SpecialFile.Put(kind, path, directory.Path);

        Exception? error = await Record.ExceptionAsync(() => Ends(() => PhysicalFileSystem.Instance.OpenRead(path).Dispose()));

        Assert.Contains(path, Assert.IsType<FileNotFoundException>(error).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FIFO")]
    [InlineData("socket")]
    [InlineData("device")]
    [InlineData("directory")]
    [InlineData("link to a FIFO")]
    public async Task File_to_push_that_is_not_a_regular_file_is_refused_at_once(string kind)
    {
        using var directory = new TemporaryDirectory();
        string path = directory["place", "thing"];
        SpecialFile.Put(kind, path, directory.Path);

        Exception? error = await Record.ExceptionAsync(() => Ends(() => OciStore.OpenFile(path).Dispose()));

        Assert.Contains(path, Assert.IsType<FileNotFoundException>(error).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FIFO", true)]
    [InlineData("FIFO", false)]
    [InlineData("socket", true)]
    [InlineData("socket", false)]
    [InlineData("directory", true)]
    [InlineData("directory", false)]
    [InlineData("device", true)]
    [InlineData("dangling link", true)]
    [InlineData("dangling link", false)]
    public async Task Special_file_is_not_locked(string kind, bool exclusive)
    {
        using var directory = new TemporaryDirectory();
        string path = directory["place", "thing"];
        SpecialFile.Put(kind, path, directory.Path);

        Exception? error = await Record.ExceptionAsync(() => Ends(() => PhysicalFileSystem.Instance.TryLock(path, exclusive)?.Dispose()));

        OciException told = Assert.IsType<OciException>(error);
        Assert.Equal(OciErrorKind.InvalidLayout, told.Kind);
        Assert.Contains(path, told.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(directory["nothing"]));
    }

    [Fact]
    public void File_is_read_completely_and_locked_shared_and_exclusive()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.NewFile("file", new byte[300_000]);
        using (Stream file = PhysicalFileSystem.Instance.OpenRead(path))
        {
            using var memory = new MemoryStream();
            file.CopyTo(memory);
            Assert.Equal(300_000, memory.Length);
            File.Delete(path); // an open reader does not block deletion
        }

        string gate = directory["gate"];
        using (IDisposable? one = PhysicalFileSystem.Instance.TryLock(gate, false), two = PhysicalFileSystem.Instance.TryLock(gate, false))
        {
            Assert.NotNull(one);
            Assert.NotNull(two);
            Assert.Null(PhysicalFileSystem.Instance.TryLock(gate, true));
        }

        using IDisposable? alone = PhysicalFileSystem.Instance.TryLock(gate, true);
        Assert.NotNull(alone);
        Assert.Null(PhysicalFileSystem.Instance.TryLock(gate, false));
    }

    [Fact]
    public async Task Lock_is_released_even_if_a_child_process_is_still_running()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Handles are not inherited there.");
        using var directory = new TemporaryDirectory();
        string gate = directory["gate"];
        using var child = new System.Diagnostics.Process();
        using (PhysicalFileSystem.Instance.TryLock(gate, false))
        {
            child.StartInfo = new("/bin/sleep", "60");
            child.Start();
        }

        using (IDisposable? held = PhysicalFileSystem.Instance.TryLock(gate, true)) Assert.NotNull(held);
        child.Kill();
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    private static async Task Ends(Action action)
    {
        Task task = Task.Run(action);
        Assert.True(await Task.WhenAny(task, Task.Delay(Hang)) == task, "It did not end.");
        await task;
    }
}
