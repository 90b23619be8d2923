using System;
using System.Collections.Generic;
using System.Linq;
using OciLayout.Graph;
using OciLayout.Model;

namespace OciLayout.Planning;

/// <summary>
/// Finds the retainers of content: manifests that are not deleted and reference it, so that it must not be deleted. A subject reference
/// does not retain content. A fallback index does not either, unless a manifest other than a fallback index references it.
/// </summary>
internal sealed class Retainers
{
    private readonly ReachabilityQuery _graph;
    private readonly Func<Digest, bool> _isDeleted;

    /// <param name="graph">The graph that is reachable from the index.</param>
    /// <param name="isDeleted">The test for content to delete.</param>
    public Retainers(ReachabilityQuery graph, Func<Digest, bool> isDeleted)
    {
        _graph = graph;
        _isDeleted = isDeleted;
    }

    /// <summary>Returns the retainers of content.</summary>
    public IEnumerable<NodeKey> Of(Digest digest) => Referencing(digest).Where(p => IsRetainer(p.Digest));

    /// <summary>Returns whether content has a retainer.</summary>
    public bool Any(Digest digest) => Of(digest).Any();

    private IEnumerable<NodeKey> Referencing(Digest digest) =>
        _graph.Predecessors(digest).Where(p => p.Role != DescriptorRole.Subject && !_isDeleted(p.Node.Digest)).Select(p => p.Node);

    // A fallback index that another manifest references, directly or through other fallback indexes, must stay complete for that
    // manifest.
    private bool IsRetainer(Digest digest)
    {
        if (!_graph.Entries.IsFallback(digest)) return true;
        var seen = new HashSet<Digest> { digest };
        var stack = new Stack<Digest>(seen);
        while (stack.Count > 0)
        {
            foreach (var parent in Referencing(stack.Pop()))
            {
                if (!_graph.Entries.IsFallback(parent.Digest)) return true;
                if (seen.Add(parent.Digest)) stack.Push(parent.Digest);
            }
        }

        return false;
    }
}
