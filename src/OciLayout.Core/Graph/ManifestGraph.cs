using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using OciLayout.Blobs;
using OciLayout.Common;
using OciLayout.Index;
using OciLayout.Model;

namespace OciLayout.Graph;

/// <summary>
/// Reads manifests and caches their references as graph nodes. A cached node cannot become wrong, because content never changes under its
/// digest; the blob may have been deleted since, so callers that depend on it check that the file exists. Thread-safe.
/// </summary>
internal sealed class ManifestGraph
{
    private readonly BlobReader _blobs;
    private readonly NodeCache _cache = new();
    private ReachableSet? _listed;
    private PredecessorIndex _predecessors = new();
    private IndexSnapshot? _snapshot;
    private readonly Func<ReadOnlyMemory<byte>, NodeKey, ManifestNode> _parse;
    private long _reads;

    public ManifestGraph(BlobReader blobs)
    {
        _blobs = blobs;
        _parse = Parse;
    }

    /// <summary>Adds a manifest that the caller has read already.</summary>
    public void Add(NodeKey key, ManifestNode node) => _cache.Set(key, node);

    /// <summary>Removes deleted content from the cache.</summary>
    public void Forget(Digest digest) => _cache.Forget(digest);

    /// <summary>Gets the number of manifests read from the disk so far.</summary>
    public long Reads => Interlocked.Read(ref _reads);

    /// <summary>Returns a cached node if its blob still exists; another process may have deleted the blob.</summary>
    public ManifestNode? FindCachedIfStored(NodeKey key) => FindCached(key) is { } node && _blobs.Find(key.Digest) is not null ? node : null;

    /// <summary>Returns a node. Reads the manifest if it is not cached.</summary>
    public ManifestNode Get(NodeKey key, long limit, CancellationToken cancellationToken)
    {
        if (key.Kind == ManifestKind.None) return ManifestNode.Leaf;
        return FindCached(key) is { } cached ? Read(key, cached, limit, cancellationToken) : ReadAndCache(key, limit, cancellationToken);
    }

    /// <summary>Returns a node of content that the caller has just seen in the store. Reads the manifest if it is not cached.</summary>
    public ManifestNode GetStored(NodeKey key, long limit, CancellationToken cancellationToken)
    {
        if (key.Kind == ManifestKind.None) return ManifestNode.Leaf;
        return FindCached(key) ?? ReadAndCache(key, limit, cancellationToken);
    }

    /// <summary>Returns a cached node, without checking that the blob still exists.</summary>
    public ManifestNode? FindCached(NodeKey key) => _cache.Find(key) ?? (Volatile.Read(ref _predecessors).TryGet(key, out var node) ? node : null);

    private ManifestNode ReadAndCache(NodeKey key, long limit, CancellationToken cancellationToken)
    {
        var node = Read(key, null, limit, cancellationToken);
        return node.State == NodeState.Read ? _cache.GetOrAdd(key, node) : node;
    }

    private ManifestNode Read(NodeKey key, ManifestNode? cached, long limit, CancellationToken cancellationToken)
    {
        try
        {
            if (cached is not null) return _blobs.Find(key.Digest) is null ? ManifestNode.Missing : cached;
            if (key.Kind == ManifestKind.Document && !key.Digest.IsVerifiable) return ManifestNode.NoDocument;
            return _blobs.Use(key.Digest, limit, key, _parse, cancellationToken);
        }
        catch (OciException e) when (e.Kind == OciErrorKind.NotFound)
        {
            return ManifestNode.Missing;
        }
        catch (OciException e) when (e.Kind == OciErrorKind.SizeLimitExceeded && key.Kind == ManifestKind.Document)
        {
            return ManifestNode.NoDocument;
        }
        catch (OciException e)
        {
            return ManifestNode.Unreadable(e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ManifestNode.Unreadable(ContentErrors.ManifestUnreadable(key.Digest, e));
        }
    }

    private ManifestNode Parse(ReadOnlyMemory<byte> bytes, NodeKey key)
    {
        Interlocked.Increment(ref _reads);
        return ManifestNode.Parse(bytes, key.Kind, key.Digest);
    }

    /// <summary>
    /// Returns everything reachable from the roots. Walks breadth-first and visits each node once, so depth and the number of paths do not
    /// matter. Reads the manifests of a level in parallel.
    /// </summary>
    public ReachableSet FindReachable(IEnumerable<NodeKey> roots, long limit, CancellationToken cancellationToken)
    {
        var reachable = new ReachableSet(CapacityFor((roots as IReadOnlyCollection<NodeKey>)?.Count ?? 0));
        Extend(reachable, roots, limit, cancellationToken);
        return reachable;
    }

    /// <summary>Adds everything reachable from more roots to a set.</summary>
    public void Extend(ReachableSet reachable, IEnumerable<NodeKey> roots, long limit, CancellationToken cancellationToken, bool retry = false) =>
        reachable.Extend(roots, keys => Get(keys, limit, cancellationToken), retry);

    // Most images have a config and at least one layer.
    private static int CapacityFor(int roots) => 3 * roots;

    /// <summary>
    /// Returns everything reachable from the entries of the index. Reuses the last result if the index has not changed and nothing was
    /// missing.
    /// </summary>
    public ReachableSet FindListed(IndexFile index, long limit, CancellationToken cancellationToken)
    {
        var entries = TakeSnapshot(index);
        var last = Volatile.Read(ref _listed);
        if (last is not null && last.Version == entries.Version && last.IsComplete) return last;
        var reachable = new ReachableSet(CapacityFor(entries.Keys.Length)) { Version = entries.Version };
        Extend(reachable, entries.Keys, limit, cancellationToken);
        Volatile.Write(ref _listed, reachable);
        return reachable;
    }

    /// <summary>Returns the current entries of the index.</summary>
    public IndexSnapshot TakeSnapshot(IndexFile index)
    {
        var last = Volatile.Read(ref _snapshot);
        var now = index.Read(table => last is not null && last.Version == index.Version ? last : new IndexSnapshot(index.Version, table.ToList()));
        Volatile.Write(ref _snapshot, now);
        return now;
    }

    /// <summary>Returns an object that finds predecessors of content. Reads only the manifests that are new in the index.</summary>
    /// <param name="entries">The entries of the index.</param>
    /// <param name="limit">The size limit for manifests, in bytes.</param>
    /// <param name="cancellationToken">The cancellation token.</param>
    /// <param name="extraRoot">A root that the index need not list.</param>
    /// <param name="isExcluded">The test for content to exclude, with all paths through it; null excludes nothing.</param>
    public ReachabilityQuery Query(IndexSnapshot entries, long limit, CancellationToken cancellationToken, NodeKey? extraRoot = null, Func<Digest, bool>? isExcluded = null)
    {
        var known = Volatile.Read(ref _predecessors);
        if (known.IsOverfull(entries)) known = Trim(known, entries);
        var read = known.Complete(entries, extraRoot, (keys, from) => InParallel(keys, from, key => Read(key, _cache.Find(key), limit, cancellationToken), cancellationToken));
        return new ReachabilityQuery(known, entries, _blobs, read, extraRoot, isExcluded);
    }

    // Other threads keep using the old graph, which stays complete for their version of the index.
    private PredecessorIndex Trim(PredecessorIndex known, IndexSnapshot entries)
    {
        var trimmed = known.Trim(entries);
        Volatile.Write(ref _predecessors, trimmed);
        _cache.Filter(key => trimmed.TryGet(key, out _));
        return trimmed;
    }

    /// <summary>
    /// Returns nodes of content that the caller has just seen in the store. Reads those that are not cached, in parallel.
    /// </summary>
    public ManifestNode[] GetStored(IReadOnlyList<NodeKey> keys, long limit, CancellationToken cancellationToken) =>
        InParallel(keys, 0, key => GetStored(key, limit, cancellationToken), cancellationToken);

    /// <summary>Returns nodes, read in parallel.</summary>
    public ManifestNode[] Get(IReadOnlyList<NodeKey> keys, long limit, CancellationToken cancellationToken)
    {
        _cache.Reserve(keys.Count);
        return InParallel(keys, 0, key => Get(key, limit, cancellationToken), cancellationToken);
    }

    private static ManifestNode[] InParallel(IReadOnlyList<NodeKey> keys, int from, Func<NodeKey, ManifestNode> read, CancellationToken cancellationToken)
    {
        var result = new ManifestNode[keys.Count - from];
        ParallelLoop.For(result.Length, i => result[i] = read(keys[from + i]), cancellationToken);
        return result;
    }
}
