using System;
using System.Collections.Generic;

namespace OciLayout;

/// <summary>The settings of an export.</summary>
public sealed record ExportOptions
{
    /// <summary>The tags and digests to export, with all content below them; null exports the whole store.</summary>
    public IReadOnlyList<string>? References { get; init; }

    /// <summary>
    /// The platform whose image is exported from an index, under the tag of the index; null exports all platforms. Without references, all
    /// tags are exported this way.
    /// </summary>
    public Platform? Platform { get; init; }

    /// <summary>
    /// Whether the referrers of the content are exported, and their referrers. An export of the whole store always has them.
    /// </summary>
    public bool IncludeReferrers { get; init; }

    /// <summary>Returns whether the other side has a digest, so that it is left out.</summary>
    public Func<Digest, bool>? Exclude { get; init; }

    /// <summary>Content that the other side has with everything below it. All of it is left out.</summary>
    public IReadOnlyCollection<Digest> ExcludeBelow { get; init; } = [];

    /// <summary>Whether the archive gets a <c>manifest.json</c> for <c>docker load</c>.</summary>
    public bool DockerCompatible { get; init; }

    /// <summary>The repository that <c>docker load</c> gives to tags that do not name one.</summary>
    public string RepositoryName { get; init; } = "localhost/layout";
}

/// <summary>A blob of an archive.</summary>
/// <param name="Digest">The content.</param>
/// <param name="Size">Its length in bytes.</param>
public sealed record ExportItem(Digest Digest, long Size);

/// <summary>The content that an export writes. <see cref="OciStore.Export"/> carries it out.</summary>
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
