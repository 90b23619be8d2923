using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using OciLayout.Graph;

namespace OciLayout.Transfer;

/// <summary>The fallback indexes of a store, as they are now.</summary>
internal sealed class FallbackLists
{
    private readonly OciStore _store;
    private readonly ListedEntries _entries;
    private readonly Lazy<Dictionary<string, Descriptor>> _lists;

    public FallbackLists(OciStore store)
    {
        _store = store;
        _entries = store.State.Entries();
        _lists = new(() => store.Tags()
            .Where(t => Reference.IsFallbackTag(t.Tag!) && t.Descriptor is { Kind: ManifestKind.Index } && store.Exists(t.Digest))
            .ToDictionary(t => t.Tag!, t => t.Descriptor!, StringComparer.Ordinal));
    }

    /// <summary>Whether what is to be copied is such a list.</summary>
    public bool Is(CopyRoot root) =>
        root.Tags.Count == 1 && _entries.FallbackTagOf(root.Descriptor.Digest) == root.Tags[0];

    /// <summary>The list of a subject; null when there is none.</summary>
    public ReferrerList? Of(Digest subject, CancellationToken cancellation)
    {
        var tag = Reference.FallbackTag(subject);
        return _lists.Value.TryGetValue(tag, out var list) && _entries.IsFallback(list.Digest) ? new ReferrerList(tag, _store.GetManifest(list, cancellation)) : null;
    }

    /// <summary>What the tag has to name here to list also what a list of another store does; null when it does already. An index that has
    /// other names here keeps those, and its members are listed, too.</summary>
    public PushRequest? Merge(ReferrerList theirs, CancellationToken cancellation, out byte[] bytes)
    {
        var list = theirs.Document;
        bytes = list.Bytes.ToArray();
        var request = new PushRequest { MediaType = list.MediaType, AsManifest = true, IsCarried = true };
        if (!_lists.Value.TryGetValue(theirs.Tag, out var descriptor)) return request;
        Manifest own;
        try
        {
            own = _store.GetManifest(descriptor, cancellation);
        }
        catch (OciException)
        {
            return request; // it cannot be read, so it lists nothing
        }

        var known = new HashSet<Digest>(own.Manifests.Select(m => m.Digest));
        var more = list.Manifests.Where(m => !known.Contains(m.Digest)).ToList();
        if (more.Count == 0) return null;
        if (known.IsSubsetOf(list.Manifests.Select(m => m.Digest))) return request;
        bytes = FallbackIndex.With(own.Bytes, more);
        return new PushRequest { MediaType = own.MediaType, AsManifest = true, IsCarried = true };
    }
}
