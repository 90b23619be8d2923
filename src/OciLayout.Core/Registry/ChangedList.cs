using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Registry;

/// <summary>A list of referrers that this client changes: the lock for it, and the entries that this client added.</summary>
/// <param name="gate">The lock, which all clients of this process share.</param>
internal sealed class ChangedList(SemaphoreSlim gate)
{
    private int _waiting;

    /// <summary>The lock. It is acquired by <see cref="EnterAsync"/>.</summary>
    public SemaphoreSlim Gate => gate;

    /// <summary>The entries at the end of the last change; null before the first one.</summary>
    public HashSet<Digest>? Members { get; set; }

    /// <summary>The time of the last read that found a change of another client; null if none did.</summary>
    public DateTime? OthersWrote { get; set; }

    /// <summary>Whether other callers wait for the lock.</summary>
    public bool HasWaiting => Volatile.Read(ref _waiting) > 0;

    /// <summary>The entries that this client added, with the time until which they are added again if they are missing.</summary>
    public Dictionary<Digest, (Descriptor Referrer, DateTime Until)> Added { get; } = [];

    /// <summary>Acquires the lock.</summary>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            await Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
