using System;
using System.Collections.Generic;
using System.Linq;
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
    private readonly Table<Digest, (ManifestKind Kind, Edge[] Edges)> _manifests = new();
    private readonly Table<Digest, bool> _named = new();

    public GarbageOrder(BlobReader blobs, long limit, CancellationToken cancellation)
    {
        _blobs = blobs;
        _limit = limit;
        _cancellation = cancellation;
    }

    /// <param name="garbage">What goes.</param>
    /// <param name="listed">What the entries reach that go, read already.</param>
    public List<RemovedItem> Sort(IReadOnlyList<StoredBlob> garbage, GraphSnapshot listed)
    {
        foreach (var key in listed.Order)
        {
            if (key.Kind != ManifestKind.None) _manifests.Set(key.Digest, (key.Kind, listed[key].Edges));
        }

        var unknown = garbage.Where(g => !listed.Contains(g.Digest) && g.File.Length <= _limit).ToList();
        LookInto(unknown.Where(g => g.File.Length is >= Short and <= Long));
        LookInto(unknown.Where(g => g.File.Length is < Short or > Long && !_named.Contains(g.Digest)));

        var sizes = new Table<Digest, long>();
        foreach (var (digest, file) in garbage)
        {
            if (_manifests.Contains(digest)) sizes.Set(digest, file.Length);
        }

        var items = new List<RemovedItem>(garbage.Count);
        foreach (var digest in RemovalOrder.ParentsFirst(sizes, d => Manifest(d).Edges.Select(e => e.Digest)))
            items.Add(new RemovedItem(digest, sizes.At(sizes.PlaceOf(digest)), MediaTypes.Of(Manifest(digest).Kind), RemovalReason.Unreachable));
        foreach (var (digest, file) in garbage)
        {
            if (!sizes.Contains(digest)) items.Add(new RemovedItem(digest, file.Length, null, RemovalReason.Unreachable));
        }

        return items;
    }

    private (ManifestKind Kind, Edge[] Edges) Manifest(Digest digest) => _manifests.At(_manifests.PlaceOf(digest));

    private void LookInto(IEnumerable<StoredBlob> files)
    {
        var digests = files.Select(f => f.Digest).ToList();
        var found = new (ManifestKind Kind, Edge[] Edges)[digests.Count];
        Cores.For(digests.Count, i => found[i] = LookInto(digests[i]), _cancellation);
        for (var i = 0; i < digests.Count; i++)
        {
            if (found[i].Kind == ManifestKind.None) continue;
            _manifests.Set(digests[i], found[i]);
            foreach (var edge in found[i].Edges)
            {
                if (edge.Kind == ManifestKind.None) _named.TryAdd(edge.Digest, true);
            }
        }
    }

    private (ManifestKind Kind, Edge[] Edges) LookInto(Digest digest)
    {
        try
        {
            return _blobs.Use(digest, _limit, digest, Read, _cancellation);
        }
        catch (OciException)
        {
            return (ManifestKind.None, []);
        }
    }

    private static (ManifestKind Kind, Edge[] Edges) Read(ReadOnlyMemory<byte> bytes, Digest digest)
    {
        var kind = MediaTypes.KindOf(OciLayout.Manifest.Sniff(bytes));
        try
        {
            return (kind, kind == ManifestKind.None ? [] : GraphNode.Parse(bytes, kind, digest.ToString()).Edges);
        }
        catch (OciException)
        {
            return (kind, []); // what cannot be read points at nothing that anybody could follow
        }
    }
}
