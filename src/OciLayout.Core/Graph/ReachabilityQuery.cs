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

    private readonly PredecessorIndex _predecessors;
    private readonly BlobReader _blobs;
    private readonly NodeTable<bool> _readNow;
    private readonly NodeKey? _extraRoot;
    private readonly Func<Digest, bool>? _isExcluded;
    private readonly NodeTable<bool> _hasPath = new(); // whether a node is reachable; false while the walk from it runs
    private readonly Dictionary<DigestValue, bool> _isStored = new(); // whether the file of a digest existed when it was first needed

    /// <param name="predecessors">The graph, completed for the entries.</param>
    /// <param name="entries">The entries of the index.</param>
    /// <param name="blobs">The blobs of the store.</param>
    /// <param name="readNow">The nodes read just now, whose files need no further check.</param>
    /// <param name="extraRoot">A root that the index need not list.</param>
    /// <param name="isExcluded">The test for content to exclude, with all paths through it; null excludes nothing.</param>
    public ReachabilityQuery(PredecessorIndex predecessors, IndexSnapshot entries, BlobReader blobs, NodeTable<bool> readNow, NodeKey? extraRoot, Func<Digest, bool>? isExcluded)
    {
        _predecessors = predecessors;
        Entries = entries;
        _blobs = blobs;
        _readNow = readNow;
        _extraRoot = extraRoot;
        _isExcluded = isExcluded;
    }

    public IndexSnapshot Entries { get; }

    /// <summary>Gets the node of a manifest; <see cref="ManifestNode.Missing"/> if it is unknown or its file does not exist.</summary>
    public ManifestNode this[NodeKey key] => _predecessors.TryGet(key, out var node) && IsStored(key) ? node : ManifestNode.Missing;

    /// <summary>Returns the reachable manifests that reference a digest, with the role of the reference.</summary>
    public IEnumerable<(NodeKey Node, DescriptorRole Role)> Predecessors(Digest digest)
    {
        foreach (var edge in _predecessors.Predecessors(digest))
        {
            if (IsReachable(edge.From)) yield return (edge.From, edge.Role);
        }
    }

    /// <summary>
    /// Returns the reachable manifests that reference a digest in a fitting role, each once, in the order of the index. Checks their files
    /// in parallel.
    /// </summary>
    private NodeTable<bool> PredecessorsInOrder(Digest digest, Func<DescriptorRole, bool> matches, CancellationToken cancellationToken)
    {
        var found = new NodeTable<bool>();
        foreach (var edge in _predecessors.Predecessors(digest))
        {
            if (matches(edge.Role)) found.TryAdd(edge.From, true);
        }

        CheckFiles(found, cancellationToken);
        var (last, isResult) = (-1, true);
        for (var place = 0; place < found.Count && isResult; place++)
        {
            var position = Entries.PositionOf(found[place].Digest);
            isResult = IsReachable(found[place]) && found.Before(place) < 0 && position >= last;
            last = position;
        }

        // Nearly always all are reachable, differ in their digests, and are in order, because they were read in one batch.
        if (isResult) return found;
        var result = new NodeTable<bool>();
        foreach (var key in found.Where(IsReachable).OrderBy(k => Entries.PositionOf(k.Digest)))
        {
            if (result.Last(key.Digest) < 0) result.Add(key, true);
        }

        return result;
    }

    /// <summary>Describes the manifests that reference a digest, in the order of the index.</summary>
    public IEnumerable<Descriptor> DescribePredecessors(Digest digest, CancellationToken cancellationToken)
    {
        foreach (var key in PredecessorsInOrder(digest, role => role != DescriptorRole.Reference, cancellationToken)) yield return Describe(key);
    }

    /// <summary>Describes the referrers of a subject, in the order of the index (distribution-spec, "Listing Referrers").</summary>
    public IEnumerable<Descriptor> DescribeReferrers(Digest subject, CancellationToken cancellationToken)
    {
        foreach (var key in PredecessorsInOrder(subject, role => role == DescriptorRole.Subject, cancellationToken))
        {
            var node = this[key];
            yield return new Descriptor(MediaTypes.Of(key.Kind), key.Digest, node.Size)
            {
                ArtifactType = node.ReferrerType,
                Annotations = node.Annotations,
            };
        }
    }

    // The index entry has the most members. For manifests that are not listed, media type and size are known.
    private Descriptor Describe(NodeKey key) =>
        Entries.FindDigest(key.Digest).FirstOrDefault(e => e.Problem is null)?.Describe() ?? new Descriptor(MediaTypes.Of(key.Kind), key.Digest, this[key].Size);

    /// <summary>Returns the reachable nodes of a digest, one for each kind of manifest that it is read as.</summary>
    public IEnumerable<(NodeKey Key, ManifestNode Node)> NodesOf(Digest digest)
    {
        foreach (var kind in Kinds)
        {
            var key = new NodeKey(digest, kind);
            if (_predecessors.TryGet(key, out var node) && IsReachable(key)) yield return (key, node);
        }
    }

    /// <summary>Gets the reachable manifests whose references are unknown, with the reason, in the order of the index.</summary>
    public IEnumerable<(NodeKey Key, OciException Problem)> Problems =>
        _predecessors.Problems().Where(p => HasPath(p.Key)).OrderBy(p => Entries.PositionOf(p.Key.Digest));

    /// <summary>Returns the content that matches and that a reachable manifest references.</summary>
    public IEnumerable<Digest> Find(Func<Digest, bool> matches) => _predecessors.Find(matches).Where(d => Predecessors(d).Any());

    private bool IsReachable(NodeKey key) => IsStored(key) && HasPath(key);

    // Searches for a path up to a root, depth-first, over manifests whose files exist. Visits each node once.
    private bool HasPath(NodeKey key)
    {
        if (TryDecide(key) is { } known) return known;
        var path = new Stack<(NodeKey Key, IEnumerator<ReverseEdge> Above)>();
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

            var edge = above.Current;
            if (edge.Kind != at.Kind || !IsStored(edge.From)) continue;
            if (TryDecide(edge.From) is not { } hasPath)
            {
                Enter(edge.From);
                continue;
            }

            if (!hasPath) continue;
            foreach (var (below, predecessors) in path)
            {
                _hasPath.Set(below, true);
                predecessors.Dispose();
            }

            return true;
        }

        return false;

        void Enter(NodeKey next)
        {
            _hasPath.Set(next, false); // until a path is found; also ends cycles, which require a hash collision
            path.Push((next, _predecessors.Predecessors(next.Digest).GetEnumerator()));
        }
    }

    // Returns the answer if no further step up is needed for it, or else null.
    private bool? TryDecide(NodeKey key)
    {
        if (_hasPath.TryGetValue(key, out var known)) return known;
        if (_isExcluded?.Invoke(key.Digest) == true) return false;
        return Entries.Lists(key) || key == _extraRoot ? true : null;
    }

    // Another tool may have deleted the file without editing the index. A missing manifest has no references.
    private bool IsStored(NodeKey key)
    {
        if (_readNow.Contains(key)) return _predecessors.TryGet(key, out _);
        if (_isStored.TryGetValue(key.Digest.Value, out var isStored)) return isStored;
        isStored = CheckFile(key.Digest);
        _isStored.Add(key.Digest.Value, isStored);
        return isStored;
    }

    private void CheckFiles(NodeTable<bool> keys, CancellationToken cancellationToken)
    {
        var pending = new NodeTable<bool>();
        foreach (var key in keys)
        {
            if (!_readNow.Contains(key) && pending.Last(key.Digest) < 0) pending.Add(key, true);
        }

        if (pending.Count == 0) return;
        var isStored = new bool[pending.Count];
        ParallelLoop.For(pending.Count, i => isStored[i] = CheckFile(pending[i].Digest), cancellationToken);
        for (var i = 0; i < pending.Count; i++) _isStored[pending[i].Digest.Value] = isStored[i];
    }

    private bool CheckFile(Digest digest)
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
