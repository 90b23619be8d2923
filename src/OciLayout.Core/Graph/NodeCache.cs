using System;
using OciLayout.Model;

namespace OciLayout.Graph;

/// <summary>A cache of nodes that were read. Thread-safe.</summary>
internal sealed class NodeCache
{
    private const int Slack = 1024;

    private readonly object _sync = new();
    private NodeTable<ManifestNode?> _nodes = new(); // null for forgotten nodes
    private int _count; // values in _nodes that are not null

    public ManifestNode? Find(NodeKey key)
    {
        lock (_sync) return _nodes.TryGetValue(key, out var node) ? node : null;
    }

    /// <summary>Reserves memory for many nodes if the cache is empty.</summary>
    public void Reserve(int count)
    {
        lock (_sync)
        {
            if (_nodes.Count == 0 && count > Slack) _nodes = new(count);
        }
    }

    /// <summary>Adds or replaces a node.</summary>
    public void Set(NodeKey key, ManifestNode node)
    {
        lock (_sync) Put(key, node);
    }

    /// <summary>Adds a node if there is none yet. Returns the node that is in the cache afterwards.</summary>
    public ManifestNode GetOrAdd(NodeKey key, ManifestNode node)
    {
        lock (_sync)
        {
            if (_nodes.TryGetValue(key, out var cached) && cached is not null) return cached;
            Put(key, node);
            return node;
        }
    }

    /// <summary>Removes all nodes of a digest.</summary>
    public void Forget(Digest digest)
    {
        lock (_sync)
        {
            if (_count == 0) return;
            for (var place = _nodes.Last(digest); place >= 0; place = _nodes.Before(place))
            {
                if (_nodes.ValueAt(place) is null) continue;
                _nodes.SetAt(place, null);
                _count--;
            }

            if (_nodes.Count > (2 * _count) + Slack) Rebuild(_ => true);
        }
    }

    /// <summary>Removes the nodes that do not match.</summary>
    public void Filter(Func<NodeKey, bool> isIncluded)
    {
        lock (_sync) Rebuild(isIncluded);
    }

    private void Rebuild(Func<NodeKey, bool> isIncluded)
    {
        var all = _nodes;
        (_nodes, _count) = (new(), 0);
        for (var place = 0; place < all.Count; place++)
        {
            if (all.ValueAt(place) is { } node && isIncluded(all[place])) Put(all[place], node);
        }
    }

    private void Put(NodeKey key, ManifestNode node)
    {
        if (!_nodes.TryGetValue(key, out var cached) || cached is null) _count++;
        _nodes.Set(key, node);
    }
}
