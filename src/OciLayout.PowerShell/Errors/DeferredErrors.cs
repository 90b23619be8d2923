using System;
using System.Collections.Concurrent;
using System.Collections.Generic;

namespace OciLayout.PowerShell;

/// <summary>
/// Errors that came up where none can be written: while a stopped pipeline is disposed, or in the timer that commits. The next call
/// of any of our cmdlets writes them. They belong to the process, because a pipeline's runspace may be gone by then.
/// </summary>
internal static class DeferredErrors
{
    private static readonly ConcurrentQueue<(Exception Error, string StorePath)> Pending = new();

    public static void Keep(Exception error, string storePath) => Pending.Enqueue((error, storePath));

    /// <summary>Takes what has been kept; each error once.</summary>
    public static IEnumerable<(Exception Error, string StorePath)> Take()
    {
        while (Pending.TryDequeue(out var entry)) yield return entry;
    }
}
