using System;
using System.Collections.Generic;
using System.Linq;
using OciLayout.Model;

namespace OciLayout.Graph;

/// <summary>
/// Finds the holders of content: manifests that stay and reference it, so that it must not be deleted. A subject reference does not hold
/// content. A fallback index does not either, unless a manifest other than a fallback index references it.
/// </summary>
internal sealed class Holders
{
    private readonly ReachabilityQuery _graph;
    private readonly Func<Digest, bool> _goes;

    /// <param name="graph">The graph that is reachable from the index.</param>
    /// <param name="goes">The test for content that is to be deleted itself.</param>
    public Holders(ReachabilityQuery graph, Func<Digest, bool> goes)
    {
        _graph = graph;
        _goes = goes;
    }

    /// <summary>Returns the holders of content.</summary>
    public IEnumerable<NodeKey> Of(Digest digest) => PointersTo(digest).Where(p => IsHolder(p.Digest));

    /// <summary>Returns whether content has a holder.</summary>
    public bool Any(Digest digest) => Of(digest).Any();

    private IEnumerable<NodeKey> PointersTo(Digest digest) =>
        _graph.Predecessors(digest).Where(p => p.Role != DescriptorRole.Subject && !_goes(p.Node.Digest)).Select(p => p.Node);

    // A fallback index that another manifest references, directly or through other fallback indexes, must stay complete for that manifest.
    private bool IsHolder(Digest digest)
    {
        if (!_graph.Entries.IsFallback(digest)) return true;
        var seen = new HashSet<Digest> { digest };
        var open = new Stack<Digest>(seen);
        while (open.Count > 0)
        {
            foreach (var above in PointersTo(open.Pop()))
            {
                if (!_graph.Entries.IsFallback(above.Digest)) return true;
                if (seen.Add(above.Digest)) open.Push(above.Digest);
            }
        }

        return false;
    }
}
