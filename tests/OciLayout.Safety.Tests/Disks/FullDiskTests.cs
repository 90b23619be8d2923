using System;
using System.IO;
using System.Linq;
using OciLayout.Files;
using OciLayout.Layout;
using OciLayout.Sessions;
using Xunit;

namespace OciLayout.Safety.Disks;

/// <summary>
/// Runs changes on a disk that is full from any write on, or that fails at any operation. The error is clear, index.json has its old bytes,
/// nothing is half changed, no leftovers stay, and the same store object works when the fault is gone.
/// </summary>
public sealed class FullDiskTests
{
    public static TheoryData<string> Actions => [.. DiskActions.All.Keys.Where(a => !a.Contains("another tool", StringComparison.Ordinal) && !a.StartsWith("heal", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Actions))]
    public void Full_disk_at_every_write(string action)
    {
        var measured = new FailingFileSystem();
        using (DiskRun run = DiskRun.Settled()) DiskActions.All[action](run, run.Open(measured));
        var sizes = measured.Writes.SelectMany(w => (long[])[w.Start, w.Start + w.Length / 2, w.Start + w.Length - 1]).Where(r => r >= 0).Distinct().ToList();
        foreach (long space in sizes)
        {
            using DiskRun run = DiskRun.Settled();
            var files = new FailingFileSystem { FreeSpace = space };
            Fails(run, files, action, error =>
            {
                var full = Assert.IsType<IOException>(error);
                Assert.StartsWith($"No space left on device : '{run.Root}", full.Message, StringComparison.Ordinal);
            });
        }

        Measurements.Say($"{sizes.Count} points");
    }

    [Fact]
    public void File_size_limit_is_reported_as_an_IO_error()
    {
        using DiskRun run = DiskRun.Settled();
        var files = new FailingFileSystem { FullFailure = new ArgumentOutOfRangeException("value", "Specified file length was too large for the file system.") };
        OciStore store = run.Open(files);
        store.Push(new PushRequest(), new MemoryStream(new byte[10]));
        files.FreeSpace = 100_000;

        var error = Assert.Throws<IOException>(() => store.Push(new PushRequest(), new MemoryStream(new byte[200_000])));

        Assert.Contains($"'{run.Root}", error.Message, StringComparison.Ordinal);
        run.End(store);
        CrashCheck.CheckLayout(run.Root, run.Promise);
    }

    [Fact]
    public void Partially_released_claims_all_hold()
    {
        using DiskRun run = DiskRun.Settled();
        string ingest = Path.Combine(run.Root, LayoutNames.Ingest);
        Digest[] digests = [.. Enumerable.Range(0, 50).Select(i => Digest.Compute(BitConverter.GetBytes(i)))];
        for (var space = 0; space < digests.Length * 73; space += 500)
        {
            var files = new FailingFileSystem();
            using Session session = Session.Open(files, ingest);
            session.TryBeginOperation()!.Claim([.. digests.Select(d => new Claim(d, "text/plain"))]);
            files.FreeSpace = space;
            session.Release(digests);
            files.FreeSpace = long.MaxValue;
            session.TryBeginOperation()!.Claim([.. digests.Select(d => new Claim(d, "text/plain"))]);
            session.TryBeginOperation()!.Claim(Digest.Compute("one more"u8.ToArray()), "text/plain");

            var seen = new IngestDirectory(PhysicalFileSystem.Instance, ingest).ClaimsOfOthers(null).Select(c => c.Digest).ToHashSet();
            Assert.Empty(digests.Except(seen));
        }
    }

    [Theory]
    [InlineData("a write protection", false)]
    [InlineData("a write protection", true)]
    [InlineData("too many open files", false)]
    [InlineData("too many open files", true)]
    [InlineData("an input/output error", true)]
    public void Every_operation_fails(string with, bool forGood)
    {
        var points = 0;
        foreach (string action in (string[])["push an image and tag it", "push many at once", "move a tag", "delete with its referrers", "untag and collect", "save by hand"])
        {
            for (var step = 1; ; step++)
            {
                using DiskRun run = DiskRun.Settled();
                var files = new FailingFileSystem { IsPermanent = forGood, OnlyChanges = with == "a write protection" };
                files.Failure = path => with switch
                {
                    "a write protection" => new UnauthorizedAccessException($"Access to the path '{path}' is denied."),
                    "too many open files" => new IOException($"Too many open files : '{path}'", 24),
                    _ => new IOException($"Input/output error : '{path}'", 5),
                };
                bool failed = Fails(run, files, action, error => IsClear(run, error, with), step);
                if (!failed) break;
                points++;
            }
        }

        Measurements.Say($"{points} points");
    }

    private static void IsClear(DiskRun run, Exception error, string with)
    {
        Assert.Contains("'/", error.Message, StringComparison.Ordinal); // an absolute path; a flushed directory may be above the store
        if (error is OciException { Kind: OciErrorKind.IncompleteChange, InnerException: { } cause })
        {
            Assert.Contains(cause.Message.TrimEnd('.'), error.Message, StringComparison.Ordinal); // the change itself was made
            return;
        }

        if (with == "a write protection")
        {
            var refused = Assert.IsType<OciException>(error);
            Assert.Equal(OciErrorKind.ReadOnlyStore, refused.Kind);
            Assert.Contains("is denied", refused.Message, StringComparison.Ordinal);
            return;
        }

        // A deletion is refused when a manifest cannot be read, and the error gives the reason.
        Assert.True(error is IOException || (error is OciException { Kind: OciErrorKind.IncompleteGraph } && error.Message.Contains("cannot be read: ", StringComparison.Ordinal)), error.ToString());
        Assert.False(error is OciException { Kind: OciErrorKind.ReadOnlyStore }, error.Message);
    }

    // Runs the action with the fault, which it may survive, then removes the fault and runs it again on the same store object.
    private static bool Fails(DiskRun run, FailingFileSystem files, string action, Action<Exception> isClear, int failAt = int.MaxValue)
    {
        OciStore store = run.Open(files);
        files.FailAt = failAt;
        Exception? error = Record.Exception(() => DiskActions.All[action](run, store));
        bool failed = files.Operations >= failAt;
        (files.FreeSpace, files.FailAt) = (long.MaxValue, int.MaxValue);
        if (error is not null)
        {
            isClear(error);
            if (failAt == int.MaxValue) Assert.Equal(run.Index, File.ReadAllBytes(run.IndexPath));
            if (!files.IsPermanent) Assert.DoesNotContain(Directory.EnumerateFiles(Path.Combine(run.Root, LayoutNames.Ingest)), f => f.EndsWith(".tmp", StringComparison.Ordinal) || f.EndsWith(".upload", StringComparison.Ordinal));
            DiskActions.All[action](run, store);
        }

        run.End(store);
        CrashCheck.CheckLayout(run.Root, run.Promise);
        return failed;
    }
}
