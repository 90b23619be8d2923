using System;
using System.Collections.Concurrent;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Files;
using OciLayout.Tests.Store;
using Xunit;

namespace OciLayout.Tests.Transfer;

/// <summary>
/// Tests interrupted copies: nothing in the destination points at missing content because of them, and the next run completes the copy.
/// </summary>
public class CopyFaultTests
{
    [Fact]
    public void Copy_on_a_full_disk_leaves_no_partial_state()
    {
        using var source = new TestLayout();
        var app = source.PushIndex("app", source.PushImage("amd64"), source.PushImage("arm64"));
        source.PushImage("sbom", null, app, "application/spdx+json");
        var failed = 0;
        for (var nth = 1; ; nth++)
        {
            using var target = new TestLayout();
            var count = 0;
            var files = new HookedFileSystem
            {
                Before = (operation, _) =>
                {
                    if (operation is FileOperation.Create or FileOperation.Write or FileOperation.Replace or FileOperation.Flush && Interlocked.Increment(ref count) == nth)
                        throw new IOException("No space left on device");
                },
            };
            var options = new CopyOptions { IncludeReferrers = true };
            var broken = OciStore.OpenIsolated(target.Path, files, new OciStoreOptions { Flush = true });
            try
            {
                Copying.Run(source.Store, broken, options, "app");
                target.AssertWalks("app");
                break;
            }
            catch (Exception e) when (e is IOException or OciException { Kind: OciErrorKind.IncompleteChange })
            {
                failed++;
            }
            finally
            {
                broken.State.Dispose();
            }

            Assert.All(target.Store.GetEntries(), e => Assert.All(target.Store.Walk(e.Descriptor!), v => Assert.False(v.IsMissing)));
            Assert.Empty(Copying.Litter(target.Path));
            Copying.Run(source.Store, target.Store, options, "app");
            target.AssertWalks("app");
            Assert.Single(target.Store.GetReferrers(app.Digest));
        }

        Assert.True(failed > 20, $"{failed} operations failed");
    }

    [Fact]
    public void Cancelled_copy_leaves_no_upload_and_no_tag()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var big = source.Store.Push(new PushRequest { MediaType = TestLayout.LayerType }, new MemoryStream(new byte[8 << 20])).Descriptor;
        source.PushImage("one", "v1", null, null, big);
        using var stop = new CancellationTokenSource();
        using var copy = new OciCopy(source.Store, OciStore.OpenIsolated(target.Path, new HookedFileSystem
        {
            Before = (operation, path) =>
            {
                if (operation == FileOperation.Write && path.EndsWith(".upload", StringComparison.Ordinal)) stop.Cancel();
            },
        }));

        Assert.ThrowsAny<OperationCanceledException>(() => copy.Run(copy.Plan([Copying.Root(source.Store, "v1")]), cancellationToken: stop.Token));

        Assert.Empty(target.Listed);
        Assert.Empty(Copying.Litter(target.Path));
        Assert.True(Copying.Run(source.Store, target.Store, null, "v1").CopiedCount > 0);
        target.AssertWalks("v1");
    }

    [Fact]
    public void Content_deleted_between_plan_and_copy_is_copied()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        source.PushImage("one", "v1");
        Copying.Run(source.Store, target.Store, null, "v1");
        using var copy = new OciCopy(source.Store, target.OtherProcess());
        var plan = copy.Plan([new CopyRoot(source.Store.Resolve("v1"), "again")]);
        Assert.Empty(plan.Items);

        target.Delete("v1");
        Assert.Empty(target.Files);
        Assert.Equal(3, copy.Run(plan).CopiedCount);

        target.Reopen().AssertWalks("again");
    }

    [Fact]
    public void Copied_content_is_claimed_until_it_is_tagged()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        target.PushImage("keeps the store from being empty", "other");
        source.PushImage("one", "v1");
        var collected = 0;
        var other = target.OtherProcess();
        var files = new HookedFileSystem
        {
            Before = (operation, path) =>
            {
                // Just before the index is saved: all content is published, and no tag is set.
                if (operation == FileOperation.Replace && path == target.IndexPath && collected++ == 0) other.PlanGarbage();
            },
        };
        var own = OciStore.OpenIsolated(target.Path, files);
        using var copy = new OciCopy(source.Store, own.WithOptions(own.Options with { AutoSaveIndex = false }));
        copy.Run(copy.Plan([Copying.Root(source.Store, "v1")]));

        Assert.Equal(0, other.Collect().RemovedCount);
        own.SaveIndex();
        target.Reopen().AssertWalks("v1");
    }

    [Fact]
    public void Hard_linked_content_is_not_read()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var image = source.PushImage("one", "v1");
        var blobs = source.Store.GetManifest(image).Successors.Select(s => source.PathOf(s.Target.Digest)).ToList();
        var read = new ConcurrentBag<string>();
        var files = new HookedFileSystem { Before = (operation, path) => { if (operation == FileOperation.OpenRead) read.Add(path); } };

        Copying.Run(OciStore.OpenIsolated(source.Path, files), OciStore.OpenIsolated(target.Path, files), new CopyOptions { HardLink = true }, "v1");

        Assert.Contains(source.PathOf(image.Digest), read);
        Assert.All(blobs, b => Assert.DoesNotContain(b, read));
        Assert.DoesNotContain(read, path => path.EndsWith(".upload", StringComparison.Ordinal));
        target.Reopen().AssertWalks("v1");
    }

    [Fact]
    public void Only_blobs_are_hard_linked()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The number of links is asked of stat.");
        using var source = new TestLayout();
        using var target = new TestLayout();
        var image = source.PushImage("one", "v1");
        var linked = 0;
        var files = new HookedFileSystem
        {
            Share = (from, to, how) =>
            {
                Assert.Equal(FileSharing.HardLink, how);
                Interlocked.Increment(ref linked);
                return PhysicalFileSystem.Instance.TryShare(from, to, how);
            },
        };

        Copying.Run(source.Store, OciStore.OpenIsolated(target.Path, files), new CopyOptions { HardLink = true }, "v1");

        Assert.Equal(2, linked);
        target.Reopen().AssertWalks("v1");
        Assert.Equal([.. source.Files.Order()], target.Files.Order());
        File.AppendAllText(target.PathOf(image.Digest), " ");
        Assert.Equal(image.Size, new FileInfo(source.PathOf(image.Digest)).Length);
    }

    [Fact]
    public void Clones_are_verified()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var image = source.PushImage("one", "v1");
        var layer = source.Store.GetManifest(image).Layers[0];
        source.WriteFile(layer.Digest, new byte[layer.Size]);
        var files = new HookedFileSystem { Share = Clone };

        var error = Assert.Throws<OciException>(() => Copying.Run(source.Store, OciStore.OpenIsolated(target.Path, files), null, "v1"));
        Assert.Equal((OciErrorKind.DigestMismatch, layer.Digest.ToString()), (error.Kind, error.Subject));
        Assert.Empty(Copying.Litter(target.Path));
        Assert.Empty(target.Listed);

        source.WriteFile(layer.Digest, "layer of one"u8.ToArray());
        Assert.InRange(Copying.Run(source.Store, OciStore.OpenIsolated(target.Path, files), null, "v1").CopiedCount, 2, 3); // the configuration may be kept
        target.Reopen().AssertWalks("v1");
    }

    [Fact]
    public void A_failed_copy_keeps_the_blobs_that_it_verified()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var image = source.PushImage("one", "v1");
        var manifest = source.Store.GetManifest(image);
        source.WriteFile(manifest.Layers[0].Digest, new byte[manifest.Layers[0].Size]);
        var inOrder = new CopyOptions { Workers = 1 };

        Assert.Throws<OciException>(() => Copying.Run(source.Store, target.Store, inOrder, "v1"));

        Assert.True(File.Exists(target.PathOf(manifest.Config!.Digest)));
        Assert.Empty(target.Listed);
        Assert.Empty(Copying.Litter(target.Path));
        source.WriteFile(manifest.Layers[0].Digest, "layer of one"u8.ToArray());
        Assert.Equal(2, Copying.Run(source.Store, target.Store, inOrder, "v1").CopiedCount);
    }

    private static bool Clone(string source, string target, FileSharing sharing)
    {
        Assert.Equal(FileSharing.Clone, sharing);
        File.Copy(source, target);
        return true;
    }
}
