using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Blobs;
using OciLayout.Common;
using OciLayout.Model;

namespace OciLayout.Graph;

/// <summary>
/// Finds the predecessors of content that are reachable from one version of the index. Walks up from the content, so the cost depends on
/// the nodes and files met on the way, not on the size of the store. Caches its answers: use it for one operation, on one thread.
/// </summary>
internal sealed class ReachabilityQuery
{
    private static readonly ManifestKind[] Kinds = [ManifestKind.Image, ManifestKind.Index, ManifestKind.DockerImage, ManifestKind.DockerList, ManifestKind.Artifact, ManifestKind.Document];

    private readonly PredecessorIndex _known;
    private readonly BlobReader _blobs;
    private readonly NodeTable<bool> _fresh;
    private readonly NodeKey? _also;
    private readonly Func<Digest, bool>? _isOff;
    private readonly NodeTable<bool> _named = new(); // whether a node is reachable; false while the walk from it runs
    private readonly Dictionary<DigestValue, bool> _there = new(); // whether the file of a digest existed when it was first needed

    /// <param name="known">The graph, completed for the entries.</param>
    /// <param name="entries">The entries of the index.</param>
    /// <param name="blobs">The blobs of the store.</param>
    /// <param name="fresh">The nodes read just now, whose files need no further check.</param>
    /// <param name="also">A root that the index need not list.</param>
    /// <param name="isOff">The test for content to exclude, with all paths through it; null excludes nothing.</param>
    public ReachabilityQuery(PredecessorIndex known, IndexSnapshot entries, BlobReader blobs, NodeTable<bool> fresh, NodeKey? also, Func<Digest, bool>? isOff)
    {
        _known = known;
        Entries = entries;
        _blobs = blobs;
        _fresh = fresh;
        _also = also;
        _isOff = isOff;
    }

    public IndexSnapshot Entries { get; }

    /// <summary>Gets the node of a manifest; <see cref="ManifestNode.Missing"/> if it is unknown or its file does not exist.</summary>
    public ManifestNode this[NodeKey key] => _known.TryGet(key, out var node) && IsThere(key) ? node : ManifestNode.Missing;

    /// <summary>Returns the reachable manifests that reference a digest, with the role of the reference.</summary>
    public IEnumerable<(NodeKey Node, DescriptorRole Role)> Predecessors(Digest digest)
    {
        foreach (var link in _known.Predecessors(digest))
        {
            if (IsReached(link.From)) yield return (link.From, link.Role);
        }
    }

    /// <summary>
    /// Returns the reachable manifests that reference a digest in a fitting role, each once, in the order of the index. Checks their files
    /// in parallel.
    /// </summary>
    public IReadOnlyList<NodeKey> PredecessorsInOrder(Digest digest, Func<DescriptorRole, bool> fits, CancellationToken cancellationToken)
    {
        var found = new List<NodeKey>();
        foreach (var link in _known.Predecessors(digest))
        {
            if (fits(link.Role)) found.Add(link.From);
        }

        LookAt(found, cancellationToken);
        var result = new List<NodeKey>();
        var seen = new HashSet<DigestValue>();
        var (last, isInOrder) = (-1, true);
        foreach (var key in found)
        {
            if (!IsReached(key) || !seen.Add(key.Digest.Value)) continue;
            result.Add(key);
            var position = Entries.PositionOf(key.Digest);
            isInOrder &= position >= last;
            last = position;
        }

        // Manifests that were read in one batch are in order.
        return isInOrder ? result : [.. result.OrderBy(k => Entries.PositionOf(k.Digest))];
    }

    /// <summary>Returns the reachable nodes of a digest, one for each kind of manifest that it is read as.</summary>
    public IEnumerable<(NodeKey Key, ManifestNode Node)> NodesOf(Digest digest)
    {
        foreach (var kind in Kinds)
        {
            var key = new NodeKey(digest, kind);
            if (_known.TryGet(key, out var node) && IsReached(key)) yield return (key, node);
        }
    }

    /// <summary>Gets the reachable manifests whose references are unknown, with the reason, in the order of the index.</summary>
    public IEnumerable<(NodeKey Key, OciException Problem)> Problems =>
        _known.Problems().Where(p => IsNamed(p.Key)).OrderBy(p => Entries.PositionOf(p.Key.Digest));

    /// <summary>Returns the content that fits and that a reachable manifest references.</summary>
    public IEnumerable<Digest> Find(Func<Digest, bool> fits) => _known.Find(fits).Where(d => Predecessors(d).Any());

    private bool IsReached(NodeKey key) => IsThere(key) && IsNamed(key);

    // Searches for a path up to a root, depth-first, over manifests whose files exist. Visits each node once.
    private bool IsNamed(NodeKey key)
    {
        if (Judge(key) is { } known) return known;
        var path = new Stack<(NodeKey Key, IEnumerator<PredecessorIndex.Link> Above)>();
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
            _named.Set(next, false); // until a path is found; also ends cycles, which require a hash collision
            path.Push((next, _known.Predecessors(next.Digest).GetEnumerator()));
        }
    }

    // Returns the answer if no further step up is needed for it, or else null.
    private bool? Judge(NodeKey key)
    {
        if (_named.TryGetValue(key, out var known)) return known;
        if (_isOff?.Invoke(key.Digest) == true) return false;
        return Entries.Lists(key) || key == _also ? true : null;
    }

    // Another tool may have deleted the file without editing the index. A missing manifest has no references.
    private bool IsThere(NodeKey key)
    {
        if (_fresh.Contains(key)) return _known.TryGet(key, out _);
        if (_there.TryGetValue(key.Digest.Value, out var there)) return there;
        there = Look(key.Digest);
        _there.Add(key.Digest.Value, there);
        return there;
    }

    private void LookAt(List<NodeKey> keys, CancellationToken cancellationToken)
    {
        var unseen = new List<Digest>();
        var seen = new HashSet<DigestValue>();
        foreach (var key in keys)
        {
            if (!_fresh.Contains(key) && seen.Add(key.Digest.Value)) unseen.Add(key.Digest);
        }

        if (unseen.Count == 0) return;
        var there = new bool[unseen.Count];
        ParallelLoop.For(unseen.Count, i => there[i] = Look(unseen[i]), cancellationToken);
        for (var i = 0; i < unseen.Count; i++) _there[unseen[i].Value] = there[i];
    }

    private bool Look(Digest digest)
    {
        try
        {
            return _blobs.Find(digest) is not null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true; // existence is unknown, so the file counts as existing
        }
    }
}
