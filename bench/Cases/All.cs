using System.Collections.Generic;

namespace OciLayout.Bench.Cases;

/// <summary>The whole table, in its order.</summary>
internal static class All
{
    public static IReadOnlyList<Case> Cases { get; } = [.. Push.Cases, .. Index.Cases, .. Graph.Cases, .. Transfer.Cases, .. Session.Cases, .. Bounds.Cases];
}
