using System;
using System.Collections;
using System.Collections.Generic;
using OciLayout.Storage;

namespace OciLayout.Graph;

/// <summary>
/// A map from which nothing is removed, and the list of its keys in the order in which they came. The framework's maps over our own structs
/// are compiled by each process anew, and slow until that was done twice; this one comes compiled with the module.
/// </summary>
internal sealed class Table<TKey, TValue> : IReadOnlyList<TKey>
    where TKey : struct, IEquatable<TKey>
{
    private readonly PlaceMap _places;
    private TKey[] _keys;
    private TValue[] _values;

    /// <param name="capacity">For how many keys there is room before it grows.</param>
    public Table(int capacity = 0)
    {
        _places = new PlaceMap(capacity);
        _keys = new TKey[Math.Max(4, capacity)];
        _values = new TValue[_keys.Length];
    }

    public int Count { get; private set; }

    /// <summary>A key, by its place.</summary>
    public TKey this[int place] => _keys[place];

    /// <summary>The value of a key, by its place; good until another key comes.</summary>
    public ref TValue At(int place) => ref _values[place];

    /// <summary>The place of a key; negative when it is not there.</summary>
    public int PlaceOf(TKey key)
    {
        var place = Last(key.GetHashCode());
        while (place >= 0 && !_keys[place].Equals(key)) place = Before(place);
        return place;
    }

    /// <summary>The last place of a key with a hash; negative when there is none.</summary>
    public int Last(int hash) => _places.Last(hash);

    /// <summary>The one before it with the same hash; negative when there is none.</summary>
    public int Before(int place) => _places.Before(place);

    public bool Contains(TKey key) => PlaceOf(key) >= 0;

    public bool TryGetValue(TKey key, out TValue value)
    {
        var place = PlaceOf(key);
        value = place < 0 ? default! : _values[place];
        return place >= 0;
    }

    /// <summary>The value of a key that is there.</summary>
    public TValue ValueOf(TKey key) => _values[PlaceOf(key)];

    /// <summary>Adds a key; false when it is there.</summary>
    public bool TryAdd(TKey key, TValue value)
    {
        if (Contains(key)) return false;
        if (Count == _keys.Length)
        {
            var (keys, values) = (new TKey[2 * Count], new TValue[2 * Count]);
            Array.Copy(_keys, keys, Count);
            Array.Copy(_values, values, Count);
            (_keys, _values) = (keys, values);
        }

        (_keys[Count], _values[Count]) = (key, value);
        _places.Add(key.GetHashCode(), Count++);
        return true;
    }

    /// <summary>Sets the value of a key, whether it is there or not.</summary>
    public void Set(TKey key, TValue value)
    {
        if (!TryAdd(key, value)) _values[PlaceOf(key)] = value;
    }

    public IEnumerator<TKey> GetEnumerator()
    {
        for (var place = 0; place < Count; place++) yield return _keys[place];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
