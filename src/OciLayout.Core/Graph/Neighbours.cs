using System.Collections.Generic;
using System.Linq;
using System.Threading;
using OciLayout.Storage;

namespace OciLayout.Graph;

/// <summary>Who points at something, among all that the index reaches. Referrers that only a fallback tag lists are among it.</summary>
internal sealed class Neighbours
{
    private readonly IndexReach _graph;
    private readonly CancellationToken _cancellation;

    public Neighbours(IndexFile index, ContentGraph graph, long limit, CancellationToken cancellation)
    {
        _graph = graph.Reached(graph.Entries(index), limit, cancellation);
        _cancellation = cancellation;
    }

    public IEnumerable<Descriptor> Predecessors(Digest digest)
    {
        foreach (var key in _graph.PredecessorsInOrder(digest, role => role != DescriptorRole.Reference, _cancellation)) yield return Describe(key);
    }

    public IEnumerable<Descriptor> Referrers(Digest digest)
    {
        foreach (var key in _graph.PredecessorsInOrder(digest, role => role == DescriptorRole.Subject, _cancellation))
        {
            var node = _graph[key];
            yield return new Descriptor(MediaTypes.Of(key.Kind), key.Digest, node.Size)
            {
                ArtifactType = node.ReferrerType,
                Annotations = node.Annotations,
            };
        }
    }

    // The index says most about what it lists; of the rest, type and length are known.
    private Descriptor Describe(NodeKey key) =>
        _graph.Entries.FindDigest(key.Digest).FirstOrDefault(e => e.Problem is null)?.Describe() ?? new Descriptor(MediaTypes.Of(key.Kind), key.Digest, _graph[key].Size);
}
