using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using OciLayout.Graph;
using OciLayout.Model;
using OciLayout.Store;

namespace OciLayout.Maintenance;

/// <summary>
/// A store as one of two compared sides: its tags, and the content that is reachable from its index. Other content is not compared.
/// </summary>
internal sealed class StoreInventory : IContentInventory
{
    private readonly Dictionary<Digest, long> _files;
    private readonly Dictionary<Digest, InventoryItem> _content = [];
    private readonly ReachableSet _graph;

    /// <param name="state">The store.</param>
    /// <param name="limit">The size limit for manifests, in bytes.</param>
    /// <param name="withLists">Whether fallback indexes are compared. A registry has its own.</param>
    /// <param name="cancellationToken">Stops the operation.</param>
    public StoreInventory(StoreState state, long limit, bool withLists, CancellationToken cancellationToken)
    {
        _files = StoredContent.In(state.Blobs, cancellationToken);
        _graph = state.Graph.FindListed(state.Index, limit, cancellationToken);
        var index = state.Entries();
        var entries = index.Entries.Where(e => !e.Digest.IsEmpty && (withLists || !index.IsFallback(e))).ToList();
        Tags = entries.Where(e => e.Tag is not null && !e.NamesItself).GroupBy(e => e.Tag!, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Last().Describe().ToPlain(), StringComparer.Ordinal); // the last entry with a tag wins
        foreach (var entry in entries) Add(entry.Digest, entry.MediaType);
        foreach (var key in _graph.Order)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var edge in _graph[key].Edges) Add(edge.Digest, edge.MediaType);
        }
    }

    public IReadOnlyDictionary<string, Descriptor> Tags { get; }

    public IReadOnlyDictionary<Digest, InventoryItem> Content => _content;

    public IEnumerable<OciException> Problems => _graph.Problems.Select(p => p.Problem);

    public bool Has(Digest digest) => _files.ContainsKey(digest);

    public long? SizeBelow(Descriptor root, Func<Digest, bool> there)
    {
        var size = 0L;
        foreach (var digest in Below([NodeKey.Of(root, DescriptorRole.Root)]))
        {
            if (_files.TryGetValue(digest, out var length) && !there(digest)) size += length;
        }

        return size;
    }

    /// <summary>Returns everything reachable from digests, as any kind of manifest, with the digests themselves.</summary>
    public HashSet<Digest> Below(IEnumerable<Digest> digests) => Below(digests.SelectMany(d => _graph.NodesOf(d)).Select(n => n.Key));

    private HashSet<Digest> Below(IEnumerable<NodeKey> roots)
    {
        var digests = new HashSet<Digest>();
        var seen = new HashSet<NodeKey>();
        var stack = new Stack<NodeKey>(roots);
        while (stack.Count > 0)
        {
            var key = stack.Pop();
            if (!seen.Add(key) || !_graph.TryGet(key, out var node)) continue;
            digests.Add(key.Digest);
            foreach (var edge in node.Edges) stack.Push(edge.Target);
        }

        return digests;
    }

    // Content that is referenced as a layer here and as a manifest there counts as a manifest.
    private void Add(Digest digest, string mediaType)
    {
        if (!_files.TryGetValue(digest, out var size)) return;
        var isManifest = MediaTypes.IsManifest(mediaType);
        if (!_content.TryGetValue(digest, out var known) || (isManifest && !known.IsManifest))
            _content[digest] = new InventoryItem(size, mediaType.Length > 0 ? mediaType : null, isManifest);
    }
}
