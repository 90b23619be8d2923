using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using OciLayout.Graph;
using OciLayout.Index;
using OciLayout.Model;
using OciLayout.Referrers;

namespace OciLayout.Maintenance;

/// <summary>
/// The graph of what keeps what in garbage collection, for measuring. Edges lead from the root to the tags, from a tag to its content, from
/// a manifest to its references, and from a subject to its listed referrers. The content that only one tag keeps is the content that the
/// tag dominates.
/// </summary>
internal sealed class RetentionGraph
{
    /// <summary>The number of the root. All content that garbage collection keeps is reachable from it.</summary>
    public const int Root = 0;

    private readonly ReachableSet _kept;
    private readonly Func<IndexEntry, bool> _isFallback;

    // The node of each digest, of each digest read as a kind of manifest, and of each tag.
    private readonly Dictionary<Digest, int> _contents = [];
    private readonly Dictionary<NodeKey, int> _manifests = [];
    private readonly Dictionary<string, int> _tags = new(StringComparer.Ordinal);

    // All nodes of _contents with their digest, and all nodes of _manifests with an empty digest. Nodes of tags are not in it.
    private readonly Dictionary<int, (Digest Digest, bool IsManifest)> _digests = [];
    private readonly Dictionary<int, OciException> _problems = [];

    /// <param name="kept">The content that garbage collection keeps for the index and the claims.</param>
    /// <param name="entries">The entries of the index, with the content that each names.</param>
    /// <param name="isFallback">The test for entries of fallback indexes.</param>
    /// <param name="claims">The claims of running sessions.</param>
    /// <param name="cancellationToken">The cancellation token.</param>
    public RetentionGraph(
        ReachableSet kept, IReadOnlyList<(IndexEntry Entry, NodeKey Key)> entries, Func<IndexEntry, bool> isFallback, IEnumerable<NodeKey> claims, CancellationToken cancellationToken)
    {
        _kept = kept;
        _isFallback = isFallback;
        Graph.AddNode();
        foreach (var key in kept.Order)
        {
            cancellationToken.ThrowIfCancellationRequested();
            AddContent(key);
        }

        foreach (var (entry, key) in entries.Where(e => kept.TryGet(e.Key, out _))) AddEntry(entry, key);
        AddFallbackIndexes(entries);
        AddReferrers(entries.Where(e => IsListedAlone(e.Entry, e.Key)).Select(e => e.Key));
        foreach (var claim in claims.Where(c => kept.TryGet(c, out _))) Graph.Add(Root, NodeOf(claim));
    }

    public DirectedGraph Graph { get; } = new();

    /// <summary>Returns the node of a tag; null if garbage collection keeps nothing that it names.</summary>
    public int? NodeOf(string tag) => _tags.TryGetValue(tag, out var node) ? node : null;

    public bool IsTag(int node) => node != Root && !_digests.ContainsKey(node);

    /// <summary>
    /// Returns whether a node represents content. Tags do not, and neither do the nodes of content read as a kind of manifest.
    /// </summary>
    public bool IsContent(int node, out Digest digest, out bool isManifest)
    {
        var found = _digests.TryGetValue(node, out var content) && !content.Digest.IsEmpty;
        (digest, isManifest) = content;
        return found;
    }

    /// <summary>Returns the reason why the references of a manifest are unknown; null if they are known.</summary>
    public OciException? ProblemOf(int node) => _problems.TryGetValue(node, out var problem) ? problem : null;

    private void AddContent(NodeKey key)
    {
        var from = NodeOf(key);
        var node = _kept[key];
        if (node.Problem is { } problem) _problems[from] = problem;
        foreach (var edge in node.Edges) Graph.Add(from, NodeOf(edge.Target));
    }

    // Removing the tag of an entry leaves an entry without tag. Garbage collection keeps content that has another name or an unknown type
    // anyway.
    private void AddEntry(IndexEntry entry, NodeKey key)
    {
        if (key.Kind is ManifestKind.None or ManifestKind.Document || (entry.Tag is null && entry.IsNamed) || entry.NamesItself) Graph.Add(Root, NodeOf(key));
        if (entry.Tag is not { } tag || entry.NamesItself) return;
        if (!_tags.TryGetValue(tag, out var node)) _tags.Add(tag, node = Graph.AddNode());
        Graph.Add(node, NodeOf(key));
        if (!_isFallback(entry)) Graph.Add(Root, node);
    }

    // A fallback index is kept by its subject, so its tag gets an edge from the subject.
    private void AddFallbackIndexes(IReadOnlyList<(IndexEntry Entry, NodeKey Key)> entries)
    {
        var lists = new HashSet<string>(entries.Where(e => _isFallback(e.Entry)).Select(e => e.Entry.Tag!), StringComparer.Ordinal);
        if (lists.Count == 0) return;
        foreach (var content in _contents)
        {
            var tag = FallbackTag.Of(content.Key);
            if (lists.Contains(tag) && _tags.TryGetValue(tag, out var node)) Graph.Add(content.Value, node);
        }
    }

    private bool IsListedAlone(IndexEntry entry, NodeKey key) => key.Kind is not (ManifestKind.None or ManifestKind.Document) && !_isFallback(entry);

    // A listed manifest also gets an edge from its subject, and the subject from its own subject, along the chain. Content that is kept as
    // anything else, such as a layer, also keeps the listed manifest with the same digest.
    private void AddReferrers(IEnumerable<NodeKey> listed)
    {
        var seen = new HashSet<NodeKey>();
        foreach (var start in listed)
        {
            if (!_kept.TryGet(start, out var node)) continue;
            Graph.Add(_contents[start.Digest], NodeOf(start));
            for (var key = start; seen.Add(key) && node.Edges.Length > 0 && node.Edges[0] is { Role: DescriptorRole.Subject } edge;)
            {
                Graph.Add(ContentOf(edge.Digest), ContentOf(key.Digest));
                key = edge.Target;
                node = _kept[key];
            }
        }
    }

    private int NodeOf(NodeKey key)
    {
        var content = ContentOf(key.Digest);
        if (key.Kind == ManifestKind.None) return content;
        if (_manifests.TryGetValue(key, out var node)) return node;
        _manifests.Add(key, node = Graph.AddNode());
        _digests.Add(node, default);
        if (key.Kind != ManifestKind.Document) _digests[content] = (key.Digest, true);
        Graph.Add(node, content);
        return node;
    }

    private int ContentOf(Digest digest)
    {
        if (_contents.TryGetValue(digest, out var node)) return node;
        _contents.Add(digest, node = Graph.AddNode());
        _digests.Add(node, (digest, false));
        return node;
    }
}
