using System;
using System.Collections.Generic;

namespace OciLayout.Graph;

/// <summary>What some roots reach, as plain data: the nodes in the order in which a level-by-level walk meets them.</summary>
internal sealed class GraphSnapshot
{
    private readonly Table<NodeKey, GraphNode> _nodes;
    private readonly Func<Digest, bool>? _isOff;

    /// <param name="isOff">Content that no walk enters; null for none.</param>
    /// <param name="capacity">For how many nodes there is room before it grows.</param>
    public GraphSnapshot(Func<Digest, bool>? isOff = null, int capacity = 0)
    {
        _isOff = isOff;
        _nodes = new(capacity);
    }

    /// <summary>The version of the index that it was made of.</summary>
    public long Version { get; set; } = -1;

    /// <summary>Whether nothing was missing or unreadable, so that looking again would find the same.</summary>
    public bool IsComplete { get; private set; } = true;

    /// <summary>The nodes, parents of a level before their children.</summary>
    public IReadOnlyList<NodeKey> Order => _nodes;

    /// <summary>How much content there is, in however many ways it is read.</summary>
    public int DigestCount { get; private set; }

    public bool Contains(Digest digest) => SkipTo(_nodes.Last(digest.GetHashCode()), digest) >= 0;

    public GraphNode this[NodeKey key] => _nodes.ValueOf(key);

    public bool TryGet(NodeKey key, out GraphNode node) => _nodes.TryGetValue(key, out node);

    /// <summary>Every way in which a digest is read here.</summary>
    public IEnumerable<(NodeKey Key, GraphNode Node)> NodesOf(Digest digest)
    {
        for (var at = SkipTo(_nodes.Last(digest.GetHashCode()), digest); at >= 0; at = SkipTo(_nodes.Before(at), digest)) yield return (_nodes[at], _nodes.At(at));
    }

    /// <summary>The manifests whose pointers are not known, with the reason.</summary>
    public IEnumerable<(NodeKey Key, OciException Problem)> Problems
    {
        get
        {
            for (var place = 0; place < _nodes.Count; place++)
            {
                if (_nodes.At(place).Problem is { } problem) yield return (_nodes[place], problem);
            }
        }
    }

    /// <summary>Adds all that more roots reach.</summary>
    /// <param name="roots">The roots.</param>
    /// <param name="read">Reads nodes.</param>
    /// <param name="retry">Whether to read again what was missing or could not be read.</param>
    public void Extend(IEnumerable<NodeKey> roots, Func<IReadOnlyList<NodeKey>, GraphNode[]> read, bool retry = false)
    {
        var level = new Rows<NodeKey>();
        if (retry && !IsComplete)
        {
            for (var place = 0; place < _nodes.Count; place++)
            {
                if (_nodes.At(place).State is NodeState.Missing or NodeState.Unreadable) level.Add(_nodes[place]);
            }

            IsComplete = true;
        }

        foreach (var root in roots) Visit(root, level);
        while (level.Count > 0)
        {
            var nodes = read(level);
            var next = new Rows<NodeKey>();
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

    private void Visit(NodeKey key, Rows<NodeKey> level)
    {
        if (_nodes.Contains(key) || _isOff?.Invoke(key.Digest) == true) return;
        if (!Contains(key.Digest)) DigestCount++;
        _nodes.TryAdd(key, GraphNode.Leaf);
        if (key.Kind != ManifestKind.None) level.Add(key);
    }

    private int SkipTo(int place, Digest digest)
    {
        while (place >= 0 && _nodes[place].Digest != digest) place = _nodes.Before(place);
        return place;
    }
}
