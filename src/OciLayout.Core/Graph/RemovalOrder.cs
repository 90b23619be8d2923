using System;
using System.Collections.Generic;

namespace OciLayout.Graph;

/// <summary>
/// Parents before children: what is removed half-way never leaves a manifest whose content has begun to go. What has the same rank points
/// at nothing of that rank, so that it may go in any order, or at once.
/// </summary>
internal static class RemovalOrder
{
    /// <param name="digests">What goes.</param>
    /// <param name="pointersOf">What each of it points at.</param>
    public static Rows<Ranked> ParentsFirst(IReadOnlyCollection<Digest> digests, Func<Digest, Edge[]> pointersOf)
    {
        var all = new Table<Digest, int>(digests.Count); // how many pointers from what did not come yet lead to it
        foreach (var digest in digests) all.TryAdd(digest, 0);
        var pointers = new Edge[all.Count][];
        for (var place = 0; place < all.Count; place++)
        {
            pointers[place] = pointersOf(all[place]);
            foreach (var pointer in pointers[place])
            {
                if (all.PlaceOf(pointer.Digest) is >= 0 and var child) all.At(child)++;
            }
        }

        var places = new int[all.Count];
        var found = 0;
        for (var place = 0; place < all.Count; place++)
        {
            if (all.At(place) == 0) places[found++] = place;
        }

        var result = new Rows<Ranked>();
        for (var (rank, end, start) = (0, found, 0); result.Count < all.Count; (rank, end) = (rank + 1, found))
        {
            if (end == result.Count)
            {
                // A loop, which only a broken hash allows, is cut where it is met.
                while (all.At(start) <= 0) start++;
                all.At(start) = 0;
                places[found++] = start;
                end = found;
            }

            while (result.Count < end)
            {
                var place = places[result.Count];
                result.Add(new Ranked(all[place], rank));
                foreach (var pointer in pointers[place])
                {
                    if (all.PlaceOf(pointer.Digest) is >= 0 and var child && --all.At(child) == 0) places[found++] = child;
                }
            }
        }

        return result;
    }
}

/// <summary>Something that goes, and when: a higher rank goes later.</summary>
internal readonly record struct Ranked(Digest Digest, int Rank);
