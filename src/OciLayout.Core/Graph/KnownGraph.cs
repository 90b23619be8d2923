using System;
using System.Collections.Generic;

namespace OciLayout.Graph;

/// <summary>
/// The manifests that were read, linked: it grows with the index and is never made anew for a change. Content does not change under its
/// digest, so nothing here becomes wrong; whether the index still reaches it, and it is still stored, is asked for each question.
/// </summary>
internal sealed class KnownGraph
{
    private const int Slack = 4096;
    private const int Few = 8;

    private readonly object _sync = new();
    private Dictionary<NodeKey, GraphNode> _nodes = [];

    // What is listed, or named by a node, while it is not known what it points at: it may come, or be mended. Null for what was just missing.
    private readonly Dictionary<NodeKey, OciException?> _open = [];
    private readonly List<(NodeKey Key, GraphNode Node)> _read = [];
    private readonly List<Link> _links = [];
    private readonly Dictionary<Digest, (int First, int Last)> _predecessors = [];
    private int _linked;
    private int _looks;
    private long _version = -1;
    private int _trimmedTo;
    private int _listed;

    /// <summary>Brings it up to date: all that the index and another root reach is here then, or was found missing or unreadable just now.</summary>
    /// <param name="entries">The index.</param>
    /// <param name="also">A root that it may not list.</param>
    /// <param name="read">Reads nodes.</param>
    /// <returns>What was looked for just now.</returns>
    public HashSet<NodeKey> Complete(ListedEntries entries, NodeKey? also, Func<IReadOnlyList<NodeKey>, GraphNode[]> read)
    {
        HashSet<NodeKey> tried;
        List<NodeKey> level;
        lock (_sync)
        {
            var all = _nodes.Count == 0 ? entries.Keys.Count : 0;
            if (all > 0) (_nodes, _read.Capacity) = (new Dictionary<NodeKey, GraphNode>(all), all);
            tried = Polyfill.NewSet<NodeKey>(all);
            level = new List<NodeKey>(all);
            if (_version != entries.Version)
            {
                foreach (var key in entries.Keys) Want(key, tried, level);
            }

            if (also is { } root) Want(root, tried, level);
            WantOpen(tried, level);
        }

        while (level.Count > 0)
        {
            var nodes = read(level);
            var next = new List<NodeKey>();
            lock (_sync)
            {
                for (var i = 0; i < level.Count; i++)
                {
                    Put(level[i], nodes[i]);
                    foreach (var edge in nodes[i].Edges) Want(edge.Target, tried, next);
                }

                // Another thread may have linked something whose children it has not read yet.
                if (next.Count == 0) WantOpen(tried, next);
            }

            level = next;
        }

        lock (_sync)
        {
            if (_listed == 0) _listed = entries.Entries.Count;
            _version = entries.Version;
        }

        return tried;
    }

    public int Count
    {
        get
        {
            lock (_sync) return _nodes.Count;
        }
    }

    public bool TryGet(NodeKey key, out GraphNode node)
    {
        lock (_sync) return _nodes.TryGetValue(key, out node!);
    }

    /// <summary>Who points at a digest, in the order in which it was read, reached or not.</summary>
    public IEnumerable<Link> Predecessors(Digest digest)
    {
        lock (_sync)
        {
            // A map of all pointers takes longer to make than the one question of a command takes without it.
            if (_linked == 0 && _looks++ < Few) return LookThrough(digest);
            LinkAll();
            return _predecessors.TryGetValue(digest, out var ends) ? Chain(ends.First) : [];
        }
    }

    private List<Link> LookThrough(Digest digest)
    {
        var links = new List<Link>();
        foreach (var (key, node) in _read)
        {
            foreach (var edge in node.Edges)
            {
                if (edge.Digest == digest) links.Add(new Link(key, edge.Role, edge.Kind, -1));
            }
        }

        return links;
    }

    private IEnumerable<Link> Chain(int at)
    {
        while (at >= 0)
        {
            Link link;
            lock (_sync) link = _links[at];
            yield return link;
            at = link.Next;
        }
    }

    /// <summary>What could not be read when it was tried last.</summary>
    public List<(NodeKey Key, OciException Problem)> Problems()
    {
        var problems = new List<(NodeKey, OciException)>();
        lock (_sync)
        {
            foreach (var open in _open)
            {
                if (open.Value is not null) problems.Add((open.Key, open.Value));
            }
        }

        return problems;
    }

    /// <summary>All content that manifests here point at and that fits.</summary>
    public IReadOnlyCollection<Digest> Find(Func<Digest, bool> fits)
    {
        var found = new HashSet<Digest>();
        lock (_sync)
        {
            foreach (var (_, node) in _read)
            {
                foreach (var edge in node.Edges)
                {
                    if (fits(edge.Digest)) found.Add(edge.Digest);
                }
            }
        }

        return found;
    }

    /// <summary>Whether it may hold twice what the index needs: removed content does not pile up.</summary>
    public bool IsOverfull(ListedEntries entries)
    {
        lock (_sync)
        {
            if (_version == entries.Version) return false;
            return _nodes.Count + _open.Count > (2 * Math.Max(_trimmedTo, _listed)) + Slack || entries.Entries.Count + Slack < _listed / 2;
        }
    }

    /// <summary>A graph of what the index reaches here; whoever asks this one meanwhile keeps it as it is.</summary>
    public KnownGraph Trim(ListedEntries entries)
    {
        var kept = new KnownGraph { _listed = entries.Entries.Count };
        lock (_sync)
        {
            var queue = new Queue<NodeKey>(entries.Keys);
            while (queue.Count > 0)
            {
                var key = queue.Dequeue();
                if (kept._nodes.ContainsKey(key) || !_nodes.TryGetValue(key, out var node)) continue;
                kept.Put(key, node);
                foreach (var edge in node.Edges) queue.Enqueue(edge.Target);
            }
        }

        kept._trimmedTo = kept._nodes.Count;
        return kept;
    }

    private void Want(NodeKey key, HashSet<NodeKey> tried, List<NodeKey> level)
    {
        if (key.Kind != ManifestKind.None && !_nodes.ContainsKey(key) && tried.Add(key)) level.Add(key);
    }

    private void WantOpen(HashSet<NodeKey> tried, List<NodeKey> level)
    {
        foreach (var key in _open.Keys) Want(key, tried, level);
    }

    private void Put(NodeKey key, GraphNode node)
    {
        if (_nodes.ContainsKey(key)) return; // by another thread
        if (node.State != NodeState.Read)
        {
            _open[key] = node.Problem;
            return;
        }

        _open.Remove(key);
        _nodes.Add(key, node);
        _read.Add((key, node));
        foreach (var edge in node.Edges)
        {
            if (edge.Kind != ManifestKind.None && !_nodes.ContainsKey(edge.Target) && !_open.ContainsKey(edge.Target)) _open.Add(edge.Target, null);
        }
    }

    private void LinkAll()
    {
        for (; _linked < _read.Count; _linked++)
        {
            var (key, node) = _read[_linked];
            foreach (var edge in node.Edges)
            {
                if (_predecessors.TryGetValue(edge.Digest, out var ends)) _links[ends.Last] = _links[ends.Last] with { Next = _links.Count };
                else ends.First = _links.Count;
                _predecessors[edge.Digest] = (ends.First, _links.Count);
                _links.Add(new Link(key, edge.Role, edge.Kind, -1));
            }
        }
    }

    /// <summary>A pointer, seen from what it leads to.</summary>
    /// <param name="From">The manifest.</param>
    /// <param name="Role">By which member.</param>
    /// <param name="Kind">How it reads what it points at.</param>
    /// <param name="Next">The next one to the same content; negative when there is none.</param>
    public readonly record struct Link(NodeKey From, DescriptorRole Role, ManifestKind Kind, int Next);
}
