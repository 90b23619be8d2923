using System;

namespace OciLayout.Storage;

/// <summary>
/// Where the entries of a table are, by a hash of what is asked for: a chain of places for every hash, the last place first. Keys are not
/// kept, so that a place costs a few bytes and nothing is allocated for it; whoever asks compares what lies there.
/// </summary>
internal sealed class PlaceMap
{
    /// <summary>What <see cref="Link.Previous"/> says of the first of a chain; zero says that a place is in none.</summary>
    private const int Head = -1;

    private Link[] _links;
    private int[] _heads;

    /// <summary>Makes an empty map.</summary>
    /// <param name="capacity">For how many places there is room before it grows.</param>
    public PlaceMap(int capacity)
    {
        _links = new Link[Math.Max(4, capacity)];
        _heads = new int[SizeFor(_links.Length)];
    }

    /// <summary>The last place that was added with a hash; negative when there is none.</summary>
    public int Last(int hash) => Find(HeadOf(hash) - 1, hash);

    /// <summary>The place before it that was added with the same hash; negative when there is none.</summary>
    public int Before(int place) => Find(_links[place].Next - 1, _links[place].Hash);

    /// <summary>Adds a place that is not in the map. Those that come in ascending order, as in a file, cost the same each.</summary>
    public void Add(int hash, int place)
    {
        if (place >= _links.Length) Grow(place + 1);
        Insert(hash, place);
    }

    /// <summary>Removes a place; one that is not in the map is none to remove.</summary>
    public void Remove(int place)
    {
        if (place >= _links.Length || _links[place] is not { Previous: not 0 } link) return;
        if (link.Previous == Head) HeadOf(link.Hash) = link.Next;
        else _links[link.Previous - 1].Next = link.Next;
        if (link.Next > 0) _links[link.Next - 1].Previous = link.Previous;
        _links[place] = default;
    }

    private ref int HeadOf(int hash) => ref _heads[hash & (_heads.Length - 1)];

    // Several hashes share a chain.
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

    /// <summary>A place in its chain; other places are counted from one, so that zero is none.</summary>
    private struct Link
    {
        public int Hash;
        public int Next;
        public int Previous;
    }
}
