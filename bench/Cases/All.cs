using System.Collections.Generic;

namespace OciLayout.Bench.Cases;

/// <summary>All cases, in the order of docs/performance.md.</summary>
internal static class All
{
    public static IReadOnlyList<Case> Cases { get; } = [.. Push.Cases, .. Index.Cases, .. Graph.Cases, .. Transfer.Cases, .. Session.Cases, .. Bounds.Cases, .. Registry.Cases, .. RegistrySync.Cases, .. ImageWork.Cases, .. Growing.Cases, .. LongLife.Cases];
}
