using System;

namespace OciLayout.Common;

/// <summary>A multimap. Enumerates the items of a key from the last added to the first, as a linked list of positions.</summary>
internal sealed class Groups<TKey, TItem>
    where TKey : struct, IEquatable<TKey>
    where TItem : struct
{
    private readonly Table<TKey, int> _last = new();
    private readonly Rows<Link> _links = new();

    public int Count => _links.Count;

    public void Add(TKey key, TItem item)
    {
        _links.Add(new Link(item, Last(key)));
        _last.Set(key, _links.Count - 1);
    }

    /// <summary>Returns the position of the last item of a key; negative if it has none.</summary>
    public int Last(TKey key) => _last.TryGetValue(key, out var last) ? last : -1;

    /// <summary>Returns the position of the previous item of the same key; negative if there is none.</summary>
    public int Before(int place) => _links[place].Before;

    public TItem this[int place] => _links[place].Item;

    private readonly struct Link(TItem item, int before)
    {
        public readonly TItem Item = item;
        public readonly int Before = before;
    }
}
