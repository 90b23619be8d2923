using System.Collections.Generic;

namespace OciLayout;

/// <summary>The content that an export writes. <see cref="OciExport"/> carries it out.</summary>
public sealed class ExportPlan
{
    internal ExportPlan(IReadOnlyList<ExportItem> items, byte[] index)
    {
        Items = items;
        Index = index;
    }

    /// <summary>The blobs, in the order of the archive: by algorithm, then by digest.</summary>
    public IReadOnlyList<ExportItem> Items { get; }

    /// <summary>The number of bytes of the blobs.</summary>
    public long Size { get; internal init; }

    /// <summary>The number of blobs that are left out because the other side has them.</summary>
    public int ExcludedCount { get; internal init; }

    /// <summary>Content that manifests name and that this store lacks: foreign layers, platforms that were not copied, subjects.</summary>
    public IReadOnlyList<Digest> Absent { get; internal init; } = [];

    /// <summary>
    /// The names that <c>docker load</c> gives to the images; empty without <see cref="ExportOptions.DockerCompatible"/>.
    /// </summary>
    public IReadOnlyList<string> DockerNames { get; internal init; } = [];

    /// <summary>
    /// The tags of images that <c>docker load</c> cannot give a name: Docker does not accept the name, or another image has it.
    /// </summary>
    public IReadOnlyList<string> OmittedNames { get; internal init; } = [];

    /// <summary>The bytes of <c>index.json</c>.</summary>
    internal byte[] Index { get; }

    /// <summary>The bytes of <c>manifest.json</c>; null without <see cref="ExportOptions.DockerCompatible"/>.</summary>
    internal byte[]? DockerManifest { get; init; }
}
