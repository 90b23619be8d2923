using System.Collections.Generic;
using OciLayout.Model;

namespace OciLayout.Graph;

/// <summary>
/// The references to each digest, in the order in which they were added. The references to one digest form a ring, so that both the first
/// and the last one are found from one position. Not thread-safe: <see cref="PredecessorIndex"/> calls it under its lock.
/// </summary>
internal sealed class ReverseEdges(int capacity)
{
    private readonly List<ReverseEdge> _edges = [];
    private readonly Dictionary<DigestValue, int> _last = new(capacity);
    private int _nodes; // nodes whose references were added

    public ReverseEdge this[int position] => _edges[position];

    /// <summary>Returns the position of the last reference to a digest; negative if there is none.</summary>
    public int LastOf(Digest digest) => _last.TryGetValue(digest.Value, out var last) ? last : -1;

    /// <summary>Adds the references of the nodes that are new in a table.</summary>
    public void AddNew(NodeTable<ManifestNode> nodes)
    {
        for (; _nodes < nodes.Count; _nodes++) Add(nodes[_nodes], nodes.ValueAt(_nodes));
    }

    private void Add(NodeKey key, ManifestNode node)
    {
        foreach (var edge in node.Edges)
        {
            var (at, first) = (_edges.Count, _edges.Count);
            if (_last.TryGetValue(edge.Digest.Value, out var last))
            {
                first = _edges[last].Next;
                _edges[last] = _edges[last] with { Next = at };
            }

            _last[edge.Digest.Value] = at;
            _edges.Add(new ReverseEdge(key, edge.Role, edge.Kind, first));
        }
    }
}
