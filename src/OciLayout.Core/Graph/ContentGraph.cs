using System;
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
    private readonly NodeMemory _nodes = new();
    private GraphSnapshot? _last;
    private KnownGraph _known = new();
    private ListedEntries? _entries;
    private readonly Func<ReadOnlyMemory<byte>, NodeKey, GraphNode> _parse;
    private long _reads;

    public ContentGraph(BlobReader blobs)
    {
        _blobs = blobs;
        _parse = Parse;
    }

    /// <summary>Adds a manifest that was read anyway.</summary>
    public void Add(NodeKey key, GraphNode node) => _nodes.Set(key, node);

    /// <summary>Forgets content that was removed.</summary>
    public void Forget(Digest digest) => _nodes.Forget(digest);

    /// <summary>How many manifests were read from the disk so far.</summary>
    public long Reads => Interlocked.Read(ref _reads);

    /// <summary>How many manifests are kept in memory.</summary>
    public int KnownCount => _nodes.Count + Volatile.Read(ref _known).Count;

    /// <summary>A node if it was read before and is still stored; another process may have removed it.</summary>
    public GraphNode? Known(NodeKey key) => Kept(key) is { } node && _blobs.Find(key.Digest) is not null ? node : null;

    /// <summary>A node, read now if it was not yet.</summary>
    public GraphNode Get(NodeKey key, long limit, CancellationToken cancellation)
    {
        if (key.Kind == ManifestKind.None) return GraphNode.Leaf;
        return Kept(key) is { } kept ? Read(key, kept, limit, cancellation) : Take(key, limit, cancellation);
    }

    /// <summary>A node of content that was just seen to be stored, read now if it was not yet.</summary>
    public GraphNode GetPresent(NodeKey key, long limit, CancellationToken cancellation)
    {
        if (key.Kind == ManifestKind.None) return GraphNode.Leaf;
        return Kept(key) ?? Take(key, limit, cancellation);
    }

    /// <summary>A node if it was read before, stored or not by now. It is where it is linked, or else among those that were read for something else.</summary>
    public GraphNode? Kept(NodeKey key) => _nodes.Find(key) ?? (Volatile.Read(ref _known).TryGet(key, out var node) ? node : null);

    private GraphNode Take(NodeKey key, long limit, CancellationToken cancellation)
    {
        var node = Read(key, null, limit, cancellation);
        return node.State == NodeState.Read ? _nodes.GetOrAdd(key, node) : node;
    }

    private GraphNode Read(NodeKey key, GraphNode? known, long limit, CancellationToken cancellation)
    {
        try
        {
            if (known is not null) return _blobs.Find(key.Digest) is null ? GraphNode.Missing : known;
            if (key.Kind == ManifestKind.Document && !key.Digest.IsVerifiable) return GraphNode.NoDocument;
            return _blobs.Use(key.Digest, limit, key, _parse, cancellation);
        }
        catch (OciException e) when (e.Kind == OciErrorKind.NotFound)
        {
            return GraphNode.Missing;
        }
        catch (OciException e) when (e.Kind == OciErrorKind.SizeLimitExceeded && key.Kind == ManifestKind.Document)
        {
            return GraphNode.NoDocument;
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

    private GraphNode Parse(ReadOnlyMemory<byte> bytes, NodeKey key)
    {
        Interlocked.Increment(ref _reads);
        return GraphNode.Parse(bytes, key.Kind, key.Digest);
    }

    /// <summary>
    /// Everything that roots reach, level by level, each node once; the manifests of a level are read on all cores. Neither depth nor the
    /// number of paths matters.
    /// </summary>
    public GraphSnapshot Reach(IEnumerable<NodeKey> roots, long limit, CancellationToken cancellation, Func<Digest, bool>? isOff = null)
    {
        var snapshot = new GraphSnapshot(isOff, 3 * ((roots as IReadOnlyCollection<NodeKey>)?.Count ?? 0)); // an image has a config and a layer at least
        snapshot.Extend(roots, keys => Read(keys, limit, cancellation));
        return snapshot;
    }

    /// <summary>Goes on from a snapshot with more roots.</summary>
    public void Extend(GraphSnapshot snapshot, IEnumerable<NodeKey> roots, long limit, CancellationToken cancellation, bool retry = false) =>
        snapshot.Extend(roots, keys => Read(keys, limit, cancellation), retry);

    /// <summary>The graph below all entries of the index; made anew only when the index changed or something was missing.</summary>
    public GraphSnapshot Listed(IndexFile index, long limit, CancellationToken cancellation)
    {
        var entries = Entries(index);
        var last = Volatile.Read(ref _last);
        if (last is not null && last.Version == entries.Version && last.IsComplete) return last;
        var snapshot = Reach(entries.Keys, limit, cancellation);
        snapshot.Version = entries.Version;
        Volatile.Write(ref _last, snapshot);
        return snapshot;
    }

    /// <summary>The entries of the index as they are now.</summary>
    public ListedEntries Entries(IndexFile index)
    {
        var last = Volatile.Read(ref _entries);
        var now = index.Read(table => last is not null && last.Version == index.Version ? last : new ListedEntries(index.Version, table.ToList()));
        Volatile.Write(ref _entries, now);
        return now;
    }

    /// <summary>For questions about who points at what: what is new in the index is read, what is known stays.</summary>
    /// <param name="entries">The index.</param>
    /// <param name="limit">The longest manifest that is read.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <param name="also">A root that the index may not list.</param>
    /// <param name="isOff">Content that no way leads through; null for none.</param>
    public IndexReach Reached(ListedEntries entries, long limit, CancellationToken cancellation, NodeKey? also = null, Func<Digest, bool>? isOff = null)
    {
        var known = Volatile.Read(ref _known);
        if (known.IsOverfull(entries)) known = Trim(known, entries);
        var fresh = known.Complete(entries, also, (keys, from) => OnAllCores(keys, from, key => Read(key, _nodes.Find(key), limit, cancellation), cancellation));
        return new IndexReach(known, entries, _blobs, fresh, also, isOff);
    }

    // What others ask meanwhile they ask of the old one, which stays as complete as it was for them.
    private KnownGraph Trim(KnownGraph known, ListedEntries entries)
    {
        var trimmed = known.Trim(entries);
        Volatile.Write(ref _known, trimmed);
        _nodes.Keep(key => trimmed.TryGet(key, out _));
        return trimmed;
    }

    /// <summary>Nodes of content that was just seen to be stored, read on all cores if they were not yet.</summary>
    public GraphNode[] ReadPresent(IReadOnlyList<NodeKey> keys, long limit, CancellationToken cancellation) =>
        OnAllCores(keys, 0, key => GetPresent(key, limit, cancellation), cancellation);

    /// <summary>Some nodes, read on all cores.</summary>
    public GraphNode[] Read(IReadOnlyList<NodeKey> keys, long limit, CancellationToken cancellation)
    {
        _nodes.MakeRoom(keys.Count);
        return OnAllCores(keys, 0, key => Get(key, limit, cancellation), cancellation);
    }

    private static GraphNode[] OnAllCores(IReadOnlyList<NodeKey> keys, int from, Func<NodeKey, GraphNode> read, CancellationToken cancellation)
    {
        var result = new GraphNode[keys.Count - from];
        Cores.For(result.Length, i => result[i] = read(keys[from + i]), cancellation);
        return result;
    }
}
