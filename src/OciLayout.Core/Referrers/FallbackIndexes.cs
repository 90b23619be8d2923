using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using OciLayout.Blobs;
using OciLayout.Index;
using OciLayout.Model;

namespace OciLayout.Referrers;

/// <summary>The fallback indexes of a store. Each instance reads the index of the store once.</summary>
internal sealed class FallbackIndexes
{
    private readonly BlobReader _blobs;
    private readonly long _limit;

    // All fallback indexes with their tag, and the descriptors of image indexes that are stored and have a fallback tag.
    private readonly Lazy<Dictionary<DigestValue, string?>> _tags;
    private readonly Lazy<Dictionary<string, Descriptor>> _descriptors;

    public FallbackIndexes(IndexFile index, BlobReader blobs, long manifestLimit)
    {
        _blobs = blobs;
        _limit = manifestLimit;
        _tags = new(() => FallbackIndex.TagsOf(index.Read(table => table.ToList())));
        _descriptors = new(() => IndexListing.OfTags(index.Read(table => table.Tagged()), null)
            .Where(t => FallbackTag.Is(t.Tag!) && t.Descriptor is { Kind: ManifestKind.Index } && blobs.Find(t.Digest) is not null)
            .ToDictionary(t => t.Tag!, t => t.Descriptor!, StringComparer.Ordinal));
    }

    /// <summary>Returns whether content is a fallback index and has this tag.</summary>
    public bool Has(Digest digest, string tag) => FallbackTag.Is(tag) && TagOf(digest) == tag;

    /// <summary>Returns the fallback index of a subject; null when it has none.</summary>
    public FallbackDocument? Of(Digest subject, CancellationToken cancellationToken)
    {
        var tag = FallbackTag.Of(subject);
        return _descriptors.Value.TryGetValue(tag, out var descriptor) && TagOf(descriptor.Digest) is not null ? new FallbackDocument(tag, Read(descriptor, cancellationToken)) : null;
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
        if (!_descriptors.Value.TryGetValue(theirs.Tag, out var descriptor)) return request;
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

    private string? TagOf(Digest digest) => _tags.Value.TryGetValue(digest.Value, out var tag) ? tag : null;

    private Manifest Read(Descriptor descriptor, CancellationToken cancellationToken) =>
        Manifest.Parse(_blobs.ReadAll(descriptor.Digest, descriptor.Size, _limit, cancellationToken), descriptor.MediaType, descriptor.Digest.ToString());
}
