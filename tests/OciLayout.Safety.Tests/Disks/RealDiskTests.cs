using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using OciLayout.Files;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Safety.Disks;

/// <summary>Tests faults of real file systems in real processes: full disks, missing write permission, and few open files.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class RealDiskTests
{
    [Fact]
    public async Task Failed_push_on_a_full_disk_leaves_nothing_and_a_smaller_one_succeeds()
    {
        await using SmallDisk disk = await SmallDisk.Mount(4);
        string root = Path.Combine(disk.Path, "store");
        OciStore store = OciStore.Create(root);
        byte[] index = File.ReadAllBytes(Path.Combine(root, "index.json"));

        Full(() => store.Push(new PushRequest(), new MemoryStream(new byte[8 << 20])), root);

        Assert.Equal(index, File.ReadAllBytes(Path.Combine(root, "index.json")));
        Assert.Empty(Litter(root));
        Assert.True(store.Exists(store.Push(new PushRequest(), new MemoryStream(new byte[2 << 20])).Descriptor.Digest));
        using (OciBatch batch = store.BeginBatch())
        {
            Full(() =>
            {
                for (var i = 0; ; i++) batch.Stage(new PushRequest(), new MemoryStream([.. BitConverter.GetBytes(i), .. new byte[100_000]]));
            }, root);
            Assert.NotEmpty(batch.Publish()); // the blobs that fit
        }

        Assert.Empty(Litter(root));
        store.Collect(new GarbageOptions { Force = true });
        store.Push(new PushRequest(), new MemoryStream(new byte[2 << 20]));
        Invariant.Check(root);
    }

    [Fact]
    public async Task Full_disk_keeps_the_index_and_garbage_collection_frees_space()
    {
        await using SmallDisk disk = await SmallDisk.Mount(4);
        string root = Path.Combine(disk.Path, "store");
        OciStore store = OciStore.Create(root);
        Descriptor config = store.Push(new PushRequest(), new MemoryStream("{}"u8.ToArray())).Descriptor;
        Descriptor image = store.Push(new PushRequest { AsManifest = true }, new MemoryStream(DiskRun.ImageOf(config, config))).Descriptor;
        store.Tag(image, "v1");
        for (var i = 0; i < 40; i++) store.Tag(image, "a tag that makes the index long ".Replace(' ', '-') + i);
        Descriptor layer = store.Push(new PushRequest(), new MemoryStream(new byte[50_000])).Descriptor;
        store.Push(new PushRequest { AsManifest = true }, new MemoryStream(DiskRun.ImageOf(config, layer)));
        store.Push(new PushRequest(), new MemoryStream(new byte[100_000])); // unreferenced
        string ballast = disk.Fill();
        byte[] index = File.ReadAllBytes(Path.Combine(root, "index.json"));

        Full(() => store.Tag(image, "no-space"), root);
        Full(() => store.Untag("v1"), root);
        Full(() => store.Delete(store.PlanDeletion("v1", new DeletionOptions { Force = true })), root);
        Assert.Equal(index, File.ReadAllBytes(Path.Combine(root, "index.json")));
        Assert.Empty(Litter(root));
        Invariant.Check(root);

        // Collection deletes the unreferenced blob first. That frees the space for a new index. Then the untagged image is deleted.
        GarbageResult result = store.Collect();
        Assert.Equal((3, 1), (result.RemovedCount, result.RemovedEntries));
        Assert.Equal(0, store.Collect().RemovedCount);
        store.Tag(image, "space");
        store.Untag("v1");
        Assert.True(File.Exists(ballast));
        Invariant.Check(root);

        // When only listed content can be deleted, no space can be freed for a new index. The deletion fails and deletes nothing.
        store.Push(new PushRequest { AsManifest = true }, new MemoryStream(DiskRun.ImageOf(config, config, image)));
        store.Untag("space");
        disk.Fill();
        index = File.ReadAllBytes(Path.Combine(root, "index.json"));
        Full(() => store.Delete(store.PlanDeletion(image.Digest.ToString(), new DeletionOptions { Force = true })), root);
        Assert.Equal(index, File.ReadAllBytes(Path.Combine(root, "index.json")));
        File.Delete(ballast);
        store.Delete(store.PlanDeletion(image.Digest.ToString(), new DeletionOptions { Force = true }));
        Invariant.Check(root);
    }

    [Theory]
    [InlineData(true, false, false)]
    [InlineData(true, true, false)]
    [InlineData(false, false, false)]
    [InlineData(false, true, false)]
    [InlineData(true, false, true)]
    [InlineData(true, true, true)]
    public async Task Collection_needs_no_free_inode(bool ours, bool isListed, bool afterPush)
    {
        await using SmallDisk disk = await SmallDisk.Mount(4, 200);
        string root = Path.Combine(disk.Path, "store");
        OciStore store = OciStore.Create(root);
        Descriptor config = store.Push(new PushRequest(), new MemoryStream("{}"u8.ToArray())).Descriptor;
        Descriptor image = store.Push(new PushRequest { AsManifest = true }, new MemoryStream(DiskRun.ImageOf(config, config))).Descriptor;
        store.Tag(image, "v1");
        for (byte i = 0; i < 20; i++)
        {
            Descriptor layer = store.Push(new PushRequest(), new MemoryStream([i])).Descriptor;
            if (isListed) store.Push(new PushRequest { AsManifest = true }, new MemoryStream(DiskRun.ImageOf(config, layer)));
        }

        if (!afterPush)
        {
            store.State.Dispose();
            store = OciStore.OpenIsolated(root, PhysicalFileSystem.Instance, new OciStoreOptions());
        }

        if (!ours) Directory.Delete(Path.Combine(root, "ingest"), recursive: true);
        disk.FillInodes();

        GarbageResult result = store.Collect();

        Assert.Equal((20 * (isListed ? 2 : 1), isListed ? 20 : 0), (result.RemovedCount, result.RemovedEntries));
        Assert.True(store.Exists(image.Digest) && store.Exists(config.Digest));
        Assert.Equal(2, Directory.GetFiles(Path.Combine(root, "blobs", "sha256")).Length);
        Invariant.Check(root);
        store.Push(new PushRequest(), new MemoryStream([100]));
    }

    [Theory]
    [InlineData("blobs/sha256")]
    [InlineData("ingest")]
    [InlineData(".")]
    public async Task Directory_that_loses_its_write_permission_is_named(string frozen)
    {
        using var directory = new TemporaryDirectory();
        string root = directory["store"];
        OciStore store = OciStore.Create(root);
        Descriptor blob = store.Push(new PushRequest(), new MemoryStream("{}"u8.ToArray())).Descriptor;
        string path = Path.GetFullPath(Path.Combine(root, frozen));
        byte[] index = File.ReadAllBytes(Path.Combine(root, "index.json"));
        await Freeze(path, true);
        try
        {
            Action change = frozen == "." ? () => store.Tag(blob, "v1") : () => store.Push(new PushRequest(), new MemoryStream("new"u8.ToArray()));
            OciException error = Assert.Throws<OciException>(change);
            Assert.Equal(OciErrorKind.ReadOnlyStore, error.Kind);
            Assert.Contains(frozen == "." ? root : path, error.Message, StringComparison.Ordinal);
            Assert.Equal(index, File.ReadAllBytes(Path.Combine(root, "index.json")));
            if (frozen != "ingest") Assert.Empty(Litter(root));
        }
        finally
        {
            await Freeze(path, false);
        }

        store.Tag(store.Push(new PushRequest(), new MemoryStream("new"u8.ToArray())).Descriptor, "v1");
        Invariant.Check(root);
        Assert.Empty(Litter(root));
    }

    [Fact]
    public async Task Open_file_limit_is_reported_and_leaves_an_intact_store()
    {
        Assert.SkipUnless(ExternalProcess.Find("prlimit") is not null, "prlimit is not installed.");
        using var directory = new TemporaryDirectory();
        string root = directory["store"];
        OciStore.Create(root);
        byte[] index = File.ReadAllBytes(Path.Combine(root, "index.json"));
        var refused = 0;
        for (var spare = 0; ; spare++)
        {
            using WorkerProcess worker = WorkerProcess.Start();
            await worker.Begin("step", root);
            await worker.Expect("open");
            await worker.Step("config", "{}", "pushed");
            int open = Directory.GetFiles($"/proc/{worker.Id}/fd").Length;
            (await ExternalProcess.RunAsync("prlimit", ["--pid", $"{worker.Id}", $"--nofile={open + spare}"])).AssertSuccess();
            worker.Say("layer\tnew");
            Exception? error = await Record.ExceptionAsync(worker.ReadLine);
            Assert.Equal(index, File.ReadAllBytes(Path.Combine(root, "index.json")));
            Assert.Empty(Litter(root));
            Invariant.Check(root);
            if (error is null) break; // the limit is high enough
            Assert.Contains("Too many open files", error.Message, StringComparison.Ordinal);
            refused++;
        }

        Assert.True(refused > 0, "the process was never refused a file");
    }

    [Fact]
    public void Blob_deleted_or_truncated_while_it_is_read_is_an_error()
    {
        using var directory = new TemporaryDirectory();
        string root = directory["store"];
        OciStore store = OciStore.Create(root);
        byte[] bytes = [.. Enumerable.Range(0, 300_000).Select(i => (byte)i)];
        Descriptor blob = store.Push(new PushRequest(), new MemoryStream(bytes)).Descriptor;
        string path = Invariant.BlobPath(root, blob.Digest.ToString());

        var rest = new MemoryStream();
        using (Stream reading = store.Fetch(blob))
        {
            reading.ReadExactly(new byte[1000]);
            File.Delete(path);
            reading.CopyTo(rest);
        }

        Assert.Equal(bytes.Length - 1000, rest.Length);
        Assert.Equal(OciErrorKind.NotFound, Assert.Throws<OciException>(() => store.Fetch(blob)).Kind);
        Directory.Delete(Path.GetDirectoryName(path)!);
        Assert.Equal(OciErrorKind.NotFound, Assert.Throws<OciException>(() => store.Fetch(blob)).Kind);

        store.Push(new PushRequest(), new MemoryStream(bytes));
        using (Stream reading = store.Fetch(blob))
        {
            reading.ReadExactly(new byte[1000]);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            using (FileStream file = File.OpenWrite(path)) file.SetLength(2000);
            Assert.Equal(OciErrorKind.SizeMismatch, Assert.Throws<OciException>(() => reading.CopyTo(Stream.Null)).Kind);
        }
    }

    private static void Full(Action action, string root)
    {
        var error = Assert.Throws<IOException>(action);
        Assert.StartsWith("No space left on device", error.Message, StringComparison.Ordinal);
        Assert.Contains($"'{root}/", error.Message, StringComparison.Ordinal);
    }

    private static string[] Litter(string root) =>
        [.. Directory.EnumerateFiles(Path.Combine(root, "ingest")).Where(f => Path.GetExtension(f) is ".upload" or ".tmp" or ".new")];

    // Root can write without permission, but not to immutable files.
    private static async Task Freeze(string path, bool frozen)
    {
        if (Environment.UserName != "root")
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute | (frozen ? 0 : UnixFileMode.UserWrite));
            return;
        }

        Assert.SkipUnless(ExternalProcess.Find("chattr") is not null, "Root needs chattr to be kept from writing, and there is none.");
        ProcessResult result = await ExternalProcess.RunAsync("chattr", [frozen ? "+i" : "-i", path]);
        Assert.SkipUnless(result.ExitCode == 0, $"chattr does not work here: {result.Error.Trim()}");
    }
}
