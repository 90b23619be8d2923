using System.Collections.Generic;
using System.Linq;

namespace OciLayout;

/// <summary>A file or packed directory of an artifact.</summary>
public sealed class ExpandItem
{
    internal ExpandItem(string title, Descriptor descriptor)
    {
        Title = title;
        Descriptor = descriptor;
    }

    /// <summary>Its name: relative, with slashes, and safe on every system.</summary>
    public string Title { get; }

    /// <summary>Its content.</summary>
    public Descriptor Descriptor { get; }

    /// <summary>Whether it is a directory, packed as a tar.</summary>
    public bool IsDirectory => Descriptor.Annotations.TryGetValue(AnnotationKeys.Unpack, out var unpack) && unpack == "true";
}

/// <summary>What unpacking an artifact writes, as data; <see cref="OciExpansion.Run"/> carries it out.</summary>
public sealed class ExpandPlan
{
    internal ExpandPlan(Descriptor artifact, IReadOnlyList<ExpandItem> items, int unnamed)
    {
        Artifact = artifact;
        Items = items;
        Unnamed = unnamed;
    }

    /// <summary>The artifact.</summary>
    public Descriptor Artifact { get; }

    /// <summary>What has a name, in the order of the manifest.</summary>
    public IReadOnlyList<ExpandItem> Items { get; }

    /// <summary>How many layers have no name, and are not written.</summary>
    public int Unnamed { get; }

    /// <summary>The number of bytes to read, by the descriptors.</summary>
    public long Size => Items.Aggregate(0L, (sum, item) => sum > long.MaxValue - item.Descriptor.Size ? long.MaxValue : sum + item.Descriptor.Size);
}
