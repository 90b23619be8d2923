using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using OciLayout.Blobs;
using OciLayout.Common;
using OciLayout.Graph;
using OciLayout.Model;

namespace OciLayout.Planning;

/// <summary>
/// Orders garbage for deletion: manifests first, parents before children, then blobs. Reads unlisted garbage to find the manifests in it,
/// but not content that a garbage manifest references as a blob.
/// </summary>
internal sealed class GarbageOrder
{
    // Nearly all manifests have a length in this range, in bytes. They are read first and reference most of the remaining garbage.
    private const int Short = 256;
    private const int Long = 1 << 16;

    private readonly ManifestGraph _graph;
    private readonly BlobReader _blobs;
    private readonly List<StoredFile> _garbage;
    private readonly long _limit;
    private readonly CancellationToken _cancellation;
    private readonly List<Digest> _order = []; // the keys of _manifests in the order in which they were found
    private readonly Dictionary<DigestValue, GarbageManifest> _manifests;
    private readonly HashSet<DigestValue> _referencedBlobs = []; // the content that a garbage manifest references as a blob

    /// <param name="graph">The manifest graph.</param>
    /// <param name="blobs">The blobs of the store.</param>
    /// <param name="garbage">The files to delete.</param>
    /// <param name="limit">The size limit for manifests, in bytes.</param>
    /// <param name="cancellationToken">The cancellation token.</param>
    public GarbageOrder(ManifestGraph graph, BlobReader blobs, List<StoredFile> garbage, long limit, CancellationToken cancellationToken)
    {
        _graph = graph;
        _blobs = blobs;
        _garbage = garbage;
        _limit = limit;
        _cancellation = cancellationToken;
        _manifests = new(garbage.Count / 3); // most images have a manifest, a config and at least one layer
    }

    /// <summary>Returns the files in the order of deletion.</summary>
    /// <param name="listed">The content of the index entries to delete.</param>
    public List<RemovedItem> Sort(List<NodeKey> listed)
    {
        while (listed.Count > 0) listed = FollowListed(listed);
        ReadManifests(length => length is >= Short and <= Long);
        ReadManifests(length => length is < Short or > Long);

        foreach (var (digest, length, _) in _garbage)
        {
            if (_manifests.TryGetValue(digest.Value, out var manifest)) manifest.Length = length;
        }

        var items = new List<RemovedItem>(_garbage.Count);
        foreach (var (digest, rank) in RemovalOrder.ParentsFirst(_order, d => _manifests[d.Value].Edges))
        {
            var manifest = _manifests[digest.Value];
            if (manifest.Length >= 0) items.Add(new RemovedItem(digest, manifest.Length, manifest.Kind == ManifestKind.Document ? null : MediaTypes.Of(manifest.Kind), RemovalReason.Unreachable) { Rank = rank });
        }

        foreach (var (digest, length, _) in _garbage)
        {
            if (!_manifests.ContainsKey(digest.Value)) items.Add(new RemovedItem(digest, length, null, RemovalReason.Unreachable) { Rank = int.MaxValue });
        }

        return items;
    }

    private List<NodeKey> FollowListed(List<NodeKey> keys)
    {
        var nodes = _graph.GetStored(keys, _limit, _cancellation);
        var next = new List<NodeKey>();
        for (var i = 0; i < nodes.Length; i++)
        {
            if (!TryAdd(keys[i].Digest, new GarbageManifest(keys[i].Kind, nodes[i].Edges))) continue;
            foreach (var edge in nodes[i].Edges)
            {
                if (edge.Kind != ManifestKind.None) next.Add(edge.Target);
            }
        }

        return next;
    }

    private void ReadManifests(Func<long, bool> hasLength)
    {
        var digests = new List<Digest>();
        foreach (var (digest, length, _) in _garbage)
        {
            if (length <= _limit && hasLength(length) && !_manifests.ContainsKey(digest.Value) && !_referencedBlobs.Contains(digest.Value)) digests.Add(digest);
        }

        var found = new GarbageManifest?[digests.Count];
        ParallelLoop.For(digests.Count, i => found[i] = TryReadManifest(digests[i]), _cancellation);
        for (var i = 0; i < digests.Count; i++)
        {
            if (found[i] is { } manifest) TryAdd(digests[i], manifest);
        }
    }

    private bool TryAdd(Digest digest, GarbageManifest manifest)
    {
        if (_manifests.ContainsKey(digest.Value)) return false;
        _manifests.Add(digest.Value, manifest);
        _order.Add(digest);
        foreach (var edge in manifest.Edges)
        {
            if (edge.Kind == ManifestKind.None) _referencedBlobs.Add(edge.Digest.Value);
        }

        return true;
    }

    private GarbageManifest? TryReadManifest(Digest digest)
    {
        try
        {
            return _blobs.Use(digest, _limit, digest, Parse, _cancellation);
        }
        catch (Exception e) when (e is OciException or IOException or UnauthorizedAccessException)
        {
            return null; // the order matters only for manifests that can be read
        }
    }

    private static GarbageManifest? Parse(ReadOnlyMemory<byte> bytes, Digest digest)
    {
        var kind = MediaTypes.KindOf(Manifest.Sniff(bytes));
        if (kind == ManifestKind.None) return null;
        try
        {
            return new GarbageManifest(kind, ManifestNode.Parse(bytes, kind, digest).Edges);
        }
        catch (OciException)
        {
            return new GarbageManifest(kind, []); // an invalid manifest has no references that could be followed
        }
    }

    /// <summary>A manifest in the garbage.</summary>
    private sealed class GarbageManifest(ManifestKind kind, Edge[] edges)
    {
        public readonly ManifestKind Kind = kind;
        public readonly Edge[] Edges = edges;
        public long Length = -1; // -1 until the file is found in the garbage
    }
}
