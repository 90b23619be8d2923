using System;
using System.IO;
using System.Threading;
using OciLayout.Tests.Store;
using Xunit;

namespace OciLayout.Tests.Blobs;

/// <summary>Tests fetching to a file: the file has the complete content, or does not exist.</summary>
public class FetchToFileTests
{
    [Fact]
    public void Content_is_written_to_a_new_file_and_an_existing_file_is_kept_by_default()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var large = store.PushBlob(new string('x', 300_000));
        var empty = store.PushBlob("");
        long told = 0;

        store.FetchToFile(large, sandbox.Beside("f"), progress: new Observer<long>(done => told = done));

        Assert.Equal(300_000, told);
        Assert.Equal(new string('x', 300_000), File.ReadAllText(sandbox.Beside("f")));
        Sandbox.Refused(OciErrorKind.AlreadyExists, () => store.FetchToFile(empty, sandbox.Beside("f")), sandbox.Beside("f"));
        Assert.Equal(300_000, new FileInfo(sandbox.Beside("f")).Length);
        store.FetchToFile(empty, sandbox.Beside("f"), replace: true);
        Assert.Equal(0, new FileInfo(sandbox.Beside("f")).Length);
        Assert.Throws<IOException>(() => store.FetchToFile(large, sandbox.Root, replace: true));
        Assert.Equal([sandbox.Beside("f"), sandbox.Root], Around(sandbox));
    }

    [Fact]
    public void Corrupt_content_is_an_error_and_the_old_file_is_kept()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var blob = store.PushBlob("content");
        Damage(sandbox.BlobPath(blob.Digest), "CONTENT");
        File.WriteAllText(sandbox.Beside("f"), "old");

        Sandbox.Refused(OciErrorKind.DigestMismatch, () => store.FetchToFile(blob, sandbox.Beside("f"), replace: true), blob.Digest.ToString());

        Assert.Equal("old", File.ReadAllText(sandbox.Beside("f")));
        Assert.Equal([sandbox.Beside("f"), sandbox.Root], Around(sandbox));
    }

    [Theory]
    [InlineData(FileOperation.Create)]
    [InlineData(FileOperation.Write)]
    [InlineData(FileOperation.Flush)]
    public void Errors_name_the_file_and_not_the_temporary_one(FileOperation failing)
    {
        using var sandbox = new Sandbox();
        var blob = sandbox.Create().PushBlob("content");
        var files = new HookedFileSystem();
        var store = sandbox.Isolated(files);
        files.Before = (operation, path) =>
        {
            if (operation == failing && path.EndsWith(".partial", StringComparison.Ordinal)) throw new IOException($"No space left on device : '{path}'", 28);
        };

        var error = Assert.Throws<IOException>(() => store.FetchToFile(blob, sandbox.Beside("f")));
        Assert.Equal(($"No space left on device : '{sandbox.Beside("f")}'", 28), (error.Message, error.HResult));
        Assert.Equal([sandbox.Root], Around(sandbox));
    }

    [Fact]
    public void File_created_by_another_process_during_the_fetch_is_kept()
    {
        using var sandbox = new Sandbox();
        var blob = sandbox.Create().PushBlob("content");
        var files = new HookedFileSystem();
        var store = sandbox.Isolated(files);
        files.Before = (operation, _) =>
        {
            if (operation == FileOperation.Replace) File.WriteAllText(sandbox.Beside("f"), "theirs");
        };

        Sandbox.Refused(OciErrorKind.AlreadyExists, () => store.FetchToFile(blob, sandbox.Beside("f")), sandbox.Beside("f"));

        Assert.Equal("theirs", File.ReadAllText(sandbox.Beside("f")));
        Assert.Equal([sandbox.Beside("f"), sandbox.Root], Around(sandbox));
    }

    [Fact]
    public void Cancellation_leaves_no_file()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var blob = store.PushBlob(new string('x', 1_000_000));
        using var stop = new CancellationTokenSource();

        Assert.Throws<OperationCanceledException>(() => store.FetchToFile(blob, sandbox.Beside("f"), false, new Observer<long>(_ => stop.Cancel()), stop.Token));

        Assert.Equal([sandbox.Root], Around(sandbox));
    }

    private static string[] Around(Sandbox sandbox)
    {
        var found = Directory.GetFileSystemEntries(Path.GetDirectoryName(sandbox.Root)!);
        Array.Sort(found, StringComparer.Ordinal);
        return found;
    }

    private static void Damage(string path, string text)
    {
        File.SetAttributes(path, FileAttributes.Normal);
        File.WriteAllText(path, text);
    }
}
