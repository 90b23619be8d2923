using System.Collections.Generic;
using System.Linq;
using OciLayout.Common;
using OciLayout.Model;
using OciLayout.Transfer;

namespace OciLayout;

/// <summary>Content to copy with everything below it, and its tags at the destination. Without tags it is listed untagged.</summary>
public sealed class CopyRoot
{
    /// <summary>Creates a root.</summary>
    public CopyRoot(Descriptor descriptor, params string[] tags)
    {
        Descriptor = DescriptorAnnotations.WithoutTag(Guard.NotNull(descriptor));
        Tags = [.. Guard.NotNull(tags)];
    }

    /// <summary>
    /// Creates a root for content that gets other tags than it has at the source, or none. Removes the image name that containerd writes
    /// into an entry, because containerd would still use that name.
    /// </summary>
    internal static CopyRoot Renamed(Descriptor descriptor, params string[] tags)
    {
        return new CopyRoot(descriptor.Annotations.ContainsKey(AnnotationKeys.ContainerdImageName) ? DescriptorAnnotations.WithImageName(descriptor, null) : descriptor, tags);
    }

    /// <summary>
    /// Returns a root for each readable entry of an index. Entries that share a tag take their full names, as in an import.
    /// </summary>
    /// <param name="listings">The entries, in the order of the index.</param>
    /// <param name="lost">The tags that an entry lost to a later one.</param>
    public static IReadOnlyList<CopyRoot> FromEntries(IEnumerable<IndexListing> listings, out IReadOnlyList<LostTag> lost)
    {
        var names = EntryNames.Of([.. Guard.NotNull(listings).Where(l => l.Problem is null && l.Descriptor is not null).Select(l => (l.Descriptor!, l.Tag == l.Digest.ToString() ? null : l.Tag))]);
        lost = names.Lost;
        return [.. names.Entries.Select(e => e.Tag is null ? new CopyRoot(e.Target) : new CopyRoot(e.Target, e.Tag))];
    }

    /// <summary>Creates a root for content that a copy takes along because of its digest tag.</summary>
    internal static CopyRoot Attached(Descriptor descriptor, string tag) => new(descriptor, tag) { IsAttached = true };

    /// <summary>Whether the copy takes this content along because of its digest tag. The caller did not name it.</summary>
    internal bool IsAttached { get; private init; }

    /// <summary>The content. Its annotations and platform are written to the index of the destination.</summary>
    public Descriptor Descriptor { get; }

    /// <summary>The tags at the destination.</summary>
    public IReadOnlyList<string> Tags { get; }
}
