using System.Collections.Generic;
using System.Linq;
using OciLayout.Referrers;

namespace OciLayout;

/// <summary>The content that a deletion deletes. <see cref="OciDeletion.Run"/> or <see cref="OciRepository"/> carries the plan out.</summary>
public sealed class DeletionPlan
{
    internal DeletionPlan(Descriptor target, IReadOnlyList<RemovedItem> items, IReadOnlyList<string> tags, IReadOnlyCollection<Digest> digests)
    {
        Target = target;
        Items = items;
        Tags = tags;
        Digests = digests;
    }

    /// <summary>Gets the content that the caller named.</summary>
    public Descriptor Target { get; }

    /// <summary>Gets the stored content to delete, parents before children.</summary>
    public IReadOnlyList<RemovedItem> Items { get; }

    /// <summary>Gets the tags to delete, in ordinal order.</summary>
    public IReadOnlyList<string> Tags { get; }

    /// <summary>Gets the number of bytes that the deletion frees.</summary>
    public long Size => Items.Sum(i => i.Size);

    /// <summary>Gets the tag that named the target; null if a digest named it.</summary>
    internal string? Tag { get; init; }

    internal DeletionOptions Options { get; init; } = new();

    /// <summary>Gets the version of the index that the plan was made from.</summary>
    internal long Version { get; init; }

    /// <summary>Gets all content to delete, stored or only listed.</summary>
    internal IReadOnlyCollection<Digest> Digests { get; }

    /// <summary>Gets the content to delete although other manifests reference it.</summary>
    internal IReadOnlyCollection<Digest> Forced { get; init; } = [];

    /// <summary>Gets the tags of the manifests to delete in a repository; null for a store.</summary>
    internal ILookup<Digest, string>? TagsByDigest { get; init; }

    /// <summary>Gets the fallback indexes that lose members but stay.</summary>
    internal IReadOnlyList<FallbackEdit> FallbackEdits { get; init; } = [];
}
