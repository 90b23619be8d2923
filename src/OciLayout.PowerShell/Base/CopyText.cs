using System.Collections.Generic;
using System.Linq;

namespace OciLayout.PowerShell;

/// <summary>The texts that describe a planned copy.</summary>
internal static class CopyText
{
    /// <summary>Returns the total of a plan.</summary>
    /// <param name="copy">The copy.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="requests">The number of requests that the plan needed. A copy in another session sends them again.</param>
    /// <param name="counted">The earlier root of the same preview for which the content is counted; null when it is not.</param>
    public static string Total(OciCopy copy, CopyPlan plan, int requests, string? counted)
    {
        var content = counted is not null ? $"no objects beyond those of {counted}" : $"{Display.Count(plan.Count, "object", "objects")} ({Display.Size(plan.Size)})";
        if (copy.CostOf(plan) is not { } cost) return content;
        return content + Cost(cost.Size, cost.MountableSize, plan.PartialSize, requests + cost.Requests, cost.ManifestPulls);
    }

    /// <summary>Returns the total of the plan of a sync. The requests are those of the run.</summary>
    public static string Total(SyncPlan plan)
    {
        var content = $"{Display.Count(plan.Count, "object", "objects")} ({Display.Size(plan.Size)})";
        return SyncCost.Of(plan) is { } cost ? content + Cost(cost.Size, cost.MountableSize, cost.PartialSize, cost.Requests, cost.ManifestPulls) : content;
    }

    private static string Cost(long size, long mountable, long partial, int requests, int pulls)
    {
        var cost = $", {Display.Size(size)} to transfer";
        if (mountable > 0) cost += $", ≤ {Display.Size(mountable)} to transfer or mounted";
        if (partial > 0) cost += $", {Display.Size(partial)} present of interrupted downloads";
        cost += $", about {Display.Count(requests, "request", "requests")}";
        return pulls > 0 ? $"{cost}, {Display.Count(pulls, "manifest pull", "manifest pulls")}" : cost;
    }

    /// <summary>Returns a line for each object that a plan copies.</summary>
    public static IEnumerable<string> Items(OciCopy copy, CopyPlan plan) =>
        from item in plan.Items
        where !item.IsStored
        let size = Display.Size(item.Descriptor.Size)
        select $"Copy {item.Descriptor.Digest} ({(copy.MayBeMounted(item.Descriptor) ? $"≤ {size}, or mounted" : size)}, {Display.MediaType(item.Descriptor.MediaType)})";
}
