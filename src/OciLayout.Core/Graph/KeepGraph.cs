using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using OciLayout.Storage;

namespace OciLayout.Graph;

/// <summary>
/// Who keeps what, as garbage collection has it, as arrows: from the root to the tags, from a tag to what it names, from a manifest to what it
/// points at, from anything to the listed manifests that are attached to it. What only one tag keeps is what that tag dominates.
/// </summary>
internal sealed class KeepGraph
{
    /// <summary>The node from which everything hangs that is kept.</summary>
    public const int Root = 0;

    private readonly GraphSnapshot _kept;
    private readonly Func<IndexEntry, bool> _isFallback;
    private readonly Dictionary<Digest, int> _contents = [];
    private readonly Dictionary<NodeKey, int> _manifests = [];
    private readonly Dictionary<string, int> _tags = new(StringComparer.Ordinal);
    private readonly Dictionary<int, (Digest Digest, bool IsManifest)> _digests = [];
    private readonly Dictionary<int, OciException> _problems = [];

    /// <param name="kept">What garbage collection keeps of all that is listed and claimed.</param>
    /// <param name="entries">The entries of the index, and how each is read.</param>
    /// <param name="isFallback">Whether an entry is that of a fallback index.</param>
    /// <param name="claims">What running processes hold.</param>
    /// <param name="cancellation">Stops it.</param>
    public KeepGraph(
        GraphSnapshot kept, IReadOnlyList<(IndexEntry Entry, NodeKey Key)> entries, Func<IndexEntry, bool> isFallback, IEnumerable<NodeKey> claims, CancellationToken cancellation)
    {
        _kept = kept;
        _isFallback = isFallback;
        Arrows.AddNode();
        foreach (var key in kept.Order)
        {
            cancellation.ThrowIfCancellationRequested();
            AddContent(key);
        }

        foreach (var (entry, key) in entries.Where(e => kept.TryGet(e.Key, out _))) AddEntry(entry, key);
        AddLists(entries);
        AddAttached(entries.Where(e => IsListedAlone(e.Entry, e.Key)).Select(e => e.Key));
        foreach (var claim in claims.Where(c => kept.TryGet(c, out _))) Arrows.Add(Root, NodeOf(claim));
    }

    public Arrows Arrows { get; } = new();

    /// <summary>The node of a tag; null when nothing of what it names is kept.</summary>
    public int? NodeOf(string tag) => _tags.TryGetValue(tag, out var node) ? node : null;

    public bool IsTag(int node) => node != Root && !_digests.ContainsKey(node);

    /// <summary>The content that a node stands for; none for tags, and for the ways in which one content is read.</summary>
    public bool IsContent(int node, out Digest digest, out bool isManifest)
    {
        var found = _digests.TryGetValue(node, out var content) && !content.Digest.IsEmpty;
        (digest, isManifest) = content;
        return found;
    }

    /// <summary>Why it is not known what a manifest points at.</summary>
    public OciException? ProblemOf(int node) => _problems.TryGetValue(node, out var problem) ? problem : null;

    private void AddContent(NodeKey key)
    {
        var from = NodeOf(key);
        var node = _kept[key];
        if (node.Problem is { } problem) _problems[from] = problem;
        foreach (var edge in node.Edges) Arrows.Add(from, NodeOf(edge.Target));
    }

    // A tag that goes leaves an entry without one. What has another name, or cannot be judged, stays all the same.
    private void AddEntry(IndexEntry entry, NodeKey key)
    {
        if (key.Kind is ManifestKind.None or ManifestKind.Document || (entry.Tag is null && entry.IsNamed) || entry.NamesItself) Arrows.Add(Root, NodeOf(key));
        if (entry.Tag is not { } tag || entry.NamesItself) return;
        if (!_tags.TryGetValue(tag, out var node)) _tags.Add(tag, node = Arrows.AddNode());
        Arrows.Add(node, NodeOf(key));
        if (!_isFallback(entry)) Arrows.Add(Root, node);
    }

    // The tag of a list of referrers hangs from their subject.
    private void AddLists(IReadOnlyList<(IndexEntry Entry, NodeKey Key)> entries)
    {
        var lists = new HashSet<string>(entries.Where(e => _isFallback(e.Entry)).Select(e => e.Entry.Tag!), StringComparer.Ordinal);
        if (lists.Count == 0) return;
        foreach (var content in _contents)
        {
            var tag = Reference.FallbackTag(content.Key);
            if (lists.Contains(tag) && _tags.TryGetValue(tag, out var node)) Arrows.Add(content.Value, node);
        }
    }

    private bool IsListedAlone(IndexEntry entry, NodeKey key) => key.Kind is not (ManifestKind.None or ManifestKind.Document) && !_isFallback(entry);

    // Each manifest that is listed hangs, besides, from its subject, and from the subject of that, along the chain; and whoever keeps its bytes
    // as something else keeps it as the manifest that it is.
    private void AddAttached(IEnumerable<NodeKey> listed)
    {
        var seen = new HashSet<NodeKey>();
        foreach (var start in listed)
        {
            if (!_kept.TryGet(start, out var node)) continue;
            Arrows.Add(_contents[start.Digest], NodeOf(start));
            for (var key = start; seen.Add(key) && node.Edges.Length > 0 && node.Edges[0] is { Role: DescriptorRole.Subject } edge;)
            {
                Arrows.Add(ContentOf(edge.Digest), ContentOf(key.Digest));
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
        _manifests.Add(key, node = Arrows.AddNode());
        _digests.Add(node, default);
        if (key.Kind != ManifestKind.Document) _digests[content] = (key.Digest, true);
        Arrows.Add(node, content);
        return node;
    }

    private int ContentOf(Digest digest)
    {
        if (_contents.TryGetValue(digest, out var node)) return node;
        _contents.Add(digest, node = Arrows.AddNode());
        _digests.Add(node, (digest, false));
        return node;
    }
}
