using System;
using System.Collections.Generic;
using System.Threading;
using OciLayout.Storage;

namespace OciLayout.Graph;

/// <summary>
/// The order in which garbage goes: manifests first, parents before children, then what is none. What is not listed has to be looked into
/// for that; but not what a manifest among it names as a mere blob.
/// </summary>
internal sealed class GarbageOrder
{
    // Nearly all manifests are of such a length. They are looked into first, and mostly name all the others.
    private const int Short = 256;
    private const int Long = 1 << 16;

    private readonly BlobReader _blobs;
    private readonly long _limit;
    private readonly CancellationToken _cancellation;
    private readonly Table<Digest, Found> _manifests = new();
    private readonly Table<Digest, bool> _named = new();

    public GarbageOrder(BlobReader blobs, long limit, CancellationToken cancellation)
    {
        _blobs = blobs;
        _limit = limit;
        _cancellation = cancellation;
    }

    /// <param name="garbage">What goes.</param>
    /// <param name="listed">What the entries reach that go, read already.</param>
    public List<RemovedItem> Sort(Rows<GarbageFile> garbage, GraphSnapshot listed)
    {
        foreach (var key in listed.Order)
        {
            if (key.Kind != ManifestKind.None) _manifests.Set(key.Digest, new Found(key.Kind, listed[key].Edges));
        }

        LookInto(garbage, listed, length => length is >= Short and <= Long);
        LookInto(garbage, listed, length => length is < Short or > Long);

        var sizes = new Table<Digest, long>(_manifests.Count);
        foreach (var (digest, length) in garbage)
        {
            if (_manifests.Contains(digest)) sizes.Set(digest, length);
        }

        var items = new List<RemovedItem>(garbage.Count);
        foreach (var digest in RemovalOrder.ParentsFirst(sizes, d => _manifests.ValueOf(d).Edges))
            items.Add(new RemovedItem(digest, sizes.ValueOf(digest), MediaTypes.Of(_manifests.ValueOf(digest).Kind), RemovalReason.Unreachable));
        foreach (var (digest, length) in garbage)
        {
            if (!sizes.Contains(digest)) items.Add(new RemovedItem(digest, length, null, RemovalReason.Unreachable));
        }

        return items;
    }

    private void LookInto(Rows<GarbageFile> garbage, GraphSnapshot listed, Func<long, bool> fits)
    {
        var digests = new Rows<Digest>();
        foreach (var (digest, length) in garbage)
        {
            if (length <= _limit && fits(length) && !listed.Contains(digest) && !_named.Contains(digest)) digests.Add(digest);
        }

        var found = new Found?[digests.Count];
        Cores.For(digests.Count, i => found[i] = LookInto(digests[i]), _cancellation);
        for (var i = 0; i < digests.Count; i++)
        {
            if (found[i] is not { } manifest) continue;
            _manifests.Set(digests[i], manifest);
            foreach (var edge in manifest.Edges)
            {
                if (edge.Kind == ManifestKind.None) _named.TryAdd(edge.Digest, true);
            }
        }
    }

    private Found? LookInto(Digest digest)
    {
        try
        {
            return _blobs.Use(digest, _limit, digest, Read, _cancellation);
        }
        catch (OciException)
        {
            return null;
        }
    }

    private static Found? Read(ReadOnlyMemory<byte> bytes, Digest digest)
    {
        var kind = MediaTypes.KindOf(Manifest.Sniff(bytes));
        if (kind == ManifestKind.None) return null;
        try
        {
            return new Found(kind, GraphNode.Parse(bytes, kind, digest).Edges);
        }
        catch (OciException)
        {
            return new Found(kind, []); // what cannot be read points at nothing that anybody could follow
        }
    }

    private sealed class Found(ManifestKind kind, Edge[] edges)
    {
        public ManifestKind Kind => kind;

        public Edge[] Edges => edges;
    }
}

/// <summary>A file that goes.</summary>
/// <param name="Digest">The content.</param>
/// <param name="Length">The length in bytes.</param>
internal readonly record struct GarbageFile(Digest Digest, long Length);
