using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using OciLayout.Blobs;
using OciLayout.Index;
using OciLayout.Model;

namespace OciLayout.Referrers;

/// <summary>The fallback indexes that one version of the index of a store lists. Thread-safe.</summary>
internal sealed class FallbackIndexes
{
    private readonly BlobReader _blobs;
    private readonly long _limit;

    // All fallback indexes with their tag, and the descriptors of image indexes that have a fallback tag.
    private readonly Lazy<Dictionary<DigestValue, string?>> _tags;
    private readonly Lazy<Dictionary<string, Descriptor>> _descriptors;

    public FallbackIndexes(IReadOnlyList<IndexEntry> entries, BlobReader blobs, long manifestLimit)
    {
        Entries = entries;
        _blobs = blobs;
        _limit = manifestLimit;
        _tags = new(() => FallbackIndex.TagsOf(entries));
        _descriptors = new(() => DescriptorsOf(entries));
    }

    /// <summary>The entries of the index.</summary>
    public IReadOnlyList<IndexEntry> Entries { get; }

    /// <summary>Returns whether content is a fallback index and has this tag.</summary>
    public bool Has(Digest digest, string tag) => FallbackTag.Is(tag) && TagOf(digest) == tag;

    /// <summary>Returns the fallback index of a subject; null when it has none.</summary>
    public FallbackDocument? Of(Digest subject, CancellationToken cancellationToken)
    {
        var tag = FallbackTag.Of(subject);
        return Find(tag) is { } descriptor && TagOf(descriptor.Digest) is not null ? new FallbackDocument(tag, Read(descriptor, cancellationToken)) : null;
    }

    /// <summary>
    /// Merges a fallback index of another store into the one of this store with the same tag. Returns the document to store under the tag;
    /// null when the one here already names all referrers. An index that has other tags here keeps them, and its members become part of the
    /// merged index.
    /// </summary>
    public PushRequest? Merge(FallbackDocument theirs, CancellationToken cancellationToken, out byte[] bytes)
    {
        var added = theirs.Manifest;
        bytes = added.Bytes.ToArray();
        var request = new PushRequest { MediaType = added.MediaType, AsManifest = true, IsCarried = true };
        if (Find(theirs.Tag) is not { } descriptor) return request;
        Manifest own;
        try
        {
            own = Read(descriptor, cancellationToken);
        }
        catch (OciException)
        {
            return request; // an unreadable index lists nothing
        }

        var known = new HashSet<Digest>(own.Manifests.Select(m => m.Digest));
        var more = added.Manifests.Where(m => !known.Contains(m.Digest)).ToList();
        if (more.Count == 0) return null;
        if (known.IsSubsetOf(added.Manifests.Select(m => m.Digest))) return request;
        bytes = FallbackIndex.With(own.Bytes, more);
        return new PushRequest { MediaType = own.MediaType, AsManifest = true, IsCarried = true };
    }

    // The last entry with a tag has it.
    private static Dictionary<string, Descriptor> DescriptorsOf(IReadOnlyList<IndexEntry> entries)
    {
        var last = new Dictionary<string, IndexEntry>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            if (entry.Tag is { } tag && FallbackTag.Is(tag)) last[tag] = entry;
        }

        return last.Select(t => (Tag: t.Key, new IndexListing(t.Value).Descriptor)).Where(t => t.Descriptor is { Kind: ManifestKind.Index }).ToDictionary(t => t.Tag, t => t.Descriptor!, StringComparer.Ordinal);
    }

    // Returns the descriptor of a stored image index.
    private Descriptor? Find(string tag) => _descriptors.Value.TryGetValue(tag, out var descriptor) && _blobs.Find(descriptor.Digest) is not null ? descriptor : null;

    private string? TagOf(Digest digest) => _tags.Value.TryGetValue(digest.Value, out var tag) ? tag : null;

    private Manifest Read(Descriptor descriptor, CancellationToken cancellationToken) =>
        Manifest.Parse(_blobs.ReadAll(descriptor.Digest, descriptor.Size, _limit, cancellationToken), descriptor.MediaType, descriptor.Digest.ToString());
}
