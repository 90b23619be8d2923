using System;
using System.Collections.Generic;

namespace OciLayout.Graph;

/// <summary>Parents before children: what is removed half-way never leaves a manifest whose content has begun to go.</summary>
internal static class RemovalOrder
{
    /// <param name="digests">What goes.</param>
    /// <param name="pointersOf">What each of it points at.</param>
    public static Digest[] ParentsFirst(IEnumerable<Digest> digests, Func<Digest, Edge[]> pointersOf)
    {
        var all = new Table<Digest, bool>(); // whether it was entered
        foreach (var digest in digests) all.TryAdd(digest, false);
        var result = new Digest[all.Count];
        var left = all.Count; // it is filled from its end
        var stack = new Rows<Step>();
        for (var start = 0; start < all.Count; start++)
        {
            Enter(start);
            while (stack.Count > 0)
            {
                ref var step = ref stack.At(stack.Count - 1);
                if (step.Next < step.Pointers.Length)
                {
                    Enter(all.PlaceOf(step.Pointers[step.Next++].Digest));
                    continue;
                }

                result[--left] = all[stack.Pop().Place];
            }
        }

        return result;

        void Enter(int place)
        {
            if (place < 0 || all.At(place)) return;
            all.At(place) = true;
            stack.Add(new Step(place, pointersOf(all[place])));
        }
    }

    private struct Step(int place, Edge[] pointers)
    {
        public readonly int Place = place;
        public readonly Edge[] Pointers = pointers;
        public int Next;
    }
}
