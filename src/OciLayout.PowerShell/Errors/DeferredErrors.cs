using System;
using System.Collections.Generic;
using System.Management.Automation.Runspaces;

namespace OciLayout.PowerShell;

/// <summary>An error that could not be written when it occurred, with the path of its store and its runspace.</summary>
internal sealed record DeferredError(Exception Error, string StorePath, WeakReference<Runspace?> Runspace);

/// <summary>
/// Keeps errors that cannot be written when they occur, during the disposal of a stopped pipeline. The next cmdlet of this module in the
/// same runspace writes them. When that runspace no longer exists, as after a parallel loop, the next cmdlet in any runspace does.
/// Thread-safe.
/// </summary>
internal static class DeferredErrors
{
    private static readonly List<DeferredError> Pending = [];

    public static void Keep(Exception error, string storePath)
    {
        lock (Pending) Pending.Add(new DeferredError(error, storePath, new WeakReference<Runspace?>(Runspace.DefaultRunspace)));
    }

    /// <summary>Returns the errors that the current runspace has to write, and removes them.</summary>
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
