using System;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using OciLayout.Files;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Safety;

/// <summary>Tests a process that opens more stores than the registry keeps: sessions in use stay open (section 3, claims).</summary>
public sealed class OpenStoreLimitTests : IDisposable
{
    private readonly TemporaryDirectory _directory = TemporaryDirectory.InMemory();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Upload_continues_while_other_stores_are_opened_and_collected()
    {
        string root = FinalStateCheck.NewStore(_directory["layout"]);
        var store = OciStore.Open(root);
        byte[] bytes = new byte[200_000];
        bool opened = false;
        var stream = new InterruptedStream(bytes, () =>
        {
            opened = true;
            OpenManyOthers();
            CollectElsewhere(root);
        });

        Descriptor pushed = store.Push(new PushRequest(), stream).Descriptor;
        CollectElsewhere(root);

        Assert.True(opened);
        Assert.Equal(bytes, store.ReadAll(pushed, bytes.Length));
        store.State.Dispose();
    }

    [Fact]
    public void Pending_changes_survive_their_store_object()
    {
        string root = FinalStateCheck.NewStore(_directory["layout"]);
        Change(root, store => store.Untag("base"));
        OpenManyOthers();
        Forget();

        Assert.Empty(OciStore.Open(root).GetTags());
        OciStore.Open(root).SaveIndex();
        Assert.Empty(Invariant.Tags(root));
    }

    [Fact]
    public void Evicted_store_keeps_its_session_when_it_is_used_again()
    {
        string root = FinalStateCheck.NewStore(_directory["layout"]);
        Change(root, store =>
        {
            OpenManyOthers();
            store.Push(new PushRequest(), new MemoryStream([1, 2, 3]));
        });
        Forget();

        // A process may collect its own pushes. If its session stayed open with no store object that uses it, the claims would forbid that
        // for ever.
        Assert.Equal(0, CollectElsewhere(root).RemovedCount);
        Assert.Equal(1, OciStore.Open(root).Collect().RemovedCount);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Change(string root, Action<OciStore> change) => change(OciStore.Open(root, new OciStoreOptions { AutoSaveIndex = false }));

    private static void Forget()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }

    private void OpenManyOthers()
    {
        foreach (int i in Enumerable.Range(0, 40)) OciStore.Create(_directory[$"other {i}"]);
    }

    private static GarbageResult CollectElsewhere(string root)
    {
        var other = OciStore.OpenIsolated(root, PhysicalFileSystem.Instance);
        try
        {
            return other.Collect();
        }
        finally
        {
            other.State.Dispose();
        }
    }

    /// <summary>A stream that calls a delegate when half of it has been read.</summary>
    private sealed class InterruptedStream(byte[] bytes, Action halfWay) : MemoryStream(bytes)
    {
        private bool _done;

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (!_done && Position >= Length / 2)
            {
                _done = true;
                halfWay();
            }

            return base.Read(buffer, offset, Math.Min(count, 10_000));
        }
    }
}
