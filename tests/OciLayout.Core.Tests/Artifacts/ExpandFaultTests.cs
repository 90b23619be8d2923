using System;
using System.IO;
using System.Threading;
using OciLayout.Artifacts;
using OciLayout.Files;
using Xunit;

namespace OciLayout.Tests.Artifacts;

/// <summary>
/// Tests that an expansion writes everything or leaves everything unchanged, wherever it fails or is cancelled, also if another process
/// changes the directory.
/// </summary>
public class ExpandFaultTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Failure_of_any_operation_leaves_the_destination_unchanged(bool isCancelled)
    {
        using var artifact = Artifact();
        Prepare(artifact);
        var before = artifact.Tree();
        var faults = 0;
        for (; ; faults++)
        {
            using var stop = new CancellationTokenSource();
            var left = faults;
            void Fail(string operation)
            {
                if (left-- != 0) return;
                if (isCancelled) stop.Cancel();
                else throw new IOException("No space left on device");
            }

            try
            {
                artifact.Expand(new ExpandOptions { Force = true }, path => new HookedFolder(Folder.Open(path), Fail), stop.Token);
                if (left >= 0) break; // the expansion needs fewer operations than this
                Restore(artifact, before); // the cancellation was too late, or only the cleanup failed
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                var after = artifact.Tree();
                Assert.True(before == after, $"Operation {faults} failed: {e.Message}\n{after}");
            }
        }

        Assert.InRange(faults, 40, 1000);
        Assert.Equal("new", File.ReadAllText(artifact["out", "a.txt"]));
    }

    [Fact]
    public void Missing_directories_are_created_and_removed_again_after_a_failure()
    {
        using var artifact = Artifact();
        Assert.Throws<OciException>(() => artifact.Expand(new ExpandOptions { MaximumSize = 1 }));
        Assert.Equal("", artifact.Tree());
        Assert.NotEmpty(artifact.Expand());
    }

    [Fact]
    public void Failed_rollback_names_the_directory_with_the_replaced_files()
    {
        using var artifact = Artifact();
        Prepare(artifact);
        var replacements = 0;
        void Fail(string operation)
        {
            if (operation == nameof(IFolder.Replace) && replacements++ > 0) throw new IOException("The disk is gone");
        }

        var error = Assert.Throws<IOException>(() => artifact.Expand(new ExpandOptions { Force = true }, path => new HookedFolder(Folder.Open(path), Fail)));

        var kept = Assert.Single(Directory.GetDirectories(artifact.Out, "*.unpacking"));
        Assert.Contains(kept, error.Message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(Path.Combine(kept, "old", "0")));
    }

    [Fact]
    public void Errors_name_the_file_in_the_destination()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems access the private directory by its path.");
        using var artifact = Artifact();
        using var place = new Destination(artifact.Out, Folder.Open);
        var name = new string('n', 300);

        var error = Assert.Throws<PathTooLongException>(() => place.Staging.WriteFile(name, 0x180, _ => { }));
        Assert.Contains($"'{Path.Combine(artifact.Out, name)}'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("file")]
    [InlineData("file/a/b")]
    [InlineData("dangling/a")]
    public void Destination_that_is_a_file_or_below_one_is_refused(string destination)
    {
        using var artifact = Artifact();
        File.WriteAllText(artifact["file"], "kept");
        if (!OperatingSystem.IsWindows()) File.CreateSymbolicLink(artifact["dangling"], "nowhere");
        else if (destination != "file") Assert.Skip("Links need a privilege on Windows.");

        var path = artifact[destination.Split('/')];
        var error = Assert.Throws<OciException>(() => new Destination(path, Folder.Open).Dispose());
        Assert.Equal((OciErrorKind.AlreadyExists, path), (error.Kind, error.Subject));
        Assert.Contains(artifact[destination.Split('/')[0]] == path ? "it is a file" : $"'{artifact[destination.Split('/')[0]]}' is a file", error.Message, StringComparison.Ordinal);
        Assert.Equal("kept", File.ReadAllText(artifact["file"]));
    }

    [Fact]
    public void Next_expansion_deletes_only_files_of_a_killed_one()
    {
        using var artifact = Artifact();
        using var live = new Destination(artifact.Out, Folder.Open);
        live.Staging.WriteFile("file", 0x1A4, _ => { });
        var abandoned = artifact["out", ".OciLayout-0123456789abcdef0123456789abcdef.unpacking"];
        Directory.CreateDirectory(Path.Combine(abandoned, "new", "docs", "sub"));
        Directory.CreateDirectory(Path.Combine(abandoned, "old"));
        File.WriteAllText(Path.Combine(abandoned, "new", "docs", "sub", "file"), "left");
        File.WriteAllText(Path.Combine(abandoned, "lock"), "");

        artifact.Expand();

        Assert.False(Directory.Exists(abandoned));
        Assert.NotNull(live.Staging.Stat("file"));
    }

    [Fact]
    public void Swapping_directories_with_links_causes_no_write_elsewhere()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Directories are held open on Linux only.");
        for (var at = 0; ; at++)
        {
            using var artifact = Artifact();
            Prepare(artifact);
            Directory.CreateDirectory(artifact["elsewhere"]);
            var left = at;
            void Swap(string operation)
            {
                if (left-- != 0) return;
                foreach (var directory in Directory.GetDirectories(artifact.Out)) SwapWithLink(directory, artifact["elsewhere"]);
                SwapWithLink(artifact.Out, artifact["elsewhere"]);
            }

            try
            {
                artifact.Expand(new ExpandOptions { Force = true }, path => new HookedFolder(Folder.Open(path), Swap));
            }
            catch (Exception e) when (e is IOException or OciException)
            {
                // A refusal is correct, too.
            }

            Assert.Empty(Directory.EnumerateFileSystemEntries(artifact["elsewhere"]));
            if (left >= 0) break;
        }
    }

    private static void SwapWithLink(string directory, string elsewhere)
    {
        Directory.Move(directory, directory + ".moved");
        Directory.CreateSymbolicLink(directory, elsewhere);
    }

    private static ExpandedArtifact Artifact() => new ExpandedArtifact().File("a.txt", "new").File("dir/b.txt", "new").File("z.txt", "new")
        .Packed("docs", new Archive().Directory("docs").File("docs/a.md", "a").File("docs/new/b.md", "b").Directory("docs/sub").File("docs/sub/b.md", "b").HardLink("docs/same", "docs/a.md")
            .Link("docs/up", "sub/b.md").Directory("docs/sealed", 0x16D).File("docs/sealed/c", "c"));

    // Creates a file to replace, a link to replace, a directory to merge with, and a file to keep.
    private static void Prepare(ExpandedArtifact artifact)
    {
        Directory.CreateDirectory(artifact["out", "docs", "sub"]);
        File.WriteAllText(artifact["out", "a.txt"], "old");
        File.WriteAllText(artifact["out", "docs", "sub", "b.md"], "old");
        File.WriteAllText(artifact["out", "docs", "keep"], "old");
        if (!OperatingSystem.IsWindows()) File.CreateSymbolicLink(artifact["out", "z.txt"], "a.txt");
    }

    private static void Restore(ExpandedArtifact artifact, string before)
    {
        Assert.Equal("new", File.ReadAllText(artifact["out", "a.txt"]));
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(artifact["out", "docs", "sealed"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.Delete(artifact.Out, recursive: true);
        Prepare(artifact);
        Assert.Equal(before, artifact.Tree());
    }
}
