using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using OciLayout.Graph;
using OciLayout.Model;
using OciLayout.Store;

namespace OciLayout.Transfer;

/// <summary>The fallback lists of referrers of a store. Each instance reads them once.</summary>
internal sealed class FallbackLists
{
    private readonly StoreReader _store;
    private readonly IndexSnapshot _entries;
    private readonly Lazy<Dictionary<string, Descriptor>> _lists;

    public FallbackLists(StoreReader store)
    {
        _store = store;
        _entries = store.State.Entries();
        _lists = new(() => store.GetTags()
            .Where(t => Reference.IsFallbackTag(t.Tag!) && t.Descriptor is { Kind: ManifestKind.Index } && store.Exists(t.Digest))
            .ToDictionary(t => t.Tag!, t => t.Descriptor!, StringComparer.Ordinal));
    }

    /// <summary>Returns whether a root is a fallback list.</summary>
    public bool Is(CopyRoot root) =>
        root.Tags.Count == 1 && _entries.FallbackTagOf(root.Descriptor.Digest) == root.Tags[0];

    /// <summary>Returns the fallback list of a subject; null when it has none.</summary>
    public ReferrerList? Of(Digest subject, CancellationToken cancellationToken)
    {
        var tag = Reference.FallbackTag(subject);
        return _lists.Value.TryGetValue(tag, out var list) && _entries.IsFallback(list.Digest) ? new ReferrerList(tag, _store.GetManifest(list, cancellationToken)) : null;
    }

    /// <summary>
    /// Merges a list of another store into the list of this store with the same tag. Returns the document to store under the tag; null when
    /// the list here already names all referrers. An index that has other tags here keeps them, and its members become part of the merged
    /// list.
    /// </summary>
    public PushRequest? Merge(ReferrerList theirs, CancellationToken cancellationToken, out byte[] bytes)
    {
        var list = theirs.Document;
        bytes = list.Bytes.ToArray();
        var request = new PushRequest { MediaType = list.MediaType, AsManifest = true, IsCarried = true };
        if (!_lists.Value.TryGetValue(theirs.Tag, out var descriptor)) return request;
        Manifest own;
        try
        {
            own = _store.GetManifest(descriptor, cancellationToken);
        }
        catch (OciException)
        {
            return request; // an unreadable index lists nothing
        }

        var known = new HashSet<Digest>(own.Manifests.Select(m => m.Digest));
        var more = list.Manifests.Where(m => !known.Contains(m.Digest)).ToList();
        if (more.Count == 0) return null;
        if (known.IsSubsetOf(list.Manifests.Select(m => m.Digest))) return request;
        bytes = FallbackIndex.With(own.Bytes, more);
        return new PushRequest { MediaType = own.MediaType, AsManifest = true, IsCarried = true };
    }
}
