using System;
using System.Collections.Generic;

namespace OciLayout.Graph;

/// <summary>Parents before children: what is removed half-way never leaves a manifest whose content has begun to go.</summary>
internal static class RemovalOrder
{
    public static List<Digest> ParentsFirst(IEnumerable<Digest> digests, Func<Digest, IEnumerable<Digest>> successors)
    {
        var all = new Table<Digest, bool>(); // whether it was entered
        foreach (var digest in digests) all.TryAdd(digest, false);
        var result = new List<Digest>(all.Count);
        var stack = new Stack<(Digest Digest, IEnumerator<Digest> Children)>();
        foreach (var start in all)
        {
            Enter(start);
            while (stack.Count > 0)
            {
                var (digest, children) = stack.Peek();
                if (children.MoveNext())
                {
                    Enter(children.Current);
                    continue;
                }

                stack.Pop();
                children.Dispose();
                result.Add(digest);
            }
        }

        result.Reverse();
        return result;

        void Enter(Digest digest)
        {
            var place = all.PlaceOf(digest);
            if (place < 0 || all.At(place)) return;
            all.At(place) = true;
            stack.Push((digest, successors(digest).GetEnumerator()));
        }
    }
}
