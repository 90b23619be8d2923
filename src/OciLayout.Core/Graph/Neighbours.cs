using System.Collections.Generic;
using System.Linq;
using System.Threading;
using OciLayout.Index;
using OciLayout.Model;

namespace OciLayout.Graph;

/// <summary>
/// Finds the predecessors and referrers of content, among everything reachable from the index. Includes referrers that only a fallback
/// index lists.
/// </summary>
internal sealed class Neighbours
{
    private readonly ReachabilityQuery _graph;
    private readonly CancellationToken _cancellation;

    public Neighbours(IndexFile index, ManifestGraph graph, long limit, CancellationToken cancellationToken)
    {
        _graph = graph.Reached(graph.Entries(index), limit, cancellationToken);
        _cancellation = cancellationToken;
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

    // The index entry tells most. For manifests that are not listed, media type and size are known.
    private Descriptor Describe(NodeKey key) =>
        _graph.Entries.FindDigest(key.Digest).FirstOrDefault(e => e.Problem is null)?.Describe() ?? new Descriptor(MediaTypes.Of(key.Kind), key.Digest, _graph[key].Size);
}
