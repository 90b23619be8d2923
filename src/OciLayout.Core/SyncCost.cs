using System;
using System.Collections.Generic;
using System.Linq;
using OciLayout.Common;

namespace OciLayout;

/// <summary>
/// The requests that the run of a sync needs, and the bytes that it moves over the network, as far as the plan can know. Redirects, lists of
/// referrers and mounts that are refused need further requests.
/// </summary>
/// <param name="Requests">The number of requests.</param>
/// <param name="ManifestPulls">The number of manifests that are read from registries. Some registries limit it.</param>
/// <param name="Size">The number of bytes that are sent or received, without those that may be mounted and those that are present.</param>
/// <param name="MountableSize">The number of bytes of blobs that a registry may have in another repository.</param>
/// <param name="PartialSize">The number of bytes that interrupted downloads left in a layout.</param>
internal sealed record SyncCost(int Requests, int ManifestPulls, long Size, long MountableSize, long PartialSize)
{
    /// <summary>Returns the cost of a plan; null if no registry is involved.</summary>
    public static SyncCost? Of(SyncPlan plan)
    {
        var items = plan.Items.Where(i => i.Copy is not null).ToList();
        if (!items.Exists(i => IsRegistry(i.Source) || IsRegistry(i.Destination))) return null;
        var content = items.SelectMany(i => i.Copy!.Items.Where(c => !c.IsStored).Select(c => (Item: i, c.Descriptor))).ToList();
        var manifests = content.Where(c => MediaTypes.IsManifest(c.Descriptor.MediaType)).ToList();
        var pulls = manifests.Where(c => IsRegistry(c.Item.Source)).Select(c => (c.Item.Source, c.Descriptor.Digest)).Distinct().Count();
        // A root is pushed by its tags.
        var pushed = manifests.Where(c => IsRegistry(c.Item.Destination) && !c.Item.Copy!.Roots.Any(r => r.Descriptor.Digest == c.Descriptor.Digest)).Select(c => (c.Item.Destination, c.Descriptor.Digest)).Distinct().Count();
        var requests = pushed + items.Count(i => IsRegistry(i.Destination));
        var (mountable, partial) = (0L, 0L);
        var known = new HashSet<Digest>();
        foreach (var (item, blob) in content.Where(c => !MediaTypes.IsManifest(c.Descriptor.MediaType)).GroupBy(c => (c.Item.Destination, c.Descriptor.Digest)).Select(g => g.First()))
        {
            var isFirst = known.Add(blob.Digest);
            var isRead = IsRegistry(item.Source) ? 1 : 0;
            var present = item.Group!.PartialSizeOf(blob);
            if (isFirst) partial += present;
            if (!IsRegistry(item.Destination))
            {
                requests += present < blob.Size ? isRead : 0;
            }
            else if (item.Group.MayBeMounted(blob))
            {
                requests++;
                if (isFirst) mountable = Sizes.Add(mountable, blob.Size);
            }
            else
            {
                requests += isFirst ? 2 + isRead : 1; // the other repositories mount the blob
            }
        }

        return new SyncCost(requests, pulls, plan.Size - mountable - partial, mountable, partial);
    }

    private static bool IsRegistry(string place) => place.StartsWith(RegistryReference.Scheme, StringComparison.Ordinal);
}
