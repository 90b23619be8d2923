using System;

namespace OciLayout.Common;

/// <summary>
/// Maps hash codes to positions in a table. Each hash code has a chain of positions, the last position first. The keys are not stored, so
/// an entry needs only a few bytes and no allocation. The caller compares the keys.
/// </summary>
internal sealed class HashChains
{
    /// <summary>
    /// The value of <see cref="Link.Previous"/> for the first position of a chain. The value is 0 for an unused position.
    /// </summary>
    private const int Head = -1;

    private Link[] _links;
    private int[] _heads;

    /// <summary>Creates an empty map.</summary>
    /// <param name="capacity">The number of positions that fit before the map grows.</param>
    public HashChains(int capacity)
    {
        _links = new Link[Math.Max(4, capacity)];
        _heads = new int[SizeFor(_links.Length)];
    }

    /// <summary>Returns the last position with a hash code; negative if there is none.</summary>
    public int Last(int hash) => Find(HeadOf(hash) - 1, hash);

    /// <summary>Returns the previous position with the same hash code; negative if there is none.</summary>
    public int Before(int place) => Find(_links[place].Next - 1, _links[place].Hash);

    /// <summary>
    /// Adds a position that is not in the map. Takes constant time if positions are added in ascending order, as from a file.
    /// </summary>
    public void Add(int hash, int place)
    {
        if (place >= _links.Length) Grow(place + 1);
        Insert(hash, place);
    }

    /// <summary>Removes a position. Does nothing if it is not in the map.</summary>
    public void Remove(int place)
    {
        if (place >= _links.Length || _links[place] is not { Previous: not 0 } link) return;
        if (link.Previous == Head) HeadOf(link.Hash) = link.Next;
        else _links[link.Previous - 1].Next = link.Next;
        if (link.Next > 0) _links[link.Next - 1].Previous = link.Previous;
        _links[place] = default;
    }

    private ref int HeadOf(int hash) => ref _heads[hash & (_heads.Length - 1)];

    // A chain can contain several hash codes.
    private int Find(int place, int hash)
    {
        while (place >= 0 && _links[place].Hash != hash) place = _links[place].Next - 1;
        return place;
    }

    private void Insert(int hash, int place)
    {
        ref var head = ref HeadOf(hash);
        int after = head - 1, before = -1;
        while (after > place) (before, after) = (after, _links[after].Next - 1);
        _links[place] = new Link { Hash = hash, Next = after + 1, Previous = before < 0 ? Head : before + 1 };
        if (after >= 0) _links[after].Previous = place + 1;
        if (before < 0) head = place + 1;
        else _links[before].Next = place + 1;
    }

    private void Grow(int count)
    {
        var old = _links;
        _links = new Link[Math.Max(count, 2 * old.Length)];
        _heads = new int[SizeFor(_links.Length)];
        for (var place = 0; place < old.Length; place++)
        {
            if (old[place].Previous != 0) Insert(old[place].Hash, place);
        }
    }

    private static int SizeFor(int count)
    {
        var size = 4;
        while (size < count && size < 1 << 30) size *= 2;
        return size;
    }

    /// <summary>A position in its chain. References to other positions are one-based, so that 0 means none.</summary>
    private struct Link
    {
        public int Hash;
        public int Next;
        public int Previous;
    }
}
