using System;
using System.Collections.Generic;
using System.Linq;

namespace OciLayout.Graph;

/// <summary>
/// What keeps content from being deleted: the manifests that stay and point at it. A subject pointer holds nothing, nor does a fallback index
/// that is there for its tag alone.
/// </summary>
internal sealed class Holders
{
    private readonly IndexReach _graph;
    private readonly Func<Digest, bool> _goes;

    /// <param name="graph">What the index reaches.</param>
    /// <param name="goes">Whether content is deleted itself.</param>
    public Holders(IndexReach graph, Func<Digest, bool> goes)
    {
        _graph = graph;
        _goes = goes;
    }

    /// <summary>The holders of content.</summary>
    public IEnumerable<NodeKey> Of(Digest digest) => PointersTo(digest).Where(p => IsHolder(p.Digest));

    /// <summary>Whether content has a holder.</summary>
    public bool Any(Digest digest) => Of(digest).Any();

    private IEnumerable<NodeKey> PointersTo(Digest digest) =>
        _graph.Predecessors(digest).Where(p => p.Role != DescriptorRole.Subject && !_goes(p.Node.Digest)).Select(p => p.Node);

    // A fallback index that another manifest points at, perhaps by way of more of them, has to stay whole for that one.
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
