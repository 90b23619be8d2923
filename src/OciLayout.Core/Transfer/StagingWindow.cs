using System;
using System.Collections.Generic;
using System.Threading;
using OciLayout.Blobs;

namespace OciLayout.Transfer;

/// <summary>
/// The staged content of a run that is not published yet. Threads stage the items of a plan in any order. The thread that completes a large
/// enough part at the beginning publishes it while the others continue. Thread-safe.
/// </summary>
/// <param name="count">The number of items.</param>
/// <param name="isRemote">Whether the content comes from a network. Less of it is then kept back, because it takes longer to get it again.</param>
/// <param name="publish">Publishes a part. Only one thread calls it at a time, in the order of the plan.</param>
internal sealed class StagingWindow(int count, bool isRemote, Action<IReadOnlyList<StagedBlob>> publish)
{
    /// <summary>
    /// The largest number of items from the first one that is not published to the last one that is staged. Each download has an open file.
    /// </summary>
    public const int Width = 512;

    private readonly object _sync = new();
    private readonly StagedBlob?[] _staged = new StagedBlob?[count];
    private readonly int _partCount = isRemote ? 32 : 256;
    private readonly long _partBytes = isRemote ? 32 << 20 : 256 << 20;
    private bool _isPublishing;
    private int _published;
    private int _ready; // the end of the staged part at the beginning
    private long _bytes; // of the staged part

    /// <summary>Waits until an item may be staged.</summary>
    public void Enter(int index, CancellationToken cancellationToken)
    {
        lock (_sync)
        {
            if (index - _published < Width) return;
        }

        using var registration = cancellationToken.Register(Wake);
        lock (_sync)
        {
            while (index - _published >= Width)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Monitor.Wait(_sync);
            }
        }
    }

    /// <summary>Adds a staged item, and publishes the staged part if it is large enough.</summary>
    public void Add(int index, StagedBlob blob)
    {
        lock (_sync)
        {
            _staged[index] = blob;
            for (; _ready < count && _staged[_ready] is { } next; _ready++) _bytes += next.Descriptor.Size;
        }

        Publish(all: false);
    }

    /// <summary>Publishes the rest. No thread stages any more.</summary>
    public void Complete() => Publish(all: true);

    /// <summary>Returns the items that are staged and not published. No thread stages any more, and none publishes.</summary>
    public IReadOnlyList<StagedBlob> TakeUnpublished()
    {
        var left = new List<StagedBlob>();
        for (var i = _published; i < count; i++)
        {
            if (_staged[i] is { } blob) left.Add(blob);
        }

        return left;
    }

    private void Publish(bool all)
    {
        while (Take(all) is { } part)
        {
            try
            {
                publish(part);
            }
            finally
            {
                lock (_sync)
                {
                    _isPublishing = false;
                    Monitor.PulseAll(_sync);
                }
            }
        }
    }

    // Returns the next part; null if there is none yet, or if another thread publishes.
    private StagedBlob[]? Take(bool all)
    {
        lock (_sync)
        {
            var length = _ready - _published;
            if (_isPublishing || length == 0 || (!all && length < _partCount && _bytes < _partBytes)) return null;
            var part = new StagedBlob[length];
            Array.Copy(_staged, _published, part, 0, length);
            Array.Clear(_staged, _published, length);
            _isPublishing = true;
            _published = _ready;
            _bytes = 0;
            return part;
        }
    }

    private void Wake()
    {
        lock (_sync) Monitor.PulseAll(_sync);
    }
}
