using System;
using System.Collections.Generic;
using System.Management.Automation.Runspaces;

namespace OciLayout.PowerShell;

/// <summary>An error that came up where none can be written, and where it came from.</summary>
internal sealed record DeferredError(Exception Error, string StorePath, WeakReference<Runspace?> Runspace);

/// <summary>
/// Errors that came up where none can be written: while a stopped pipeline is disposed. The next call of one of our cmdlets in the same
/// runspace writes them; when that runspace is gone (that of a parallel loop, say), the next call anywhere.
/// </summary>
internal static class DeferredErrors
{
    private static readonly List<DeferredError> Pending = [];

    public static void Keep(Exception error, string storePath)
    {
        lock (Pending) Pending.Add(new DeferredError(error, storePath, new WeakReference<Runspace?>(Runspace.DefaultRunspace)));
    }

    /// <summary>Takes what is for the present runspace to write; each error once.</summary>
    public static IReadOnlyList<DeferredError> Take()
    {
        lock (Pending)
        {
            if (Pending.Count == 0) return [];
            var current = Runspace.DefaultRunspace;
            var due = Pending.FindAll(e => !e.Runspace.TryGetTarget(out var origin) || ReferenceEquals(origin, current) || IsGone(origin));
            Pending.RemoveAll(due.Contains);
            return due;
        }
    }

    private static bool IsGone(Runspace? runspace) =>
        runspace?.RunspaceStateInfo.State is null or RunspaceState.Closed or RunspaceState.Closing or RunspaceState.Broken;
}
