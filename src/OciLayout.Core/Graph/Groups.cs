using System;

namespace OciLayout.Graph;

/// <summary>Items by a key that several may have, the last one first.</summary>
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

    /// <summary>The place of the last item of a key; negative when it has none.</summary>
    public int Last(TKey key) => _last.TryGetValue(key, out var last) ? last : -1;

    /// <summary>The place of the one before it; negative when there is none.</summary>
    public int Before(int place) => _links[place].Before;

    public TItem this[int place] => _links[place].Item;

    private readonly struct Link(TItem item, int before)
    {
        public readonly TItem Item = item;
        public readonly int Before = before;
    }
}
