using System;
using System.Collections.Generic;
using OciLayout.Model;

namespace OciLayout.Graph;

/// <summary>
/// The manifests read so far, with the references to their content. Grows with the index and is not rebuilt when the index changes. It
/// cannot become wrong, because content never changes under its digest. Each query checks whether a manifest is still reachable from the
/// index and whether its file exists. Thread-safe.
/// </summary>
internal sealed class PredecessorIndex
{
    private const int Slack = 4096;
    private const int MaxScans = 8;

    private readonly object _sync = new();

    // Holds only nodes in the state Read, in the order in which they were read. Nodes are never removed.
    private NodeTable<ManifestNode> _nodes = new();

    // After a completion: holds every manifest that is listed or referenced by a node but is not in _nodes. Each completion reads it again,
    // because it may arrive or be repaired. The value is the problem found last; null if the content was missing or was not read yet.
    private Dictionary<NodeKey, OciException?>? _unread;

    private ReverseEdges? _reverseEdges; // of some first nodes; null until it pays to build them
    private int _scans; // queries that scanned all nodes
    private long _version = -1; // of the index that was completed last
    private int _trimmedTo; // nodes left by the trim that made this graph
    private int _listed; // index entries at that trim, or else at the first completion

    /// <summary>Reads the reachable manifests that are not known yet. Tries missing and unreadable manifests again.</summary>
    /// <param name="entries">The entries of the index.</param>
    /// <param name="extraRoot">A root that the index need not list.</param>
    /// <param name="read">Reads the nodes of a list from a position to its end.</param>
    /// <returns>The nodes that were tried.</returns>
    public NodeTable<bool> Complete(IndexSnapshot entries, NodeKey? extraRoot, Func<IReadOnlyList<NodeKey>, int, ManifestNode[]> read)
    {
        NodeTable<bool> tried;
        lock (_sync)
        {
            var all = _nodes.Count == 0 ? entries.Keys.Length : 0;
            if (all > 0) _nodes = new(all);
            tried = new(all);
            if (_version != entries.Version)
            {
                foreach (var key in entries.Keys) AddUnread(key, tried);
            }

            if (extraRoot is { } root) AddUnread(root, tried);
            AddAllUnread(tried);
        }

        for (var done = 0; done < tried.Count;)
        {
            var nodes = read(tried, done);
            lock (_sync)
            {
                foreach (var node in nodes)
                {
                    Add(tried[done++], node);
                    foreach (var edge in node.Edges) AddUnread(edge.Target, tried);
                }

                // Another thread may have added a node whose children it has not read yet.
                if (tried.Count == done) AddAllUnread(tried);
            }
        }

        lock (_sync)
        {
            if (_listed == 0) _listed = entries.Entries.Count;
            _version = entries.Version;
        }

        return tried;
    }

    public bool TryGet(NodeKey key, out ManifestNode node)
    {
        lock (_sync) return _nodes.TryGetValue(key, out node);
    }

    /// <summary>
    /// Returns the references to a digest in the order in which the manifests were read, whether these are reachable or not.
    /// </summary>
    public IEnumerable<ReverseEdge> Predecessors(Digest digest)
    {
        lock (_sync)
        {
            // The first few queries scan all nodes. Building the reverse edges takes longer than the single query of a typical
            // command.
            if (_reverseEdges is null && _scans++ < MaxScans) return Scan(digest);
            _reverseEdges ??= new ReverseEdges(2 * _nodes.Count);
            _reverseEdges.AddNew(_nodes);
            return _reverseEdges.LastOf(digest) is >= 0 and var last ? Enumerate(_reverseEdges, last) : [];
        }
    }

    private IEnumerable<ReverseEdge> Scan(Digest digest)
    {
        for (var place = 0; ; place++)
        {
            NodeKey key;
            ManifestNode node;
            lock (_sync)
            {
                if (place >= _nodes.Count) yield break;
                (key, node) = (_nodes[place], _nodes.ValueAt(place));
            }

            foreach (var edge in node.Edges)
            {
                if (edge.Digest == digest) yield return new ReverseEdge(key, edge.Role, edge.Kind, -1);
            }
        }
    }

    private IEnumerable<ReverseEdge> Enumerate(ReverseEdges edges, int last)
    {
        int at;
        lock (_sync) at = edges[last].Next;
        while (true)
        {
            ReverseEdge edge;
            lock (_sync) edge = edges[at];
            yield return edge;
            if (at == last) break;
            at = edge.Next;
        }
    }

    /// <summary>Returns the manifests that could not be read, with the problem found last.</summary>
    public List<(NodeKey Key, OciException Problem)> Problems()
    {
        var problems = new List<(NodeKey, OciException)>();
        lock (_sync)
        {
            if (_unread is null) return problems;
            foreach (var unread in _unread)
            {
                if (unread.Value is not null) problems.Add((unread.Key, unread.Value));
            }
        }

        return problems;
    }

    /// <summary>Returns the matching content that manifests reference.</summary>
    public IReadOnlyCollection<Digest> Find(Func<Digest, bool> matches)
    {
        var found = new List<Digest>();
        var seen = new HashSet<DigestValue>();
        lock (_sync)
        {
            for (var place = 0; place < _nodes.Count; place++)
            {
                foreach (var edge in _nodes.ValueAt(place).Edges)
                {
                    if (edge.Role != DescriptorRole.Reference && matches(edge.Digest) && seen.Add(edge.Digest.Value)) found.Add(edge.Digest);
                }
            }
        }

        return found;
    }

    /// <summary>Returns whether the graph may hold twice the nodes that the index needs, because content was deleted.</summary>
    public bool IsOverfull(IndexSnapshot entries)
    {
        lock (_sync)
        {
            if (_version == entries.Version) return false;
            return _nodes.Count + (_unread?.Count ?? 0) > (2 * Math.Max(_trimmedTo, _listed)) + Slack || entries.Entries.Count + Slack < _listed / 2;
        }
    }

    /// <summary>
    /// Returns a new graph with only the nodes that are reachable from the index. This graph stays as it is for threads that still use it.
    /// </summary>
    public PredecessorIndex Trim(IndexSnapshot entries)
    {
        var trimmed = new PredecessorIndex { _listed = entries.Entries.Count };
        lock (_sync)
        {
            var queue = new Queue<NodeKey>(entries.Keys);
            while (queue.Count > 0)
            {
                var key = queue.Dequeue();
                if (trimmed._nodes.Contains(key) || !_nodes.TryGetValue(key, out var node)) continue;
                trimmed.Add(key, node);
                foreach (var edge in node.Edges) queue.Enqueue(edge.Target);
            }
        }

        trimmed._trimmedTo = trimmed._nodes.Count;
        return trimmed;
    }

    private void AddUnread(NodeKey key, NodeTable<bool> tried)
    {
        if (key.Kind != ManifestKind.None && !_nodes.Contains(key)) tried.TryAdd(key, true);
    }

    private void AddAllUnread(NodeTable<bool> tried)
    {
        if (_unread is null) return;
        foreach (var unread in _unread) AddUnread(unread.Key, tried);
    }

    private void Add(NodeKey key, ManifestNode node)
    {
        if (_nodes.Contains(key)) return; // another thread was faster
        if (node.State != NodeState.Read)
        {
            (_unread ??= [])[key] = node.Problem;
            return;
        }

        _unread?.Remove(key);
        _nodes.Add(key, node);
        foreach (var edge in node.Edges)
        {
            if (edge.Kind == ManifestKind.None || _nodes.Contains(edge.Target)) continue;
            _unread ??= [];
            if (!_unread.ContainsKey(edge.Target)) _unread.Add(edge.Target, null);
        }
    }
}
