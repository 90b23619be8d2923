using System;
using System.Collections.Generic;

namespace OciLayout.Common;

/// <summary>
/// Finds the positions of keys in a list in which a key can occur several times. The positions of a key form a chain, the last position
/// first: one number per position, instead of a list per key.
/// </summary>
/// <typeparam name="TKey">A reference type, because the code of dictionaries over reference types comes precompiled with .NET.</typeparam>
internal sealed class KeyPositions<TKey>
    where TKey : class
{
    private const int None = -1;

    private readonly Dictionary<TKey, int> _last;
    private int[] _before; // the previous position of the same key

    /// <param name="capacity">The number of positions to reserve memory for.</param>
    public KeyPositions(int capacity = 0)
    {
        _last = new(capacity);
        _before = new int[capacity];
    }

    /// <summary>Returns the last position of a key; negative if there is none.</summary>
    public int Last(TKey key) => _last.TryGetValue(key, out var last) ? last : None;

    /// <summary>Returns the previous position of the same key; negative if there is none.</summary>
    public int Before(int at) => _before[at];

    /// <summary>Adds a position that has no key yet. Takes constant time if positions are added in ascending order.</summary>
    public void Add(TKey key, int at)
    {
        if (at >= _before.Length) Array.Resize(ref _before, Math.Max(Math.Max(4, at + 1), 2 * _before.Length));
        if (_last.TryAdd(key, at))
        {
            _before[at] = None;
            return;
        }

        var last = _last[key];
        if (last < at)
        {
            _before[at] = last;
            _last[key] = at;
            return;
        }

        var after = After(at, last);
        _before[at] = _before[after];
        _before[after] = at;
    }

    /// <summary>Removes a position of a key.</summary>
    public void Remove(TKey key, int at)
    {
        var last = Last(key);
        if (last != at)
        {
            _before[After(at, last)] = _before[at];
            return;
        }

        if (_before[at] == None) _last.Remove(key);
        else _last[key] = _before[at];
    }

    // Returns the smallest position of a chain that is greater than a position.
    private int After(int at, int last)
    {
        var after = last;
        while (_before[after] > at) after = _before[after];
        return after;
    }
}
