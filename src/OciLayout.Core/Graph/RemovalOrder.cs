using System;
using System.Collections.Generic;

namespace OciLayout.Graph;

/// <summary>Parents before children: what is removed half-way never leaves a manifest whose content has begun to go.</summary>
internal static class RemovalOrder
{
    public static List<Digest> ParentsFirst(IEnumerable<Digest> digests, Func<Digest, IEnumerable<Digest>> successors)
    {
        var all = new HashSet<Digest>(digests);
        var state = new Dictionary<Digest, bool>(all.Count); // false: on the way, true: done
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
                    if (all.Contains(children.Current)) Enter(children.Current);
                    continue;
                }

                stack.Pop();
                children.Dispose();
                state[digest] = true;
                result.Add(digest);
            }
        }

        result.Reverse();
        return result;

        void Enter(Digest digest)
        {
            if (state.ContainsKey(digest)) return;
            state.Add(digest, false);
            stack.Push((digest, successors(digest).GetEnumerator()));
        }
    }
}
