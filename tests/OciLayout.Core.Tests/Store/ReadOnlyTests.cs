using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using OciLayout.Testing;
using OciLayout.Tests.Blobs;
using Xunit;

namespace OciLayout.Tests.Store;

/// <summary>Tests a read-only store (section 2, Read-only stores): it can be read, and each change is refused with the reason.</summary>
public class ReadOnlyTests
{
    [Fact]
    public void Every_change_of_a_read_only_store_is_refused_before_any_file_operation()
    {
        using var sandbox = new Sandbox();
        var image = PushAndEndSession(sandbox);
        var files = new HookedFileSystem
        {
            Writable = false,
            Before = (operation, _) =>
            {
                if (operation != FileOperation.OpenRead) throw new InvalidOperationException("a read-only store was asked to " + operation);
            },
        };
        AssertReadsAndRefuses(sandbox, sandbox.Isolated(files), image);
    }

    [Fact]
    public async Task Store_on_a_read_only_mount_is_readable_and_refuses_changes()
    {
        using var sandbox = new Sandbox();
        var image = PushAndEndSession(sandbox);
        using var mount = await ReadOnlyMount.OfAsync(sandbox.Root);

        Assert.True(sandbox.Create().IsReadOnly); // Create opens an existing store
        AssertReadsAndRefuses(sandbox, sandbox.Open(), image);
        AssertReadsAndRefuses(sandbox, sandbox.Isolated(), image);
    }

    [Fact]
    public async Task Store_cannot_be_created_on_a_read_only_mount()
    {
        using var sandbox = new Sandbox();
        Directory.CreateDirectory(sandbox.Root);
        using var mount = await ReadOnlyMount.OfAsync(sandbox.Root);

        Sandbox.Refused(OciErrorKind.ReadOnlyStore, () => sandbox.Create(), sandbox.Root);
        Assert.Empty(Directory.EnumerateFileSystemEntries(sandbox.Root));
    }

    [Theory]
    [InlineData("oci-layout")]
    [InlineData("index.json")]
    public async Task Missing_layout_file_is_not_created_on_a_read_only_mount(string missing)
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        File.Delete(Path.Combine(sandbox.Root, missing));
        using var mount = await ReadOnlyMount.OfAsync(sandbox.Root);

        Sandbox.Refused(OciErrorKind.InvalidLayout, () => sandbox.Open(), sandbox.Root, missing);
        Sandbox.Refused(OciErrorKind.ReadOnlyStore, () => sandbox.Create(), sandbox.Root);
    }

    // A session that is open would be ended by the registry of stores at any time, when other tests open many stores.
    private static Descriptor PushAndEndSession(Sandbox sandbox)
    {
        sandbox.Create();
        var writable = sandbox.Isolated();
        var image = writable.PushImage("a");
        writable.Tag(image, "v1");
        writable.State.Dispose();
        return image;
    }

    private static void AssertReadsAndRefuses(Sandbox sandbox, OciStore store, Descriptor image)
    {
        var before = sandbox.Snapshot(ingest: true);
        Assert.True(store.IsReadOnly);
        Assert.Equal(["v1"], store.TagNames());
        Assert.Equal(image.Digest, store.Resolve("v1").Digest);
        Assert.Equal(image.Digest, store.Resolve(image.Digest.Encoded.Substring(0, 9)).Digest);
        Assert.Equal(3, store.Walk(image).Count(v => !v.IsMissing));
        Assert.Single(store.GetPredecessors(store.GetManifest(image).Layers[0].Digest));
        Assert.Equal(image.Size, store.Read(image).Length);
        Assert.Single(store.PlanDeletion("v1").Items, i => i.Digest == image.Digest); // planning is allowed

        foreach (var change in new Action[]
        {
            () => store.Push(Sample.Describe("a/b", "x"u8.ToArray()), new UnreadableStream()),
            () => store.Push(new PushRequest(), new UnreadableStream()),
            () => store.Push(image, new UnreadableStream()),
            () => store.Tag(image, "v2"),
            () => store.Tag(image, "v1"),
            () => store.Untag("v1"),
            () => store.Untag("v9"),
            () => store.Delete(store.PlanDeletion("v1")),
            () => store.Collect(),
            () => store.BeginBatch().Stage(new PushRequest(), new UnreadableStream()),
        })
        {
            Sandbox.Refused(OciErrorKind.ReadOnlyStore, change, sandbox.Root);
        }

        store.SaveIndex(); // has no changes to save
        Assert.Equal(before, sandbox.Snapshot(ingest: true));
    }

    /// <summary>Makes a directory read-only by a bind mount over itself, if this user may mount.</summary>
    private sealed class ReadOnlyMount : IDisposable
    {
        private readonly string _path;

        private ReadOnlyMount(string path) => _path = path;

        public static async Task<ReadOnlyMount> OfAsync(string path)
        {
            Assert.SkipUnless(
                OperatingSystem.IsLinux() && ExternalProcess.Find("mount") is not null,
                "A read-only mount is made on Linux only.");
            var bound = await ExternalProcess.RunAsync("mount", ["--bind", path, path]);
            Assert.SkipUnless(bound.ExitCode == 0, "This user may not mount.");
            var mount = new ReadOnlyMount(path);
            var remounted = await ExternalProcess.RunAsync("mount", ["-o", "remount,bind,ro", path]);
            if (remounted.ExitCode != 0)
            {
                mount.Dispose();
                Assert.Skip("This user may not mount read-only.");
            }

            return mount;
        }

        public void Dispose()
        {
            using var process = System.Diagnostics.Process.Start("umount", ["-l", _path]);
            process.WaitForExit();
        }
    }
}
