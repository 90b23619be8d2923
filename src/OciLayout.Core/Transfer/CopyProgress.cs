using System;
using System.Threading;

namespace OciLayout.Transfer;

/// <summary>Counts the bytes and the objects that a run has copied. Thread-safe.</summary>
/// <param name="receiver">The receiver of the number of bytes; null for none.</param>
internal sealed class CopyProgress(IProgress<long>? receiver)
{
    private long _bytes;
    private int _objects;

    /// <summary>The number of objects that are copied.</summary>
    public int Objects => Volatile.Read(ref _objects);

    /// <summary>Adds the bytes of a block.</summary>
    public void Add(long bytes)
    {
        var sum = Interlocked.Add(ref _bytes, bytes);
        receiver?.Report(sum);
    }

    /// <summary>Adds an object.</summary>
    public void AddObject() => Interlocked.Increment(ref _objects);
}
