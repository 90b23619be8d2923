using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Blobs;
using OciLayout.Common;
using OciLayout.Graph;
using OciLayout.Model;
using OciLayout.Sessions;
using OciLayout.Store;

namespace OciLayout.Transfer;

/// <summary>
/// The verified content of an archive, staged in <c>ingest/</c> and not visible in the store. Disposing it deletes the content that was not
/// published.
/// </summary>
internal sealed class ImportStage : IDisposable
{
    /// <summary>The number of blobs that one call publishes.</summary>
    private const int PublishCount = 256;

    /// <summary>The largest document that is held in memory, in bytes. A larger limit would exceed the length of an array.</summary>
    private const long LargestDocument = 1L << 30;

    private readonly StoreState _state;
    private readonly StoreWriter _writer;
    private readonly ClaimScope _scope;
    private readonly long _limit;
    private readonly Dictionary<Digest, StagedBlob> _staged = [];
    private readonly HashSet<StagedBlob> _published = [];
    private readonly Dictionary<NodeKey, ManifestNode> _nodes = [];

    public ImportStage(StoreState state, StoreWriter writer, long manifestLimit, CancellationToken cancellationToken)
    {
        _state = state;
        _writer = writer;
        _limit = Math.Min(manifestLimit, LargestDocument);
        _scope = writer.Begin(cancellationToken);
    }

    /// <summary>The staged blobs, including those that were already stored.</summary>
    public IEnumerable<StagedBlob> Blobs => _staged.Values;

    /// <summary>Adds a blob whose digest is known. The content is verified even when the blob is already stored.</summary>
    public void Add(Digest digest, long size, Stream content, CancellationToken cancellationToken)
    {
        if (_staged.ContainsKey(digest)) return;
        var request = new PushRequest { Digest = digest, Size = size };
        if (_writer.Reuse(request, null, _scope, cancellationToken) is { } reused)
        {
            using var verified = new VerifyingStream(content, digest, digest.KnownAlgorithm!.Value, size);
            verified.Drain(cancellationToken);
            _staged.Add(digest, reused);
        }
        else if (size <= _limit)
        {
            AddSmall(digest, ReadAll(content, size, cancellationToken), cancellationToken);
        }
        else
        {
            _staged.Add(digest, _writer.Stage(request, content, null, cancellationToken));
        }
    }

    /// <summary>Adds a file whose digest is not known.</summary>
    public StagedBlob Add(Stream content, CancellationToken cancellationToken)
    {
        var staged = _writer.Stage(new PushRequest(), content, null, cancellationToken);
        if (_staged.TryGetValue(staged.Descriptor.Digest, out var known))
        {
            _writer.Discard([staged]);
            return known;
        }

        _staged.Add(staged.Descriptor.Digest, staged);
        return staged;
    }

    /// <summary>Adds a manifest that was created during the import.</summary>
    public Descriptor Add(byte[] manifest, CancellationToken cancellationToken)
    {
        var digest = Digest.Compute(manifest);
        if (!_staged.ContainsKey(digest)) AddSmall(digest, manifest, cancellationToken);
        return new Descriptor(MediaTypes.ImageManifest, digest, manifest.Length);
    }

    /// <summary>Returns the length of staged or stored content in bytes; null when it is neither.</summary>
    public long? Find(Digest digest) => _staged.TryGetValue(digest, out var staged) ? staged.Descriptor.Size
        : digest.IsVerifiable ? _state.Blobs.Find(digest)?.Length : null;

    public Stream Open(Digest digest) =>
        _staged[digest].Path is { } path ? _state.Files.OpenRead(path) : _state.Blobs.Open(digest, null);

    public byte[] ReadAll(Digest digest, CancellationToken cancellationToken)
    {
        var size = _staged[digest].Descriptor.Size;
        if (size > _limit) throw ContentErrors.TooLarge(digest, size, _limit);
        using var stream = Open(digest);
        return ReadAll(stream, size, cancellationToken);
    }

    /// <summary>Discards staged content that is not wanted.</summary>
    public void DiscardExcept(HashSet<Digest> wanted)
    {
        foreach (var digest in _staged.Keys.Where(d => !wanted.Contains(d)).ToList())
        {
            _writer.Discard([_staged[digest]]);
            _staged.Remove(digest);
        }
    }

    /// <summary>
    /// Returns all content that is reachable from roots. Claims the stored part before the caller checks that it exists, so that a garbage
    /// collection does not delete it afterwards.
    /// </summary>
    public ReachableSet ClaimReachable(IEnumerable<Descriptor> roots, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var graph = new ReachableSet();
        graph.Extend(roots.Select(r => NodeKey.Of(r, DescriptorRole.Root)), keys => [.. keys.Select(k => Node(k, cancellationToken))]);
        using (_state.Locks.LockStoreShared(timeout, cancellationToken))
        {
            _scope.Claim([.. graph.Order.Where(k => k.Digest.IsVerifiable && !_staged.ContainsKey(k.Digest))
                .Select(k => new Claim(k.Digest, k.Kind is ManifestKind.None or ManifestKind.Document ? MediaTypes.OctetStream : MediaTypes.Of(k.Kind)))]);
        }

        return graph;
    }

    /// <summary>Publishes the blobs, then the manifests. An interrupted import leaves no manifest without its blobs.</summary>
    public void Publish(CancellationToken cancellationToken)
    {
        var queue = new Queue<StagedBlob>(_staged.Values.OrderBy(b => MediaTypes.IsManifest(b.Descriptor.MediaType)));
        while (queue.Count > 0)
        {
            var group = new List<StagedBlob>();
            while (queue.Count > 0 && group.Count < PublishCount) group.Add(queue.Dequeue());
            _writer.Publish(group, _scope, cancellationToken, list: false);
            foreach (var blob in group) _published.Add(blob);
        }

        foreach (var node in _nodes) _state.Graph.Add(node.Key, node.Value);
    }

    public void Dispose()
    {
        _writer.Discard(_staged.Values.Where(b => !_published.Contains(b)));
        _scope.Dispose();
    }

    // Small content that parses as a manifest is staged as one. The index decides, but it is parsed after all blobs are staged.
    private void AddSmall(Digest digest, byte[] bytes, CancellationToken cancellationToken)
    {
        var mediaType = Manifest.Sniff(bytes);
        if (mediaType is not null && TryParse(bytes, MediaTypes.KindOf(mediaType), digest) is { } node) _nodes[new NodeKey(digest, MediaTypes.KindOf(mediaType))] = node;
        else mediaType = null;
        var staged = _writer.Stage(new PushRequest { Digest = digest, Size = bytes.Length, MediaType = mediaType, IsCarried = true }, new MemoryStream(bytes), null, cancellationToken);
        _staged.Add(digest, new StagedBlob(staged.Path, staged.Descriptor, null)); // the bytes are on disk, so memory is released
    }

    private ManifestNode Node(NodeKey key, CancellationToken cancellationToken)
    {
        if (key.Kind == ManifestKind.None) return ManifestNode.Leaf;
        if (_nodes.TryGetValue(key, out var known)) return known;
        if (!_staged.TryGetValue(key.Digest, out var staged) || staged.Path is null) return _state.Graph.Get(key, _limit, cancellationToken);
        if (key.Kind == ManifestKind.Document && staged.Descriptor.Size > _limit) return ManifestNode.NoDocument;
        try
        {
            return ManifestNode.Parse(ReadAll(key.Digest, cancellationToken), key.Kind, key.Digest);
        }
        catch (OciException e)
        {
            return ManifestNode.Unreadable(e);
        }
    }

    private static ManifestNode? TryParse(byte[] bytes, ManifestKind kind, Digest digest)
    {
        try
        {
            return ManifestNode.Parse(bytes, kind, digest);
        }
        catch (OciException)
        {
            return null; // a layer may look like one
        }
    }

    /// <summary>Reads a stream of a stated length. The length may be wrong, so memory is allocated only as content arrives.</summary>
    public static byte[] ReadAll(Stream stream, long size, CancellationToken cancellationToken)
    {
        const int Step = 16 << 20;
        var bytes = new byte[Math.Min(size, Step)];
        for (var done = 0; done < size;)
        {
            if (done == bytes.Length) Array.Resize(ref bytes, (int)Math.Min(size, 2L * done));
            done += stream.Fill(bytes, done, bytes.Length - done, cancellationToken);
            if (done < bytes.Length) throw new InvalidDataException("it is truncated");
        }

        return bytes;
    }
}
