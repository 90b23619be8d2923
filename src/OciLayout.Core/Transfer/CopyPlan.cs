using System.Collections.Generic;
using System.Linq;
using OciLayout.Common;
using OciLayout.Model;
using OciLayout.Referrers;
using OciLayout.Transfer;

namespace OciLayout;

/// <summary>The changes that a copy makes. <see cref="OciCopy.Run"/> carries them out.</summary>
public sealed class CopyPlan
{
    internal CopyPlan(IReadOnlyList<CopyRoot> requested, IReadOnlyList<CopyRoot> roots, IReadOnlyList<CopyItem> items)
    {
        Requested = requested;
        Roots = roots;
        Items = items;
    }

    /// <summary>The roots as the caller named them.</summary>
    internal IReadOnlyList<CopyRoot> Requested { get; }

    /// <summary>
    /// The roots that get tags. With a platform, an index is replaced by its image of that platform. Manifests that cosign attached to copied
    /// content follow.
    /// </summary>
    public IReadOnlyList<CopyRoot> Roots { get; }

    /// <summary>
    /// The content that the destination needs and that its index does not reach. Each digest occurs once, and successors come before the
    /// manifests that reference them.
    /// </summary>
    public IReadOnlyList<CopyItem> Items { get; }

    /// <summary>Content that an index or a referrer names and that the source does not store. Sparse layouts are valid.</summary>
    public IReadOnlyList<Descriptor> Missing { get; internal init; } = [];

    /// <summary>The number of blobs and manifests to copy.</summary>
    public int Count => Items.Count(i => !i.IsStored) + FallbackIndexes.Count;

    /// <summary>The number of bytes to copy. At most <see cref="long.MaxValue"/>: a manifest of a registry can state any sizes.</summary>
    public long Size => Items.Where(i => !i.IsStored).Select(i => i.Descriptor.Size).Concat(FallbackIndexes.Select(f => (long)f.Manifest.Bytes.Length))
        .Total();

    /// <summary>
    /// The number of bytes of <see cref="Size"/> that an interrupted download left at the destination. They are not received again.
    /// </summary>
    public long PartialSize { get; internal init; }

    /// <summary>Fallback indexes that name referrers which those of the destination lack.</summary>
    internal IReadOnlyList<FallbackDocument> FallbackIndexes { get; init; } = [];

    /// <summary>
    /// Content that the index of the destination reaches and that is complete there. It is claimed, and the content below it is not checked
    /// again.
    /// </summary>
    internal IReadOnlyList<ReachableNode> Reachable { get; init; } = [];

    /// <summary>All content that the plan examined.</summary>
    internal IReadOnlyCollection<NodeKey> Walked { get; init; } = [];

    /// <summary>The content among <see cref="Walked"/> that has an entry in the index of the destination after the run.</summary>
    internal IReadOnlyCollection<NodeKey> WalkedRoots { get; init; } = [];
}
