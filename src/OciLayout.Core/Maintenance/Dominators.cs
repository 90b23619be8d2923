using System;
using System.Collections.Generic;

namespace OciLayout.Maintenance;

/// <summary>
/// The dominator tree of a graph. A node dominates another if every path from the root to the other contains it: exactly the dominated
/// nodes become unreachable when the node is deleted. Uses the algorithm of Lengauer and Tarjan, "A fast algorithm for finding dominators
/// in a flowgraph" (1979), without recursion. Takes nearly linear time in the number of edges for graphs of any shape.
/// </summary>
internal sealed class Dominators
{
    private readonly DirectedGraph _graph;
    private readonly int[] _number; // depth-first number by node; -1 if unreachable from the root

    // By depth-first number: the node, and the number of its parent in the depth-first tree.
    private readonly List<int> _order = [];
    private readonly List<int> _parent = [];

    // By depth-first number, holding depth-first numbers: the semidominator, the node with the least semidominator
    // on the compressed path, and the ancestor in the forest (-1 for a root).
    private int[] _semi = [];
    private int[] _best = [];
    private int[] _ancestor = [];

    public Dominators(DirectedGraph graph, int root)
    {
        _graph = graph;
        _number = new int[graph.Count];
        for (var i = 0; i < _number.Length; i++) _number[i] = -1;
        Walk(root);
        Dominator = Find();
    }

    /// <summary>Gets the nodes reachable from the root, the root first, each after its dominator.</summary>
    public IReadOnlyList<int> Order => _order;

    /// <summary>Gets, for each position in <see cref="Order"/>, the position of the immediate dominator. The root has itself.</summary>
    public int[] Dominator { get; }

    private void Walk(int root)
    {
        var stack = new Stack<(int Node, int Next)>();
        Enter(root, 0, stack);
        while (stack.Count > 0)
        {
            var (node, next) = stack.Pop();
            var successors = _graph.Successors(node);
            while (next < successors.Length && _number[successors[next]] >= 0) next++;
            if (next == successors.Length) continue;
            stack.Push((node, next + 1));
            Enter(successors[next], _number[node], stack);
        }
    }

    private void Enter(int node, int parent, Stack<(int, int)> stack)
    {
        _number[node] = _order.Count;
        _order.Add(node);
        _parent.Add(parent);
        stack.Push((node, 0));
    }

    private int[] Find()
    {
        var count = _order.Count;
        (_semi, _best, _ancestor) = (new int[count], new int[count], new int[count]);
        for (var i = 0; i < count; i++) (_semi[i], _best[i], _ancestor[i]) = (i, i, -1);
        var above = new int[count];
        var bucket = new int[count]; // heads of linked lists by semidominator; waiting holds the next node
        var waiting = new int[count];
        for (var i = 0; i < count; i++) (bucket[i], waiting[i]) = (-1, -1);
        for (var node = count - 1; node > 0; node--)
        {
            foreach (var predecessor in _graph.Predecessors(_order[node]))
            {
                if (_number[predecessor] >= 0) _semi[node] = Math.Min(_semi[node], _semi[Evaluate(_number[predecessor])]);
            }

            (waiting[node], bucket[_semi[node]]) = (bucket[_semi[node]], node);
            var parent = _parent[node];
            _ancestor[node] = parent;
            for (var other = bucket[parent]; other >= 0; other = waiting[other])
            {
                var best = Evaluate(other);
                above[other] = _semi[best] < _semi[other] ? best : parent;
            }

            bucket[parent] = -1;
        }

        for (var node = 1; node < count; node++)
        {
            if (above[node] != _semi[node]) above[node] = above[above[node]];
        }

        return above;
    }

    // Returns the node with the least semidominator on the path to the root of its tree in the forest, and compresses this path.
    private int Evaluate(int node)
    {
        if (_ancestor[node] < 0) return node;
        var way = new Stack<int>();
        for (var on = node; _ancestor[_ancestor[on]] >= 0; on = _ancestor[on]) way.Push(on);
        while (way.Count > 0)
        {
            var on = way.Pop();
            var upper = _ancestor[on];
            if (_semi[_best[upper]] < _semi[_best[on]]) _best[on] = _best[upper];
            _ancestor[on] = _ancestor[upper];
        }

        return _best[node];
    }
}
