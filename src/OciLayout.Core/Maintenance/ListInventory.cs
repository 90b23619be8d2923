using System;
using System.Collections.Generic;

namespace OciLayout.Maintenance;

/// <summary>A content list as one of two compared sides.</summary>
internal sealed class ListInventory : IContentInventory
{
    private readonly Dictionary<string, Descriptor> _tags = new(StringComparer.Ordinal);
    private readonly Dictionary<Digest, InventoryItem> _content = [];
    private readonly HashSet<Digest> _below;

    /// <param name="list">The list.</param>
    /// <param name="below">The function of the other side that returns the content below the listed digests.</param>
    public ListInventory(ContentList list, Func<IEnumerable<Digest>, HashSet<Digest>> below)
    {
        foreach (var (digest, tag, size, mediaType) in list.Notes)
        {
            if (tag is { Length: > 0 }) _tags[tag] = new Descriptor(mediaType ?? "", digest, Math.Max(0, size ?? 0));
            _content.TryGetValue(digest, out var known);
            _content[digest] = new InventoryItem(size ?? known.Size, mediaType ?? known.MediaType, known.IsManifest || MediaTypes.IsManifest(mediaType));
        }

        _below = below(_content.Keys);
    }

    // A list without any tag says nothing about tags.
    public IReadOnlyDictionary<string, Descriptor>? Tags => _tags.Count > 0 ? _tags : null;

    public IReadOnlyDictionary<Digest, InventoryItem> Content => _content;

    public bool Has(Digest digest) => _content.ContainsKey(digest) || _below.Contains(digest);

    public long? SizeBelow(Descriptor root, Func<Digest, bool> there) => null;
}
