using System;
using System.Collections.Generic;
using OciLayout.Model;

namespace OciLayout.Graph;

/// <summary>
/// The nodes that are reachable from some roots, in breadth-first order. Grows when <see cref="Extend"/> adds roots, and never shrinks.
/// Reading it is thread-safe, except during <see cref="Extend"/>.
/// </summary>
internal sealed class ReachableSet
{
    // All visited nodes, in breadth-first order. A node has the value Leaf from its visit until Extend has read it.
    private readonly NodeTable<ManifestNode> _nodes;

    /// <param name="capacity">The number of nodes to reserve memory for.</param>
    public ReachableSet(int capacity = 0)
    {
        _nodes = new(capacity);
    }

    /// <summary>Gets the version of the index whose entries are the roots; -1 if the roots are others.</summary>
    public long Version { get; init; } = -1;

    /// <summary>Gets whether every node was readable. If not, reading it again may give another result.</summary>
    public bool IsComplete { get; private set; } = true;

    /// <summary>Gets the nodes in breadth-first order.</summary>
    public IReadOnlyList<NodeKey> Order => _nodes;

    /// <summary>Gets the number of distinct digests. A digest that is read as several kinds counts once.</summary>
    public int DigestCount { get; private set; }

    public bool Contains(Digest digest) => _nodes.Last(digest) >= 0;

    public ManifestNode this[NodeKey key] => _nodes.ValueOf(key);

    public bool TryGet(NodeKey key, out ManifestNode node) => _nodes.TryGetValue(key, out node);

    /// <summary>Returns the nodes of a digest, one for each kind that it is read as.</summary>
    public IEnumerable<(NodeKey Key, ManifestNode Node)> NodesOf(Digest digest)
    {
        for (var at = _nodes.Last(digest); at >= 0; at = _nodes.Before(at)) yield return (_nodes[at], _nodes.ValueAt(at));
    }

    /// <summary>Gets the manifests whose references are unknown, with the reason.</summary>
    public IEnumerable<(NodeKey Key, OciException Problem)> Problems
    {
        get
        {
            for (var place = 0; place < _nodes.Count; place++)
            {
                if (_nodes.ValueAt(place).Problem is { } problem) yield return (_nodes[place], problem);
            }
        }
    }

    /// <summary>Adds everything reachable from more roots.</summary>
    /// <param name="roots">The roots.</param>
    /// <param name="read">Reads nodes.</param>
    /// <param name="retry">Whether to read missing and unreadable content again.</param>
    public void Extend(IEnumerable<NodeKey> roots, Func<IReadOnlyList<NodeKey>, ManifestNode[]> read, bool retry = false)
    {
        var level = new List<NodeKey>();
        if (retry && !IsComplete)
        {
            for (var place = 0; place < _nodes.Count; place++)
            {
                if (_nodes.ValueAt(place).State is NodeState.Missing or NodeState.Unreadable) level.Add(_nodes[place]);
            }

            IsComplete = true;
        }

        foreach (var root in roots) Visit(root, level);
        while (level.Count > 0)
        {
            var nodes = read(level);
            var next = new List<NodeKey>();
            for (var i = 0; i < level.Count; i++)
            {
                var node = nodes[i];
                _nodes.Set(level[i], node);
                if (node.State is NodeState.Missing or NodeState.Unreadable) IsComplete = false;
                foreach (var edge in node.Edges) Visit(edge.Target, next);
            }

            level = next;
        }
    }

    private void Visit(NodeKey key, List<NodeKey> level)
    {
        if (_nodes.Contains(key)) return;
        if (!Contains(key.Digest)) DigestCount++;
        _nodes.Add(key, ManifestNode.Leaf);
        if (key.Kind != ManifestKind.None) level.Add(key);
    }
}
