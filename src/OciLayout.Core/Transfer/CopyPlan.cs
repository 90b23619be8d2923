using System;
using System.Collections.Generic;
using System.Linq;
using OciLayout.Storage;
using OciLayout.Transfer;

namespace OciLayout;

/// <summary>How content is copied.</summary>
public sealed class CopyOptions
{
    /// <summary>Of an index, only the image of this platform; null copies all.</summary>
    public Platform? Platform { get; init; }

    /// <summary>Whether what is attached to the content comes along, and what is attached to that.</summary>
    public bool IncludeReferrers { get; init; }

    /// <summary>Whether layers that are not meant to be distributed are copied, where they are stored.</summary>
    public bool IncludeForeign { get; init; }

    /// <summary>Whether blobs become hard links of the source's files, unread; manifests never do, since other tools write into those.</summary>
    public bool HardLink { get; init; }

    /// <summary>How many things are copied at a time; more make no disk faster, and a spinning one slower.</summary>
    internal int Workers { get; init; } = 4;
}

/// <summary>Content that is to be copied with all below it, and the tags that it gets; without any it is listed untagged.</summary>
public sealed class CopyRoot
{
    /// <summary>Names what to copy.</summary>
    public CopyRoot(Descriptor descriptor, params string[] tags)
    {
        Descriptor = EntryJson.WithoutTag(descriptor ?? throw new ArgumentNullException(nameof(descriptor)));
        Tags = tags ?? throw new ArgumentNullException(nameof(tags));
    }

    /// <summary>
    /// Content that gets other tags than it has at the source, or none: the image name that containerd writes into an entry goes, since that
    /// tool would take it for the name still.
    /// </summary>
    public static CopyRoot Renamed(Descriptor descriptor, params string[] tags)
    {
        if (descriptor is null) throw new ArgumentNullException(nameof(descriptor));
        return new CopyRoot(descriptor.Annotations.ContainsKey(AnnotationKeys.ContainerdImageName) ? EntryJson.WithImageName(descriptor, null) : descriptor, tags);
    }

    /// <summary>Returns a root for each entry of an index that can be read. Entries that share a tag take their full names, as in an import.</summary>
    /// <param name="listings">The entries, in the order of the index.</param>
    /// <param name="lost">The tags that an entry lost to a later one.</param>
    public static IReadOnlyList<CopyRoot> Of(IEnumerable<IndexListing> listings, out IReadOnlyList<LostTag> lost)
    {
        var names = EntryNames.Of([.. listings.Where(l => l.Problem is null && l.Descriptor is not null).Select(l => (l.Descriptor!, l.Tag == l.Digest.ToString() ? null : l.Tag))]);
        lost = names.Lost;
        return [.. names.Entries.Select(e => e.Tag is null ? new CopyRoot(e.Target) : new CopyRoot(e.Target, e.Tag))];
    }

    /// <summary>The content; its annotations and platform go into the destination's index.</summary>
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

    /// <summary>By which member it was met first; a referrer has <see cref="DescriptorRole.Root"/>.</summary>
    public DescriptorRole Role { get; }

    /// <summary>Whether the destination has it already, so that it is only claimed and not copied.</summary>
    public bool IsStored { get; }

    /// <summary>Whether the index of the destination has to list it: nothing that is copied points at it.</summary>
    internal bool IsHead => Role == DescriptorRole.Root;
}

/// <summary>What a copy does, as data; <see cref="OciCopy.Run"/> carries it out.</summary>
public sealed class CopyPlan
{
    internal CopyPlan(IReadOnlyList<CopyRoot> asked, IReadOnlyList<CopyRoot> roots, IReadOnlyList<CopyItem> items)
    {
        Asked = asked;
        Roots = roots;
        Items = items;
    }

    /// <summary>What was asked for.</summary>
    internal IReadOnlyList<CopyRoot> Asked { get; }

    /// <summary>What gets its tags; of an index the image of the platform that was asked for.</summary>
    public IReadOnlyList<CopyRoot> Roots { get; }

    /// <summary>What the destination needs beyond what its index reaches: each digest once, successors before what points at them.</summary>
    public IReadOnlyList<CopyItem> Items { get; }

    /// <summary>What is not stored at the source, though an index or a referrer names it: sparse layouts are valid.</summary>
    public IReadOnlyList<Descriptor> Missing { get; internal init; } = [];

    /// <summary>How many things are copied.</summary>
    public int Count => Items.Count(i => !i.IsStored) + Lists.Count;

    /// <summary>How many bytes are copied.</summary>
    public long Size => Items.Where(i => !i.IsStored).Sum(i => i.Descriptor.Size) + Lists.Sum(l => (long)l.Document.Bytes.Length);

    /// <summary>Lists of referrers that other tools look for under a tag, and that name what the destination's do not.</summary>
    internal IReadOnlyList<ReferrerList> Lists { get; init; } = [];

    /// <summary>What the destination's index reaches with all below it; it is claimed, and nothing below it is looked at.</summary>
    internal IReadOnlyList<ReachedNode> Reached { get; init; } = [];
}

/// <summary>What a copy did.</summary>
public sealed class CopyResult
{
    /// <summary>How many things were copied.</summary>
    public int CopiedCount { get; init; }

    /// <summary>How many bytes they have.</summary>
    public long CopiedSize { get; init; }

    /// <summary>What the destination has now, in the order of the roots.</summary>
    public IReadOnlyList<Descriptor> Roots { get; init; } = [];
}

/// <summary>A list of referrers and the tag that clients look for it under (distribution-spec, "Referrers Tag Schema").</summary>
internal sealed record ReferrerList(string Tag, Manifest Document);

/// <summary>A node of the destination, and an entry of its index that reaches it.</summary>
internal readonly record struct ReachedNode(Descriptor Descriptor, Digest Entry);
