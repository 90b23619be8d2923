using System;
using System.Collections.Generic;
using OciLayout.Common;
using OciLayout.Model;

namespace OciLayout.Planning;

/// <summary>
/// Orders content for deletion, parents before children. An interrupted deletion thus never leaves a manifest with missing children.
/// Content of the same rank has no references to each other, so it can be deleted in any order or in parallel.
/// </summary>
internal static class RemovalOrder
{
    /// <summary>Returns the digests in the order of deletion, with their ranks.</summary>
    /// <param name="digests">The digests to delete.</param>
    /// <param name="pointersOf">The function that returns the references of a digest.</param>
    public static Rows<Ranked> ParentsFirst(IReadOnlyCollection<Digest> digests, Func<Digest, Edge[]> pointersOf)
    {
        var all = new Table<Digest, int>(digests.Count); // the number of references from digests that are not in the result yet
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
                // Breaks a cycle, which requires a hash collision, at its first member in the input.
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
