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
    private Table<NodeKey, GraphNode> _nodes = new();

    // What is listed, or named by a node, while it is not known what it points at: it may come, or be mended. Null for what was just missing.
    private Dictionary<NodeKey, OciException?>? _open;

    // The map of all pointers, once it pays to make it, of so many nodes.
    private List<Link>? _links;
    private Table<Digest, (int First, int Last)>? _predecessors;
    private int _linked;
    private int _looks;
    private long _version = -1;
    private int _trimmedTo;
    private int _listed;

    /// <summary>Brings it up to date: all that the index and another root reach is here then, or was found missing or unreadable just now.</summary>
    /// <param name="entries">The index.</param>
    /// <param name="also">A root that it may not list.</param>
    /// <param name="read">Reads the nodes of a list from a place on.</param>
    /// <returns>What was looked for just now.</returns>
    public Table<NodeKey, bool> Complete(ListedEntries entries, NodeKey? also, Func<IReadOnlyList<NodeKey>, int, GraphNode[]> read)
    {
        Table<NodeKey, bool> tried;
        lock (_sync)
        {
            var all = _nodes.Count == 0 ? entries.Keys.Count : 0;
            if (all > 0) _nodes = new(all);
            tried = new(all);
            if (_version != entries.Version)
            {
                foreach (var key in entries.Keys) Want(key, tried);
            }

            if (also is { } root) Want(root, tried);
            WantOpen(tried);
        }

        for (var done = 0; done < tried.Count;)
        {
            var nodes = read(tried, done);
            lock (_sync)
            {
                foreach (var node in nodes)
                {
                    Put(tried[done++], node);
                    foreach (var edge in node.Edges) Want(edge.Target, tried);
                }

                // Another thread may have linked something whose children it has not read yet.
                if (tried.Count == done) WantOpen(tried);
            }
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
        lock (_sync) return _nodes.TryGetValue(key, out node);
    }

    /// <summary>Who points at a digest, in the order in which it was read, reached or not.</summary>
    public IEnumerable<Link> Predecessors(Digest digest)
    {
        lock (_sync)
        {
            // A map of all pointers takes longer to make than the one question of a command takes without it.
            if (_predecessors is null && _looks++ < Few) return LookThrough(digest);
            _links ??= [];
            _predecessors ??= new(2 * _nodes.Count);
            for (; _linked < _nodes.Count; _linked++) LinkFrom(_nodes[_linked], _nodes.At(_linked), _links, _predecessors);
            return _predecessors.TryGetValue(digest, out var ends) ? Chain(_links, ends.First) : [];
        }
    }

    private IEnumerable<Link> LookThrough(Digest digest)
    {
        for (var place = 0; ; place++)
        {
            NodeKey key;
            GraphNode node;
            lock (_sync)
            {
                if (place >= _nodes.Count) yield break;
                (key, node) = (_nodes[place], _nodes.At(place));
            }

            foreach (var edge in node.Edges)
            {
                if (edge.Digest == digest) yield return new Link(key, edge.Role, edge.Kind, -1);
            }
        }
    }

    private IEnumerable<Link> Chain(List<Link> links, int at)
    {
        while (at >= 0)
        {
            Link link;
            lock (_sync) link = links[at];
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
            if (_open is null) return problems;
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
        var found = new Table<Digest, bool>();
        lock (_sync)
        {
            for (var place = 0; place < _nodes.Count; place++)
            {
                foreach (var edge in _nodes.At(place).Edges)
                {
                    if (edge.Role != DescriptorRole.Reference && fits(edge.Digest)) found.TryAdd(edge.Digest, true);
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
            return _nodes.Count + (_open?.Count ?? 0) > (2 * Math.Max(_trimmedTo, _listed)) + Slack || entries.Entries.Count + Slack < _listed / 2;
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
                if (kept._nodes.Contains(key) || !_nodes.TryGetValue(key, out var node)) continue;
                kept.Put(key, node);
                foreach (var edge in node.Edges) queue.Enqueue(edge.Target);
            }
        }

        kept._trimmedTo = kept._nodes.Count;
        return kept;
    }

    private void Want(NodeKey key, Table<NodeKey, bool> tried)
    {
        if (key.Kind != ManifestKind.None && !_nodes.Contains(key)) tried.TryAdd(key, true);
    }

    private void WantOpen(Table<NodeKey, bool> tried)
    {
        if (_open is null) return;
        foreach (var open in _open) Want(open.Key, tried);
    }

    private void Put(NodeKey key, GraphNode node)
    {
        if (_nodes.Contains(key)) return; // by another thread
        if (node.State != NodeState.Read)
        {
            (_open ??= [])[key] = node.Problem;
            return;
        }

        _open?.Remove(key);
        _nodes.TryAdd(key, node);
        foreach (var edge in node.Edges)
        {
            if (edge.Kind == ManifestKind.None || _nodes.Contains(edge.Target)) continue;
            _open ??= [];
            if (!_open.ContainsKey(edge.Target)) _open.Add(edge.Target, null);
        }
    }

    private static void LinkFrom(NodeKey key, GraphNode node, List<Link> links, Table<Digest, (int First, int Last)> predecessors)
    {
        foreach (var edge in node.Edges)
        {
            if (!predecessors.TryAdd(edge.Digest, (links.Count, links.Count)))
            {
                ref var ends = ref predecessors.At(predecessors.PlaceOf(edge.Digest));
                links[ends.Last] = links[ends.Last] with { Next = links.Count };
                ends.Last = links.Count;
            }

            links.Add(new Link(key, edge.Role, edge.Kind, -1));
        }
    }

    /// <summary>A pointer, seen from what it leads to.</summary>
    /// <param name="From">The manifest.</param>
    /// <param name="Role">By which member.</param>
    /// <param name="Kind">How it reads what it points at.</param>
    /// <param name="Next">The next one to the same content; negative when there is none.</param>
    public readonly record struct Link(NodeKey From, DescriptorRole Role, ManifestKind Kind, int Next);
}
