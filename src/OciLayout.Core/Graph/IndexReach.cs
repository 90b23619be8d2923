using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Storage;

namespace OciLayout.Graph;

/// <summary>
/// What one version of the index reaches, asked from below: who points at something, and does the index lead there. It costs what is met on
/// the way up, files looked at included, not what the store holds. For one question, or a few that belong together, by one thread.
/// </summary>
internal sealed class IndexReach
{
    private static readonly ManifestKind[] Kinds = [ManifestKind.Image, ManifestKind.Index, ManifestKind.DockerImage, ManifestKind.DockerList, ManifestKind.Artifact, ManifestKind.Document];

    private readonly KnownGraph _known;
    private readonly BlobReader _blobs;
    private readonly Table<NodeKey, bool> _fresh;
    private readonly NodeKey? _also;
    private readonly Func<Digest, bool>? _isOff;
    private readonly Table<NodeKey, bool> _named = new();
    private readonly Table<Digest, bool> _there = new();

    /// <param name="known">The graph, brought up to date with the index.</param>
    /// <param name="entries">The index.</param>
    /// <param name="blobs">Where content is looked for.</param>
    /// <param name="fresh">What was looked for just now.</param>
    /// <param name="also">A root that the index may not list.</param>
    /// <param name="isOff">Content that no way leads through; null for none.</param>
    public IndexReach(KnownGraph known, ListedEntries entries, BlobReader blobs, Table<NodeKey, bool> fresh, NodeKey? also, Func<Digest, bool>? isOff)
    {
        _known = known;
        Entries = entries;
        _blobs = blobs;
        _fresh = fresh;
        _also = also;
        _isOff = isOff;
    }

    public ListedEntries Entries { get; }

    /// <summary>What is known of a manifest that is reached, or lacks.</summary>
    public GraphNode this[NodeKey key] => _known.TryGet(key, out var node) && IsThere(key) ? node : GraphNode.Missing;

    /// <summary>Who of all that is reached points at a digest, by which member.</summary>
    public IEnumerable<(NodeKey Node, DescriptorRole Role)> Predecessors(Digest digest)
    {
        foreach (var link in _known.Predecessors(digest))
        {
            if (IsReached(link.From)) yield return (link.From, link.Role);
        }
    }

    /// <summary>The same, in the order of the index, each manifest once; files are looked at on all cores.</summary>
    public IReadOnlyList<NodeKey> PredecessorsInOrder(Digest digest, Func<DescriptorRole, bool> fits, CancellationToken cancellation)
    {
        var found = new Rows<NodeKey>();
        foreach (var link in _known.Predecessors(digest))
        {
            if (fits(link.Role)) found.Add(link.From);
        }

        LookAt(found, cancellation);
        var result = new Rows<NodeKey>();
        var seen = new Table<Digest, bool>();
        var (last, isInOrder) = (-1, true);
        foreach (var key in found)
        {
            if (!IsReached(key) || !seen.TryAdd(key.Digest, true)) continue;
            result.Add(key);
            var position = Entries.PositionOf(key.Digest);
            isInOrder &= position >= last;
            last = position;
        }

        return isInOrder ? result : [.. result.OrderBy(k => Entries.PositionOf(k.Digest))]; // what was read at once is in order
    }

    /// <summary>Every way in which a digest is read as a manifest here.</summary>
    public IEnumerable<(NodeKey Key, GraphNode Node)> NodesOf(Digest digest)
    {
        foreach (var kind in Kinds)
        {
            var key = new NodeKey(digest, kind);
            if (_known.TryGet(key, out var node) && IsReached(key)) yield return (key, node);
        }
    }

    /// <summary>The manifests whose pointers are not known, with the reason, in the order of the index.</summary>
    public IEnumerable<(NodeKey Key, OciException Problem)> Problems =>
        _known.Problems().Where(p => IsNamed(p.Key)).OrderBy(p => Entries.PositionOf(p.Key.Digest));

    /// <summary>All content that fits and that something here points at.</summary>
    public IEnumerable<Digest> Find(Func<Digest, bool> fits) => _known.Find(fits).Where(d => Predecessors(d).Any());

    private bool IsReached(NodeKey key) => IsThere(key) && IsNamed(key);

    // Up to a root, whatever way; a way ends at what is not stored. Nothing is asked twice, however many ways there are.
    private bool IsNamed(NodeKey key)
    {
        if (Judge(key) is { } known) return known;
        var path = new Stack<(NodeKey Key, IEnumerator<KnownGraph.Link> Above)>();
        Enter(key);
        while (path.Count > 0)
        {
            var (at, above) = path.Peek();
            if (!above.MoveNext())
            {
                path.Pop();
                above.Dispose();
                continue;
            }

            var link = above.Current;
            if (link.Kind != at.Kind || !IsThere(link.From)) continue;
            if (Judge(link.From) is not { } isNamed)
            {
                Enter(link.From);
                continue;
            }

            if (!isNamed) continue;
            foreach (var (below, open) in path)
            {
                _named.Set(below, true);
                open.Dispose();
            }

            return true;
        }

        return false;

        void Enter(NodeKey next)
        {
            _named.Set(next, false); // until a way is found; and for the loop that only a broken hash allows
            path.Push((next, _known.Predecessors(next.Digest).GetEnumerator()));
        }
    }

    // What can be said without looking further up.
    private bool? Judge(NodeKey key)
    {
        if (_named.TryGetValue(key, out var known)) return known;
        if (_isOff?.Invoke(key.Digest) == true) return false;
        return Entries.Lists(key) || key == _also ? true : null;
    }

    // Another tool may have removed it without a word in the index: then it points at nothing any more.
    private bool IsThere(NodeKey key)
    {
        if (_fresh.Contains(key)) return _known.TryGet(key, out _);
        if (_there.TryGetValue(key.Digest, out var there)) return there;
        there = Look(key.Digest);
        _there.TryAdd(key.Digest, there);
        return there;
    }

    private void LookAt(Rows<NodeKey> keys, CancellationToken cancellation)
    {
        var unseen = new Table<Digest, bool>();
        foreach (var key in keys)
        {
            if (!_fresh.Contains(key)) unseen.TryAdd(key.Digest, true);
        }

        if (unseen.Count == 0) return;
        var there = new bool[unseen.Count];
        Cores.For(unseen.Count, i => there[i] = Look(unseen[i]), cancellation);
        for (var i = 0; i < unseen.Count; i++) _there.Set(unseen[i], there[i]);
    }

    private bool Look(Digest digest)
    {
        try
        {
            return _blobs.Find(digest) is not null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true; // nobody can tell, so it counts
        }
    }
}
