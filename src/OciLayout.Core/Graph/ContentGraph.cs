using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using OciLayout.Storage;

namespace OciLayout.Graph;

/// <summary>
/// What points at what, read from the blobs when it is asked for and kept. Content never changes under its digest, so what was read stays
/// true as long as it is stored; whether it still is takes one look at its file.
/// </summary>
internal sealed class ContentGraph
{
    private readonly BlobReader _blobs;
    private readonly ConcurrentDictionary<NodeKey, GraphNode> _nodes = new();
    private GraphSnapshot? _last;
    private long _reads;

    public ContentGraph(BlobReader blobs) => _blobs = blobs;

    /// <summary>Adds a manifest that was parsed anyway.</summary>
    public void Add(Digest digest, Manifest manifest) => _nodes[new NodeKey(digest, manifest.Kind)] = GraphNode.Of(manifest);

    /// <summary>Forgets content that was removed.</summary>
    public void Forget(Digest digest)
    {
        foreach (var kind in GraphSnapshot.AllKinds) _nodes.TryRemove(new NodeKey(digest, kind), out _);
    }

    /// <summary>How many manifests were read from the disk so far.</summary>
    public long Reads => Interlocked.Read(ref _reads);

    /// <summary>A node if it was read before and is still stored; another process may have removed it.</summary>
    public GraphNode? Known(NodeKey key) => _nodes.TryGetValue(key, out var node) && _blobs.Find(key.Digest) is not null ? node : null;

    /// <summary>A node, read now if it was not yet.</summary>
    public GraphNode Get(NodeKey key, long limit, CancellationToken cancellation)
    {
        if (key.Kind == ManifestKind.None) return GraphNode.Leaf;
        try
        {
            if (_nodes.TryGetValue(key, out var known)) return _blobs.Find(key.Digest) is null ? GraphNode.Missing : known;

            var bytes = _blobs.ReadAll(key.Digest, null, limit, cancellation);
            Interlocked.Increment(ref _reads);
            var node = GraphNode.Of(Manifest.Parse(bytes, key.Kind, key.Digest.ToString()));
            return _nodes.GetOrAdd(key, node);
        }
        catch (OciException e) when (e.Kind == OciErrorKind.NotFound)
        {
            return GraphNode.Missing;
        }
        catch (OciException e)
        {
            return GraphNode.Unreadable(e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return GraphNode.Unreadable(new OciException(OciErrorKind.InvalidManifest, $"{key.Digest} cannot be read: {e.Message}", key.Digest.ToString(), e));
        }
    }

    /// <summary>
    /// Everything that roots reach, level by level, each node once; the manifests of a level are read on all cores. Neither depth nor the
    /// number of paths matters.
    /// </summary>
    public GraphSnapshot Reach(IEnumerable<NodeKey> roots, long limit, CancellationToken cancellation, Func<Digest, bool>? isOff = null)
    {
        var snapshot = new GraphSnapshot(isOff);
        snapshot.Extend(roots, keys => ReadLevel(keys, limit, cancellation));
        return snapshot;
    }

    /// <summary>Goes on from a snapshot with more roots.</summary>
    public void Extend(GraphSnapshot snapshot, IEnumerable<NodeKey> roots, long limit, CancellationToken cancellation) =>
        snapshot.Extend(roots, keys => ReadLevel(keys, limit, cancellation));

    /// <summary>The graph below all entries of the index; made anew only when the index changed or something was missing.</summary>
    public GraphSnapshot Listed(IndexFile index, long limit, CancellationToken cancellation)
    {
        var (version, roots) = index.Read(table => (index.Version, RootsOf(table)));
        var last = Volatile.Read(ref _last);
        if (last is not null && last.Version == version && last.IsComplete) return last;
        var snapshot = Reach(roots, limit, cancellation);
        snapshot.Version = version;
        Volatile.Write(ref _last, snapshot);
        return snapshot;
    }

    /// <summary>Some nodes, read on all cores.</summary>
    public IReadOnlyList<GraphNode> Read(IReadOnlyList<NodeKey> keys, long limit, CancellationToken cancellation) => ReadLevel(keys, limit, cancellation);

    private static List<NodeKey> RootsOf(IndexTable table)
    {
        var roots = new List<NodeKey>(table.Count);
        foreach (var entry in table.Entries)
        {
            if (!entry.Digest.IsEmpty) roots.Add(new NodeKey(entry.Digest, MediaTypes.KindOf(entry.MediaType)));
        }

        return roots;
    }

    private GraphNode[] ReadLevel(IReadOnlyList<NodeKey> keys, long limit, CancellationToken cancellation)
    {
        var result = new GraphNode[keys.Count];
        var unread = new List<int>();
        for (var i = 0; i < keys.Count; i++)
        {
            if (keys[i].Kind == ManifestKind.None) result[i] = GraphNode.Leaf;
            else unread.Add(i);
        }

        Cores.For(unread.Count, i => result[unread[i]] = Get(keys[unread[i]], limit, cancellation), cancellation);
        return result;
    }
}
