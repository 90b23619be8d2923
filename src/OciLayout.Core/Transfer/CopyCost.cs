using System.Linq;
using OciLayout.Common;
using OciLayout.Store;

namespace OciLayout.Transfer;

/// <summary>
/// The requests to registries that the run of a plan needs, and the bytes that it moves over the network, as far as the plan can know.
/// Redirects, lists of referrers and mounts that are refused need further requests.
/// </summary>
/// <param name="Requests">The number of requests.</param>
/// <param name="ManifestPulls">The number of manifests that are read from a registry. Some registries limit it.</param>
/// <param name="Size">The number of bytes that are sent or received, without those that may be mounted.</param>
/// <param name="MountableSize">The number of bytes of blobs that may be mounted from another repository of the registry.</param>
internal sealed record CopyCost(int Requests, int ManifestPulls, long Size, long MountableSize)
{
    /// <summary>Returns the cost of a plan; null if it has no registry.</summary>
    public static CopyCost? Of(CopyPlan plan, IContentSource source, ICopyTarget? target)
    {
        var isInto = target?.Content.Requests > 0;
        if (source.Requests == 0 && !isInto) return null;
        var items = plan.Items.Where(i => !i.IsStored).ToList();
        var manifests = items.Where(i => MediaTypes.IsManifest(i.Descriptor.MediaType)).ToList();
        var blobs = items.Except(manifests).ToList();
        var reach = target as RepositoryReach;
        var mountable = blobs.Where(MayBeMounted).Select(i => i.Descriptor.Size).Total();
        var pulls = source.Requests > 0 ? manifests.Count : 0;
        return new CopyCost(isInto ? PushRequests() : blobs.Count(i => target is null || target.PartialSizeOf(i.Descriptor.Digest) < i.Descriptor.Size), pulls, plan.Size - plan.PartialSize - mountable, mountable);

        bool MayBeMounted(CopyItem blob) => reach?.MountFrom(source, blob.Descriptor.Digest) is not null;

        // A mount is one request. Other blobs need two, and one more to read them from a registry. A root is pushed once for each tag. A tag
        // has no algorithm, so other digests than sha256 are pushed as well.
        int PushRequests()
        {
            var uploads = blobs.Sum(i => MayBeMounted(i) ? 1 : source.Requests > 0 ? 3 : 2);
            var tags = plan.Roots.SelectMany(r => r.Tags.Where(t => reach?.IsTagged(t, r.Descriptor.Digest) != true).Select(_ => r.Descriptor.Digest)).ToList();
            return uploads + tags.Count + manifests.Count(i => !(tags.Contains(i.Descriptor.Digest) && i.Descriptor.Digest.KnownAlgorithm == DigestAlgorithm.Sha256));
        }
    }
}
