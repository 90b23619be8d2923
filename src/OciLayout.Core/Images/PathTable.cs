using System;
using System.Collections.Generic;

namespace OciLayout.Images;

/// <summary>
/// A hash table of the keys of paths. An entry takes 9 bytes, and 13 bytes with the numbers of entries of a layer. A dictionary of the framework takes 28 bytes.
/// The keys are random, so that their lowest bits are the slot.
/// </summary>
internal sealed class PathTable
{
    private const int Smallest = 16;

    private ulong[] _keys = new ulong[Smallest]; // zero for an empty slot
    private PathMarks[] _marks = new PathMarks[Smallest];
    private int[]? _numbers;

    /// <summary>The number of paths.</summary>
    public int Count { get; private set; }

    /// <summary>Returns the slot of a path; -1 when the path is unknown.</summary>
    public int Find(ulong key)
    {
        var slot = SlotOf(key);
        return _keys[slot] == 0 ? -1 : slot;
    }

    /// <summary>Returns the slot of a path, and adds the path when it is unknown. Other slots are invalid afterwards.</summary>
    public int Add(ulong key)
    {
        var slot = SlotOf(key);
        if (_keys[slot] != 0) return slot;
        if (++Count > _keys.Length / 4 * 3)
        {
            Grow();
            slot = SlotOf(key);
        }

        _keys[slot] = NotZero(key);
        return slot;
    }

    /// <summary>
    /// Returns the slots that have a path, in an order that is spread over the whole table. In the order of the slots, the paths would fill one part of
    /// a smaller table first, and a search there would visit all of its slots.
    /// </summary>
    public IEnumerable<int> Occupied()
    {
        const uint goldenRatio = 0x9E3779B1; // odd, so the products are all slots
        for (uint i = 0; i < (uint)_keys.Length; i++)
        {
            var slot = (int)(unchecked(i * goldenRatio) & (uint)(_keys.Length - 1));
            if (_keys[slot] != 0) yield return slot;
        }
    }

    /// <summary>Returns the key in a slot.</summary>
    public ulong KeyAt(int slot) => _keys[slot];

    /// <summary>Returns the marks of the path in a slot.</summary>
    public ref PathMarks MarksAt(int slot) => ref _marks[slot];

    /// <summary>Returns the number of the last entry of the path in a slot; 0 if there is none.</summary>
    public int NumberAt(int slot) => _numbers is null ? 0 : _numbers[slot];

    /// <summary>Sets the number of the last entry of the path in a slot.</summary>
    public void SetNumber(int slot, int number) => (_numbers ??= new int[_keys.Length])[slot] = number;

    private static ulong NotZero(ulong key) => Math.Max(key, 1);

    private int SlotOf(ulong key)
    {
        key = NotZero(key);
        var slot = (int)key & (_keys.Length - 1);
        while (_keys[slot] != 0 && _keys[slot] != key) slot = (slot + 1) & (_keys.Length - 1);
        return slot;
    }

    private void Grow()
    {
        var (keys, marks, numbers) = (_keys, _marks, _numbers);
        _keys = new ulong[keys.Length * 2];
        _marks = new PathMarks[_keys.Length];
        if (numbers is not null) _numbers = new int[_keys.Length];
        for (var old = 0; old < keys.Length; old++)
        {
            if (keys[old] == 0) continue;
            var slot = SlotOf(keys[old]);
            _keys[slot] = keys[old];
            _marks[slot] = marks[old];
            if (numbers is not null) _numbers![slot] = numbers[old];
        }
    }
}
