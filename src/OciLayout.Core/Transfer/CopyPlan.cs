using System;
using System.Collections.Generic;
using System.Linq;
using OciLayout.Storage;
using OciLayout.Transfer;

namespace OciLayout;

/// <summary>The settings of a copy.</summary>
public sealed class CopyOptions
{
    /// <summary>The platform whose image is copied from an index; null copies all platforms.</summary>
    public Platform? Platform { get; init; }

    /// <summary>Whether the referrers of the content are copied, and their referrers.</summary>
    public bool IncludeReferrers { get; init; }

    /// <summary>Whether foreign (non-distributable) layers are copied when they are stored.</summary>
    public bool IncludeForeign { get; init; }

    /// <summary>
    /// Whether blobs become hard links to the files of the source, without being read. Manifests are always copied, because other tools
    /// modify them in place.
    /// </summary>
    public bool HardLink { get; init; }

    /// <summary>The number of blobs that are copied at a time. More do not make a disk faster, and make a spinning disk slower.</summary>
    internal int Workers { get; init; } = 4;
}

/// <summary>Content to copy with everything below it, and its tags at the destination. Without tags it is listed untagged.</summary>
public sealed class CopyRoot
{
    /// <summary>Creates a root.</summary>
    public CopyRoot(Descriptor descriptor, params string[] tags)
    {
        Descriptor = EntryJson.WithoutTag(descriptor ?? throw new ArgumentNullException(nameof(descriptor)));
        Tags = tags ?? throw new ArgumentNullException(nameof(tags));
    }

    /// <summary>
    /// Creates a root for content that gets other tags than it has at the source, or none. Removes the image name that containerd writes
    /// into an entry, because containerd would still use that name.
    /// </summary>
    public static CopyRoot Renamed(Descriptor descriptor, params string[] tags)
    {
        if (descriptor is null) throw new ArgumentNullException(nameof(descriptor));
        return new CopyRoot(descriptor.Annotations.ContainsKey(AnnotationKeys.ContainerdImageName) ? EntryJson.WithImageName(descriptor, null) : descriptor, tags);
    }

    /// <summary>
    /// Returns a root for each readable entry of an index. Entries that share a tag take their full names, as in an import.
    /// </summary>
    /// <param name="listings">The entries, in the order of the index.</param>
    /// <param name="lost">The tags that an entry lost to a later one.</param>
    public static IReadOnlyList<CopyRoot> Of(IEnumerable<IndexListing> listings, out IReadOnlyList<LostTag> lost)
    {
        var names = EntryNames.Of([.. listings.Where(l => l.Problem is null && l.Descriptor is not null).Select(l => (l.Descriptor!, l.Tag == l.Digest.ToString() ? null : l.Tag))]);
        lost = names.Lost;
        return [.. names.Entries.Select(e => e.Tag is null ? new CopyRoot(e.Target) : new CopyRoot(e.Target, e.Tag))];
    }

    /// <summary>The content. Its annotations and platform are written to the index of the destination.</summary>
    public Descriptor Descriptor { get; }

    /// <summary>The tags at the destination.</summary>
    public IReadOnlyList<string> Tags { get; }
}

/// <summary>Content that a copy needs at the destination.</summary>
public sealed class CopyItem
{
    internal CopyItem(Descriptor descriptor, DescriptorRole role, bool isStored)
    {
        Descriptor = descriptor;
        Role = role;
        IsStored = isStored;
    }

    /// <summary>The content.</summary>
    public Descriptor Descriptor { get; }

    /// <summary>
    /// The role of the reference through which the plan found the content; a referrer has <see cref="DescriptorRole.Root"/>.
    /// </summary>
    public DescriptorRole Role { get; }

    /// <summary>Whether the destination already stores it. It is then claimed and not copied.</summary>
    public bool IsStored { get; }

    /// <summary>Whether the index of the destination has to list it, because no copied content references it.</summary>
    internal bool IsHead => Role == DescriptorRole.Root;
}

/// <summary>The changes that a copy makes. <see cref="OciCopy.Run"/> carries them out.</summary>
public sealed class CopyPlan
{
    internal CopyPlan(IReadOnlyList<CopyRoot> asked, IReadOnlyList<CopyRoot> roots, IReadOnlyList<CopyItem> items)
    {
        Asked = asked;
        Roots = roots;
        Items = items;
    }

    /// <summary>The roots as the caller named them.</summary>
    internal IReadOnlyList<CopyRoot> Asked { get; }

    /// <summary>The roots that get tags. With a platform, an index is replaced by its image of that platform.</summary>
    public IReadOnlyList<CopyRoot> Roots { get; }

    /// <summary>
    /// The content that the destination needs and that its index does not reach. Each digest occurs once, and successors come before the
    /// manifests that reference them.
    /// </summary>
    public IReadOnlyList<CopyItem> Items { get; }

    /// <summary>Content that an index or a referrer names and that the source does not store. Sparse layouts are valid.</summary>
    public IReadOnlyList<Descriptor> Missing { get; internal init; } = [];

    /// <summary>The number of blobs and manifests to copy.</summary>
    public int Count => Items.Count(i => !i.IsStored) + Lists.Count;

    /// <summary>The number of bytes to copy.</summary>
    public long Size => Items.Where(i => !i.IsStored).Sum(i => i.Descriptor.Size) + Lists.Sum(l => (long)l.Document.Bytes.Length);

    /// <summary>Fallback lists of referrers that name referrers which the lists of the destination lack.</summary>
    internal IReadOnlyList<ReferrerList> Lists { get; init; } = [];

    /// <summary>
    /// Content that the index of the destination reaches and that is complete there. It is claimed, and the content below it is not checked
    /// again.
    /// </summary>
    internal IReadOnlyList<ReachedNode> Reached { get; init; } = [];
}

/// <summary>The result of a copy.</summary>
public sealed class CopyResult
{
    /// <summary>The number of blobs and manifests that were copied.</summary>
    public int CopiedCount { get; init; }

    /// <summary>The number of bytes that were copied.</summary>
    public long CopiedSize { get; init; }

    /// <summary>The roots that the destination has now, in the order of the plan.</summary>
    public IReadOnlyList<Descriptor> Roots { get; init; } = [];
}

/// <summary>A list of referrers and the tag under which clients look for it (distribution-spec, "Referrers Tag Schema").</summary>
internal sealed record ReferrerList(string Tag, Manifest Document);

/// <summary>A node of the destination, and the entry of its index that reaches it.</summary>
internal readonly record struct ReachedNode(Descriptor Descriptor, Digest Entry);
