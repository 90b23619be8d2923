using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Blobs;
using OciLayout.Transfer;
using Xunit;

namespace OciLayout.Tests.Transfer;

/// <summary>The order in which a copy publishes content that threads stage in any order.</summary>
public class StagingWindowTests
{
    private const int Count = 2000;

    private static readonly Digest Any = Digest.Compute([]);

    private readonly List<StagedBlob> _published = [];
    private readonly StagedBlob[] _blobs = [.. Enumerable.Range(0, Count).Select(_ => new StagedBlob("path", new Descriptor("type", Any, 1), null))];

    [Fact]
    public void Content_is_published_in_the_order_of_the_plan()
    {
        var window = Create(isRemote: true);
        foreach (var i in Enumerable.Range(0, 500).Reverse())
        {
            window.Enter(i, CancellationToken.None);
            window.Add(i, _blobs[i]);
            if (i > 0) Assert.Empty(_published);
        }

        Assert.Equal(_blobs.Take(500), _published);
    }

    [Fact]
    public void Items_behind_a_slow_one_are_staged_while_it_continues()
    {
        var window = Create(isRemote: false);
        for (var i = 1; i < StagingWindow.Width; i++)
        {
            window.Enter(i, CancellationToken.None);
            window.Add(i, _blobs[i]);
        }

        Assert.Empty(_published);
        Assert.Equal(_blobs.Skip(1).Take(StagingWindow.Width - 1), window.TakeUnpublished());
    }

    [Fact]
    public async Task An_item_far_ahead_waits_for_a_slow_one()
    {
        var window = Create(isRemote: false);
        for (var i = 1; i < StagingWindow.Width; i++) window.Add(i, _blobs[i]);
        using var stop = new CancellationTokenSource();
        var stopped = Task.Run(() => window.Enter(StagingWindow.Width, stop.Token), TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);

        var waiting = Task.Run(() => window.Enter(StagingWindow.Width, CancellationToken.None), TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);
        window.Add(0, _blobs[0]);
        await waiting;

        Assert.Equal(_blobs.Take(StagingWindow.Width), _published);
    }

    [Fact]
    public void Many_threads_publish_everything_once()
    {
        var window = Create(isRemote: true);
        var next = -1;
        Parallel.For(0, 8, _ =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < Count;)
            {
                window.Enter(i, CancellationToken.None);
                window.Add(i, _blobs[i]);
            }
        });
        window.Complete();

        Assert.Equal(_blobs, _published);
        Assert.Empty(window.TakeUnpublished());
    }

    private StagingWindow Create(bool isRemote) => new(Count, isRemote, _published.AddRange);
}
