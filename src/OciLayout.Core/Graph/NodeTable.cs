using System;
using System.Collections;
using System.Collections.Generic;
using OciLayout.Common;
using OciLayout.Model;

namespace OciLayout.Graph;

/// <summary>
/// A map from nodes to values that keeps its keys in insertion order. Keys cannot be removed. A <c>Dictionary</c> over a struct such as
/// <see cref="NodeKey"/> is compiled by each process, and so is a <c>List</c>; this class comes precompiled (rows
/// <c>predecessors-first</c> and <c>referrers-10000</c> of docs/performance.md).
/// </summary>
internal sealed class NodeTable<TValue>(int capacity = 0) : IReadOnlyList<NodeKey>
{
    private readonly KeyPositions<DigestValue> _places = new(capacity);
    private NodeKey[] _keys = new NodeKey[capacity];
    private TValue[] _values = new TValue[capacity];

    public int Count { get; private set; }

    /// <summary>Gets the key at a position.</summary>
    public NodeKey this[int place] => _keys[place];

    /// <summary>Returns the value at a position.</summary>
    public TValue ValueAt(int place) => _values[place];

    /// <summary>Replaces the value at a position.</summary>
    public void SetAt(int place, TValue value) => _values[place] = value;

    /// <summary>Returns the position of the last key with a digest; negative if there is none.</summary>
    public int Last(Digest digest) => _places.Last(digest.Value);

    /// <summary>Returns the position of the previous key with the same digest; negative if there is none.</summary>
    public int Before(int place) => _places.Before(place);

    public bool Contains(NodeKey key) => PlaceOf(key) >= 0;

    public bool TryGetValue(NodeKey key, out TValue value)
    {
        var place = PlaceOf(key);
        value = place < 0 ? default! : _values[place];
        return place >= 0;
    }

    /// <summary>Returns the value of a key that must exist.</summary>
    public TValue ValueOf(NodeKey key) => _values[PlaceOf(key)];

    /// <summary>Adds a key that is not in the map.</summary>
    public void Add(NodeKey key, TValue value)
    {
        if (Count == _keys.Length)
        {
            var (keys, values) = (new NodeKey[Math.Max(4, 2 * Count)], new TValue[Math.Max(4, 2 * Count)]);
            Array.Copy(_keys, keys, Count);
            Array.Copy(_values, values, Count);
            (_keys, _values) = (keys, values);
        }

        (_keys[Count], _values[Count]) = (key, value);
        _places.Add(key.Digest.Value, Count++);
    }

    /// <summary>Adds a key. Returns false and changes nothing if the key exists.</summary>
    public bool TryAdd(NodeKey key, TValue value)
    {
        if (Contains(key)) return false;
        Add(key, value);
        return true;
    }

    /// <summary>Adds a key, or replaces the value of an existing key.</summary>
    public void Set(NodeKey key, TValue value)
    {
        var place = PlaceOf(key);
        if (place >= 0) _values[place] = value;
        else Add(key, value);
    }

    public IEnumerator<NodeKey> GetEnumerator()
    {
        for (var place = 0; place < Count; place++) yield return _keys[place];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int PlaceOf(NodeKey key)
    {
        var place = Last(key.Digest);
        while (place >= 0 && _keys[place].Kind != key.Kind) place = Before(place);
        return place;
    }
}
