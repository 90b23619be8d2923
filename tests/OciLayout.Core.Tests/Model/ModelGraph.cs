using System.Collections.Generic;
using System.Linq;

namespace OciLayout.Tests.Model;

/// <summary>Content as it is read: as what its own type says, or as a document of an unknown type.</summary>
internal readonly record struct ModelNode(Digest Digest, bool IsDocument);

/// <summary>What points at what among the stored things, as section 4 says.</summary>
internal sealed class ModelGraph(IReadOnlyCollection<Digest> stored)
{
    private static Thing Of(Digest digest) => Universe.ByDigest[digest];

    public static ModelNode NodeOf(Digest digest) => new(digest, !Of(digest).IsManifest);

    public static ModelNode NodeOf(ModelEntry entry) => new(entry.Digest, entry.IsDocument);

    /// <summary>What a node keeps from being deleted: all that a document names, and all but the subject of a manifest.</summary>
    public IEnumerable<Digest> HeldBy(ModelNode node) =>
        !stored.Contains(node.Digest) ? [] : node.IsDocument ? Of(node.Digest).Named : Of(node.Digest).Children;

    /// <summary>What a node points at; nothing when it is not stored.</summary>
    public IEnumerable<Digest> Successors(ModelNode node) =>
        !stored.Contains(node.Digest) ? [] : node.IsDocument || SubjectOf(node).IsEmpty ? HeldBy(node) : HeldBy(node).Append(SubjectOf(node));

    /// <summary>What a manifest is attached to; what is not stored tells nobody.</summary>
    public Digest SubjectOf(ModelNode node) => !node.IsDocument && stored.Contains(node.Digest) ? Of(node.Digest).Subject : default;

    /// <summary>All that some nodes reach, themselves included.</summary>
    public HashSet<ModelNode> Reach(IEnumerable<ModelNode> roots)
    {
        var reached = new HashSet<ModelNode>();
        var queue = new Queue<ModelNode>(roots);
        while (queue.Count > 0)
        {
            var node = queue.Dequeue();
            if (!reached.Add(node)) continue;
            foreach (var next in Successors(node)) queue.Enqueue(NodeOf(next));
        }

        return reached;
    }

    /// <summary>What claims keep at least (a claim knows no pointers of a document), or at most.</summary>
    public HashSet<Digest> Claimed(IEnumerable<Digest> claims, bool atMost) =>
        [.. claims.Where(stored.Contains).Concat(Reach(claims.Where(c => atMost || Of(c).IsManifest).Where(stored.Contains).Select(NodeOf)).Select(n => n.Digest))];
}
