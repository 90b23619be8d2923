using System;
using System.Collections.Generic;
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
    /// <param name="edgesOf">The function that returns the references of a digest.</param>
    public static Ranked[] ParentsFirst(IReadOnlyCollection<Digest> digests, Func<Digest, Edge[]> edgesOf)
    {
        var all = new List<Digest>(digests.Count);
        var placeOf = new Dictionary<DigestValue, int>(digests.Count);
        foreach (var digest in digests)
        {
            if (placeOf.ContainsKey(digest.Value)) continue;
            placeOf.Add(digest.Value, all.Count);
            all.Add(digest);
        }

        var parents = new int[all.Count]; // the number of references from digests that are not in the result yet
        var edges = new Edge[all.Count][];
        for (var place = 0; place < all.Count; place++)
        {
            edges[place] = edgesOf(all[place]);
            foreach (var edge in edges[place])
            {
                if (placeOf.TryGetValue(edge.Digest.Value, out var child)) parents[child]++;
            }
        }

        var places = new int[all.Count];
        var found = 0;
        for (var place = 0; place < all.Count; place++)
        {
            if (parents[place] == 0) places[found++] = place;
        }

        var result = new Ranked[all.Count];
        var done = 0;
        for (var (rank, end, start) = (0, found, 0); done < result.Length; (rank, end) = (rank + 1, found))
        {
            if (end == done)
            {
                // Breaks a cycle, which requires a hash collision, at its first member in the input.
                while (parents[start] <= 0) start++;
                parents[start] = 0;
                places[found++] = start;
                end = found;
            }

            while (done < end)
            {
                var place = places[done];
                result[done++] = new Ranked(all[place], rank);
                foreach (var edge in edges[place])
                {
                    if (placeOf.TryGetValue(edge.Digest.Value, out var child) && --parents[child] == 0) places[found++] = child;
                }
            }
        }

        return result;
    }
}
