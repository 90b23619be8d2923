using System;
using System.Collections;
using System.Collections.Generic;

namespace OciLayout.Graph;

/// <summary>A list, and a stack, of our own structs, for the same reason as <see cref="Table{TKey, TValue}"/>: it comes compiled with the module.</summary>
internal sealed class Rows<T> : IReadOnlyList<T>
    where T : struct
{
    private T[] _items;

    /// <param name="capacity">For how many items there is room before it grows.</param>
    public Rows(int capacity = 0) => _items = new T[Math.Max(4, capacity)];

    public int Count { get; private set; }

    public T this[int place] => _items[place];

    public void Add(T item)
    {
        if (Count == _items.Length)
        {
            var items = new T[2 * Count];
            Array.Copy(_items, items, Count);
            _items = items;
        }

        _items[Count++] = item;
    }

    /// <summary>An item, to be changed where it is; good until another one comes.</summary>
    public ref T At(int place) => ref _items[place];

    /// <summary>Takes the last item away.</summary>
    public T Pop() => _items[--Count];

    public IEnumerator<T> GetEnumerator()
    {
        for (var place = 0; place < Count; place++) yield return _items[place];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
