using System.Collections.Generic;
using System.Linq;
using OciLayout.Common;

namespace OciLayout;

/// <summary>The files that an expansion writes. <see cref="OciExpansion.Run"/> carries it out.</summary>
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

    /// <summary>The layers with a name, in the order of the manifest.</summary>
    public IReadOnlyList<ExpandItem> Items { get; }

    /// <summary>The number of layers with content and without a name. They are not written.</summary>
    public int Unnamed { get; }

    /// <summary>The number of bytes to read, by the descriptors.</summary>
    public long Size => Items.Select(i => i.Descriptor.Size).Total();
}
