using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Store;
using Xunit;

namespace OciLayout.Tests.Store;

/// <summary>Tests opening a store: while tools write in place, while other stores are opened, and after damage.</summary>
public class OpeningTests
{
    [Fact]
    public void Layout_file_rewritten_in_place_is_read_again()
    {
        using var sandbox = new Sandbox();
        sandbox.Create();
        var whole = File.ReadAllText(sandbox.LayoutPath);
        File.WriteAllText(sandbox.LayoutPath, whole[..12]);
        var reads = 0;
        var files = new HookedFileSystem
        {
            Before = (operation, path) =>
            {
                if (operation == FileOperation.OpenRead && path == sandbox.LayoutPath && ++reads == 2) File.WriteAllText(sandbox.LayoutPath, whole);
            },
        };

        Assert.Empty(sandbox.Isolated(files).GetTags());
    }

    [Fact]
    public void Truncated_layout_file_is_refused()
    {
        using var sandbox = new Sandbox();
        sandbox.Create();
        File.WriteAllText(sandbox.LayoutPath, "");
        Sandbox.Refused(OciErrorKind.InvalidLayout, () => sandbox.Isolated());
        Sandbox.Refused(OciErrorKind.InvalidLayout, () => sandbox.Open());
    }

    [Fact]
    public async Task Slow_store_does_not_block_opening_other_stores()
    {
        using var slow = new Sandbox();
        using var other = new Sandbox();
        slow.WithIndex(Sample.Index()); // a store that this process has not opened yet
        other.Create();
        using var reached = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var files = new HookedFileSystem
        {
            Before = (operation, path) =>
            {
                if (operation != FileOperation.OpenRead || path != slow.IndexPath) return;
                reached.Set();
                goOn.Wait();
            },
        };
        var opening = Task.Run(() => OpenStores.Open(slow.Root, files, CancellationToken.None), TestContext.Current.CancellationToken);
        reached.Wait(TestContext.Current.CancellationToken);

        await Sandbox.Ends(() => other.Open().PushBlob("content"));
        goOn.Set();
        await opening;
    }

    [Fact]
    public void Opening_stops_when_it_is_cancelled_while_the_index_is_read()
    {
        using var sandbox = new Sandbox();
        using var stop = new CancellationTokenSource();
        var files = new HookedFileSystem();
        var entries = Enumerable.Range(0, 2000).Select(i => Sample.Entry(Sample.Describe(MediaTypes.ImageManifest, BitConverter.GetBytes(i)), "v" + i));
        sandbox.WithIndex(Sample.Index([.. entries]));
        files.Before = (operation, path) =>
        {
            if (operation == FileOperation.OpenRead && path == sandbox.IndexPath) stop.Cancel();
        };
        Assert.ThrowsAny<OperationCanceledException>(() => new StoreState(sandbox.Root, files, stop.Token));
    }

    [Fact]
    public void Open_store_is_checked_again_when_it_is_opened()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        File.WriteAllText(sandbox.IndexPath, "broken");
        Sandbox.Refused(OciErrorKind.InvalidIndex, () => sandbox.Open());
        File.Delete(sandbox.IndexPath);
        Sandbox.Refused(OciErrorKind.InvalidLayout, () => sandbox.Open());
        GC.KeepAlive(store);
    }

    [Fact]
    public void Threads_that_open_one_store_share_its_state()
    {
        using var sandbox = new Sandbox();
        sandbox.WithIndex(Sample.Index());
        var stores = new OciStore[16];
        Parallel.For(0, stores.Length, i => stores[i] = sandbox.Open());
        Assert.All(stores, s => Assert.True(s.IsSameLayout(stores[0])));
    }
}
