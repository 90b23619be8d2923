using System;
using System.Collections.Generic;

namespace OciLayout;

/// <summary>What of a store goes into an archive.</summary>
public sealed record ExportOptions
{
    /// <summary>The tags and digests to take, with all below them; null takes the whole store.</summary>
    public IReadOnlyList<string>? References { get; init; }

    /// <summary>Of an index, only the image of this platform, under the tag of the index; null takes all. Without references, those are the tags.</summary>
    public Platform? Platform { get; init; }

    /// <summary>Whether the referrers of the content are taken along, and the referrers of these. The whole store has them anyway.</summary>
    public bool IncludeReferrers { get; init; }

    /// <summary>Says of content that it is left out, because the other side has just that.</summary>
    public Func<Digest, bool>? Exclude { get; init; }

    /// <summary>Content that the other side has with all below it, which is left out, too.</summary>
    public IReadOnlyCollection<Digest> ExcludeBelow { get; init; } = [];

    /// <summary>Whether <c>manifest.json</c> is added, which <c>docker load</c> reads.</summary>
    public bool DockerCompatible { get; init; }

    /// <summary>The repository that <c>docker load</c> gives to tags that name none.</summary>
    public string RepositoryName { get; init; } = "localhost/layout";
}

/// <summary>A blob that goes into an archive.</summary>
/// <param name="Digest">The content.</param>
/// <param name="Size">Its length in bytes.</param>
public sealed record ExportItem(Digest Digest, long Size);

/// <summary>What an export writes, as data; <see cref="OciStore.Export"/> carries it out.</summary>
public sealed class ExportPlan
{
    internal ExportPlan(IReadOnlyList<ExportItem> items, byte[] index)
    {
        Items = items;
        Index = index;
    }

    /// <summary>The blobs, in the order of the archive: by algorithm, then by digest.</summary>
    public IReadOnlyList<ExportItem> Items { get; }

    /// <summary>How many bytes the blobs have.</summary>
    public long Size { get; internal init; }

    /// <summary>How many blobs are left out because the other side has them.</summary>
    public int ExcludedCount { get; internal init; }

    /// <summary>Content that manifests name and that is not stored here either: foreign layers, platforms that were not copied, subjects.</summary>
    public IReadOnlyList<Digest> Absent { get; internal init; } = [];

    /// <summary>The names that <c>docker load</c> gives; empty without <see cref="ExportOptions.DockerCompatible"/>.</summary>
    public IReadOnlyList<string> DockerNames { get; internal init; } = [];

    /// <summary>
    /// The tags of images that <c>docker load</c> cannot give a name: Docker does not accept the name, or another image has it.
    /// </summary>
    public IReadOnlyList<string> OmittedNames { get; internal init; } = [];

    /// <summary>The bytes of <c>index.json</c>.</summary>
    internal byte[] Index { get; }

    /// <summary>The bytes of <c>manifest.json</c>.</summary>
    internal byte[]? DockerManifest { get; init; }
}
