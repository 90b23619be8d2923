using System.Collections.Generic;
using System.Linq;
using OciLayout.Transfer;

namespace OciLayout.PowerShell;

/// <summary>The texts that describe a planned copy.</summary>
internal static class CopyText
{
    /// <summary>Returns the total of a plan.</summary>
    /// <param name="copy">The copy.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="requests">The number of requests that the plan needed. A copy in another session sends them again.</param>
    public static string Total(OciCopy copy, CopyPlan plan, int requests)
    {
        var content = $"{Display.Count(plan.Count, "object", "objects")} ({Display.Size(plan.Size)})";
        if (copy.CostOf(plan) is not { } cost) return content;
        content += $", {Display.Size(cost.Size)} to transfer";
        if (cost.MountableSize > 0) content += $", ≤ {Display.Size(cost.MountableSize)} to transfer or mounted";
        if (plan.PartialSize > 0) content += $", {Display.Size(plan.PartialSize)} present of interrupted downloads";
        content += $", about {Display.Count(requests + cost.Requests, "request", "requests")}";
        return cost.ManifestPulls > 0 ? $"{content}, {Display.Count(cost.ManifestPulls, "manifest pull", "manifest pulls")}" : content;
    }

    /// <summary>Returns a line for each object that a plan copies.</summary>
    public static IEnumerable<string> Items(OciCopy copy, CopyPlan plan) =>
        from item in plan.Items
        where !item.IsStored
        let size = Display.Size(item.Descriptor.Size)
        select $"Copy {item.Descriptor.Digest} ({(copy.MayBeMounted(item.Descriptor) ? $"≤ {size}, or mounted" : size)}, {Display.MediaType(item.Descriptor.MediaType)})";
}
