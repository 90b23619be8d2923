using System.Collections.Generic;
using System.Threading;
using OciLayout.Blobs;
using OciLayout.Model;

namespace OciLayout.Graph;

/// <summary>
/// Walks down from a manifest in depth-first order, parents first. Visits each digest once, or once for each reference to it. Memory grows
/// with the depth times the number of references of a manifest.
/// </summary>
internal sealed class DepthFirstWalk
{
    private readonly BlobReader _blobs;
    private readonly ManifestGraph _graph;
    private readonly long _limit;
    private readonly CancellationToken _cancellation;

    public DepthFirstWalk(BlobReader blobs, ManifestGraph graph, long limit, CancellationToken cancellationToken)
    {
        _blobs = blobs;
        _graph = graph;
        _limit = limit;
        _cancellation = cancellationToken;
    }

    public IEnumerable<GraphVisit> From(Descriptor root, bool repeat)
    {
        var visited = new HashSet<Digest>();
        var expanded = new HashSet<NodeKey>();
        var stack = new Stack<(Descriptor Descriptor, DescriptorRole Role, int Depth)>();
        stack.Push((root, DescriptorRole.Root, 0));
        while (stack.Count > 0)
        {
            _cancellation.ThrowIfCancellationRequested();
            var (descriptor, role, depth) = stack.Pop();
            var key = NodeKey.Of(descriptor);
            if (!expanded.Add(key))
            {
                if (repeat) yield return new GraphVisit(descriptor, role, depth, _blobs.Find(descriptor.Digest) is null, null);
                continue;
            }

            var node = _graph.Get(key, _limit, _cancellation);
            if (visited.Add(descriptor.Digest) || repeat)
                yield return new GraphVisit(descriptor, role, depth, _blobs.Find(descriptor.Digest) is null, node.Problem);
            foreach (var (childRole, child) in Children(descriptor, node))
                stack.Push((child, childRole, depth + 1));
        }
    }

    // Reversed, because the last child pushed is visited first. Reads the manifest again for descriptor members that the graph does not
    // contain.
    private List<(DescriptorRole Role, Descriptor Target)> Children(Descriptor parent, ManifestNode node)
    {
        if (node.State != NodeState.Read) return [];
        try
        {
            var manifest = Manifest.Parse(_blobs.ReadAll(parent.Digest, null, _limit, _cancellation), parent.MediaType, parent.Digest.ToString());
            var children = new List<(DescriptorRole, Descriptor)>(manifest.Successors);
            children.Reverse();
            return children;
        }
        catch (OciException)
        {
            return []; // deleted or damaged since the graph was read
        }
    }
}
