using System;
using System.Collections;
using System.Collections.Generic;

namespace OciLayout.Common;

/// <summary>
/// A map that keeps its keys in insertion order. Keys cannot be removed. Used instead of <c>Dictionary</c>, whose instances over our
/// structs cannot be precompiled, so that every process compiles them again; this type is precompiled with the module.
/// </summary>
internal sealed class Table<TKey, TValue> : IReadOnlyList<TKey>
    where TKey : struct, IEquatable<TKey>
{
    private readonly HashChains _places;
    private TKey[] _keys;
    private TValue[] _values;

    /// <param name="capacity">The number of keys to reserve memory for.</param>
    public Table(int capacity = 0)
    {
        _places = new HashChains(capacity);
        _keys = new TKey[Math.Max(4, capacity)];
        _values = new TValue[_keys.Length];
    }

    public int Count { get; private set; }

    /// <summary>Gets the key at a position.</summary>
    public TKey this[int place] => _keys[place];

    /// <summary>Returns a reference to the value at a position. It is valid until the next key is added.</summary>
    public ref TValue At(int place) => ref _values[place];

    /// <summary>Returns the position of a key; negative if there is none.</summary>
    public int PlaceOf(TKey key)
    {
        var place = Last(key.GetHashCode());
        while (place >= 0 && !_keys[place].Equals(key)) place = Before(place);
        return place;
    }

    /// <summary>Returns the position of the last key with a hash; negative if there is none.</summary>
    public int Last(int hash) => _places.Last(hash);

    /// <summary>Returns the position of the previous key with the same hash; negative if there is none.</summary>
    public int Before(int place) => _places.Before(place);

    public bool Contains(TKey key) => PlaceOf(key) >= 0;

    public bool TryGetValue(TKey key, out TValue value)
    {
        var place = PlaceOf(key);
        value = place < 0 ? default! : _values[place];
        return place >= 0;
    }

    /// <summary>Returns the value of a key that must exist.</summary>
    public TValue ValueOf(TKey key) => _values[PlaceOf(key)];

    /// <summary>Adds a key. Returns false and changes nothing if the key exists.</summary>
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

    /// <summary>Adds a key, or replaces the value of an existing key.</summary>
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
