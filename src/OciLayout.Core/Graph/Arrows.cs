using System;
using System.Collections.Generic;

namespace OciLayout.Graph;

/// <summary>A graph of numbers: what is counted in one of a million nodes should not cost an object each.</summary>
internal sealed class Arrows
{
    private readonly List<int> _from = [];
    private readonly List<int> _to = [];
    private (int[] Start, int[] End)? _successors;
    private (int[] Start, int[] End)? _predecessors;

    /// <summary>How many nodes there are; they are numbered from 0.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a node and returns its number.</summary>
    public int AddNode() => Count++;

    /// <summary>Adds an arrow; twice the same one does no harm. Before anything is asked.</summary>
    public void Add(int from, int to)
    {
        _from.Add(from);
        _to.Add(to);
    }

    /// <summary>Where the arrows of a node lead.</summary>
    public ReadOnlySpan<int> Successors(int node) => Slice(_successors ??= Sort(_from, _to), node);

    /// <summary>From where arrows lead to a node.</summary>
    public ReadOnlySpan<int> Predecessors(int node) => Slice(_predecessors ??= Sort(_to, _from), node);

    private static ReadOnlySpan<int> Slice((int[] Start, int[] End) sorted, int node) =>
        sorted.End.AsSpan(sorted.Start[node], sorted.Start[node + 1] - sorted.Start[node]);

    // One array holds the other ends of all arrows, those of a node beside each other; a second one says where they begin.
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
