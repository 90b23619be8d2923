using System;
using System.Collections.Generic;

namespace OciLayout.Graph;

/// <summary>
/// Which node stands on every way from the root to another one. What a node dominates is just what goes when that node goes. The method
/// is that of Lengauer and Tarjan, "A fast algorithm for finding dominators in a flowgraph" (1979), without recursion: its time grows
/// with the arrows, whatever shape a layout has.
/// </summary>
internal sealed class Dominators
{
    private readonly Arrows _arrows;
    private readonly int[] _number; // of a node, in the order of the walk; -1 when the root does not reach it
    private readonly List<int> _order = [];
    private readonly List<int> _parent = [];

    // All below is about the numbers of the walk, not of the graph.
    private int[] _semi = [];
    private int[] _best = [];
    private int[] _ancestor = [];

    public Dominators(Arrows arrows, int root)
    {
        _arrows = arrows;
        _number = new int[arrows.Count];
        for (var i = 0; i < _number.Length; i++) _number[i] = -1;
        Walk(root);
        Above = Find();
    }

    /// <summary>The nodes that the root reaches, itself first, each after the one that dominates it.</summary>
    public IReadOnlyList<int> Order => _order;

    /// <summary>For each place in <see cref="Order"/> the place of the nearest node that dominates it; the root has itself.</summary>
    public int[] Above { get; }

    private void Walk(int root)
    {
        var stack = new Stack<(int Node, int Next)>();
        Enter(root, 0, stack);
        while (stack.Count > 0)
        {
            var (node, next) = stack.Pop();
            var successors = _arrows.Successors(node);
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
        var bucket = new int[count]; // the first of those that wait for a node, and for each of them the next one
        var waiting = new int[count];
        for (var i = 0; i < count; i++) (bucket[i], waiting[i]) = (-1, -1);
        for (var node = count - 1; node > 0; node--)
        {
            foreach (var predecessor in _arrows.Predecessors(_order[node]))
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

    // The node with the least semidominator on the way up to the root of its tree; the way is shortened while it is gone.
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
