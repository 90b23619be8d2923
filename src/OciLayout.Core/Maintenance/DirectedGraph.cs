using System;
using System.Collections.Generic;

namespace OciLayout.Maintenance;

/// <summary>
/// A directed graph of numbered nodes. Stores edges in arrays, because an object for each of a million nodes would cost too much memory.
/// </summary>
internal sealed class DirectedGraph
{
    private readonly List<int> _from = [];
    private readonly List<int> _to = [];

    // Built on the first query. From then on the graph cannot change.
    private (int[] Start, int[] End)? _successors;
    private (int[] Start, int[] End)? _predecessors;

    /// <summary>Gets the number of nodes. Nodes are numbered from 0.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a node and returns its number.</summary>
    public int AddNode()
    {
        RequireUnsorted();
        return Count++;
    }

    /// <summary>Adds an edge. Duplicate edges are allowed. Must be called before the first query.</summary>
    public void Add(int from, int to)
    {
        RequireUnsorted();
        _from.Add(from);
        _to.Add(to);
    }

    /// <summary>Returns the nodes that a node has an edge to.</summary>
    public ReadOnlySpan<int> Successors(int node) => Slice(_successors ??= Sort(_from, _to), node);

    /// <summary>Returns the nodes that have an edge to a node.</summary>
    public ReadOnlySpan<int> Predecessors(int node) => Slice(_predecessors ??= Sort(_to, _from), node);

    private void RequireUnsorted()
    {
        if (_successors is not null || _predecessors is not null) throw new InvalidOperationException("The graph was queried already.");
    }

    private static ReadOnlySpan<int> Slice((int[] Start, int[] End) sorted, int node) =>
        sorted.End.AsSpan(sorted.Start[node], sorted.Start[node + 1] - sorted.Start[node]);

    // Sorts the other ends of all edges by node into one array. The second array holds the offset of each node's first edge.
    private (int[] Start, int[] End) Sort(List<int> by, List<int> ends)
    {
        var start = new int[Count + 1];
        foreach (var node in by) start[node + 1]++;
        for (var i = 0; i < Count; i++) start[i + 1] += start[i];
        var next = start.AsSpan(0, Count).ToArray();
        var sorted = new int[ends.Count];
        for (var i = 0; i < ends.Count; i++) sorted[next[by[i]]++] = ends[i];
        return (start, sorted);
    }
}
