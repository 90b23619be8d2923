using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Files;
using OciLayout.Model;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Safety.Hostile;

/// <summary>
/// A process that may write to the directories of a store replaces its files and directories by links in a loop. No file outside of the
/// store changes, at whatever moment of an operation the replacement happens.
/// </summary>
public sealed class SwappedLinkTests
{
    [Theory]
    [InlineData("ingest/.lock")]
    [InlineData("ingest/.gate")]
    [InlineData("ingest/.turn")]
    [InlineData("image")]
    [InlineData("index.json")]
    [InlineData("ingest")]
    [InlineData("blobs/sha256")]
    [InlineData("blobs")]
    public async Task Swapping_files_with_links_changes_no_outside_file(string place)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there.");
        using var directory = TemporaryDirectory.InMemory();
        using var outside = TemporaryDirectory.InMemory();
        string root = directory["layout"];
        OciStore.Create(root, new OciStoreOptions { Flush = false }).State.Dispose();
        OciStore store = OciStore.OpenIsolated(root, PhysicalFileSystem.Instance, new OciStoreOptions { Flush = false, LockTimeout = TimeSpan.FromSeconds(20) });
        Descriptor image = PushImage(store, "first");
        store.Tag(image, "first");
        string path = place == "image" ? Invariant.BlobPath(root, image.Digest.ToString()) : Path.Combine(root, place);
        string target = Directory.Exists(path) ? outside.NewDirectory("target") : outside.NewFile("target", "kept"u8);
        if (Directory.Exists(path)) File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(target, "sha256")).FullName, "kept"), "kept");
        else if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(target, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        IReadOnlyList<string> before = SpecialFile.Snapshot(outside.Path);

        using var done = new CancellationTokenSource();
        Task neighbor = Task.Run(() => Swap(path, target, directory["aside"], done.Token), TestContext.Current.CancellationToken);
        int failed = 0;
        for (int i = 0; i < 300 || failed == 0; i++) // without a failure, no operation has met a link
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            failed += Try(() => store.Tag(image, "tag" + (i % 3)));
            failed += Try(() => PushImage(store, "image " + i));
            if (i % 20 == 0) failed += Try(() => store.Collect(new GarbageOptions { Force = true }));
        }

        await done.CancelAsync();
        await neighbor;
        Assert.Equal(before, SpecialFile.Snapshot(outside.Path));
    }

    private static int Try(Action operation)
    {
        try
        {
            operation();
            return 0;
        }
        catch (Exception e) when (e is OciException or IOException or UnauthorizedAccessException)
        {
            return 1;
        }
    }

    private static void Swap(string path, string target, string aside, CancellationToken done)
    {
        string link = aside + "-link";
        while (!done.IsCancellationRequested)
        {
            Attempt(() =>
            {
                File.CreateSymbolicLink(link, target);
                if (Directory.Exists(path)) Directory.Move(path, aside);
                else File.Move(path, aside);
                File.Move(link, path);
                Thread.SpinWait(2000);
            });
            Attempt(() => File.Delete(link));
            if (new FileInfo(path).LinkTarget is not null) Attempt(() => File.Delete(path));
            if (File.Exists(aside)) Attempt(() => File.Move(aside, path, overwrite: true));
            if (Directory.Exists(aside)) Attempt(() => Directory.Move(aside, path));
            // The store has created the directory again.
            if (Directory.Exists(aside)) Attempt(() => Directory.Delete(aside, recursive: true));
        }
    }

    private static void Attempt(Action step)
    {
        try
        {
            step();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The store has changed the file in the meantime.
        }
    }

    private static Descriptor PushImage(OciStore store, string name)
    {
        Descriptor config = store.Push(new PushRequest { MediaType = MediaTypes.Empty }, new MemoryStream("{}"u8.ToArray())).Descriptor;
        string text = $$$"""{"schemaVersion":2,"config":{{{Encoding.UTF8.GetString(DescriptorJson.Write(config))}}},"layers":[],"annotations":{"name":"{{{name}}}"}}""";
        return store.Push(new PushRequest { MediaType = MediaTypes.ImageManifest }, new MemoryStream(Encoding.UTF8.GetBytes(text))).Descriptor;
    }
}
