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
    private readonly Rows<GarbageFile> _garbage;
    private readonly long _limit;
    private readonly CancellationToken _cancellation;
    private readonly Table<Digest, Found> _manifests;
    private readonly Table<Digest, bool> _named;

    /// <param name="graph">The manifests read so far.</param>
    /// <param name="blobs">The blobs of the store.</param>
    /// <param name="garbage">The files to delete.</param>
    /// <param name="limit">The size limit for manifests, in bytes.</param>
    /// <param name="cancellationToken">The cancellation token.</param>
    public GarbageOrder(ManifestGraph graph, BlobReader blobs, Rows<GarbageFile> garbage, long limit, CancellationToken cancellationToken)
    {
        _graph = graph;
        _blobs = blobs;
        _garbage = garbage;
        _limit = limit;
        _cancellation = cancellationToken;
        _manifests = new(garbage.Count);
        _named = new(garbage.Count);
    }

    /// <summary>Returns the files in the order of deletion.</summary>
    /// <param name="listed">The content of the index entries to delete.</param>
    public List<RemovedItem> Sort(Rows<NodeKey> listed)
    {
        while (listed.Count > 0) listed = Follow(listed);
        LookInto(length => length is >= Short and <= Long);
        LookInto(length => length is < Short or > Long);

        foreach (var (digest, length) in _garbage)
        {
            if (_manifests.PlaceOf(digest) is >= 0 and var place) _manifests.At(place).Length = length;
        }

        var items = new List<RemovedItem>(_garbage.Count);
        foreach (var (digest, rank) in RemovalOrder.ParentsFirst(_manifests, d => _manifests.ValueOf(d).Edges))
        {
            var manifest = _manifests.ValueOf(digest);
            if (manifest.Length >= 0) items.Add(new RemovedItem(digest, manifest.Length, manifest.Kind == ManifestKind.Document ? null : MediaTypes.Of(manifest.Kind), RemovalReason.Unreachable) { Rank = rank });
        }

        foreach (var (digest, length) in _garbage)
        {
            if (!_manifests.Contains(digest)) items.Add(new RemovedItem(digest, length, null, RemovalReason.Unreachable) { Rank = int.MaxValue });
        }

        return items;
    }

    private Rows<NodeKey> Follow(Rows<NodeKey> keys)
    {
        var nodes = _graph.ReadPresent(keys, _limit, _cancellation);
        var next = new Rows<NodeKey>();
        for (var i = 0; i < nodes.Length; i++)
        {
            if (!TryAdd(keys[i].Digest, new Found(keys[i].Kind, nodes[i].Edges))) continue;
            foreach (var edge in nodes[i].Edges)
            {
                if (edge.Kind != ManifestKind.None) next.Add(edge.Target);
            }
        }

        return next;
    }

    private void LookInto(Func<long, bool> fits)
    {
        var digests = new Rows<Digest>();
        foreach (var (digest, length) in _garbage)
        {
            if (length <= _limit && fits(length) && !_manifests.Contains(digest) && !_named.Contains(digest)) digests.Add(digest);
        }

        var found = new Found[digests.Count];
        ParallelLoop.For(digests.Count, i => found[i] = LookInto(digests[i]), _cancellation);
        for (var i = 0; i < digests.Count; i++)
        {
            if (found[i].Kind != ManifestKind.None) TryAdd(digests[i], found[i]);
        }
    }

    private bool TryAdd(Digest digest, Found manifest)
    {
        if (!_manifests.TryAdd(digest, manifest)) return false;
        foreach (var edge in manifest.Edges)
        {
            if (edge.Kind == ManifestKind.None) _named.TryAdd(edge.Digest, true);
        }

        return true;
    }

    private Found LookInto(Digest digest)
    {
        try
        {
            return _blobs.Use(digest, _limit, digest, Read, _cancellation);
        }
        catch (Exception e) when (e is OciException or IOException or UnauthorizedAccessException)
        {
            return default; // the order matters only for manifests that can be read
        }
    }

    private static Found Read(ReadOnlyMemory<byte> bytes, Digest digest)
    {
        var kind = MediaTypes.KindOf(Manifest.Sniff(bytes));
        if (kind == ManifestKind.None) return default;
        try
        {
            return new Found(kind, ManifestNode.Parse(bytes, kind, digest).Edges);
        }
        catch (OciException)
        {
            return new Found(kind, []); // an invalid manifest has no references that could be followed
        }
    }

    /// <summary>A manifest in the garbage. Its kind is None if the content is not a manifest.</summary>
    private struct Found(ManifestKind kind, Edge[] edges)
    {
        public readonly ManifestKind Kind = kind;
        public readonly Edge[] Edges = edges;
        public long Length = -1; // -1 until the file is found in the garbage
    }
}
