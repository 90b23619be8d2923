using System.Collections.Generic;
using System.Linq;
using System.Threading;
using OciLayout.Storage;

namespace OciLayout.Graph;

/// <summary>Who points at something, among all that the index reaches. Referrers that only a fallback tag lists are among it.</summary>
internal sealed class Neighbours
{
    private readonly IndexFile _index;
    private readonly BlobReader _blobs;
    private readonly GraphSnapshot _graph;

    public Neighbours(IndexFile index, BlobReader blobs, ContentGraph graph, long limit, CancellationToken cancellation)
    {
        _index = index;
        _blobs = blobs;
        _graph = graph.Listed(index, limit, cancellation);
    }

    public IEnumerable<Descriptor> Predecessors(Digest digest)
    {
        var seen = new HashSet<Digest>();
        foreach (var (key, _) in _graph.Predecessors(digest))
        {
            if (seen.Add(key.Digest)) yield return Describe(key, _graph[key]);
        }
    }

    public IEnumerable<Descriptor> Referrers(Digest digest)
    {
        var seen = new HashSet<Digest>();
        foreach (var (key, role) in _graph.Predecessors(digest))
        {
            // The graph remembers what was read; a list of referrers may name what somebody has removed since.
            if (role != DescriptorRole.Subject || !seen.Add(key.Digest) || _blobs.Find(key.Digest) is null) continue;
            var node = _graph[key];
            yield return new Descriptor(MediaTypes.Of(key.Kind), key.Digest, node.Size)
            {
                ArtifactType = node.ReferrerType,
                Annotations = node.Annotations,
            };
        }
    }

    // The index says most about what it lists; of the rest, type and length are known.
    private Descriptor Describe(NodeKey key, GraphNode node)
    {
        var listed = _index.Read(table => table.FindDigest(key.Digest).FirstOrDefault(e => e.Problem is null));
        return listed?.Describe() ?? new Descriptor(MediaTypes.Of(key.Kind), key.Digest, node.Size);
    }
}
