using System.Collections.Generic;
using System.Linq;

namespace OciLayout.Tests.StateModel;

/// <summary>The graph of the stored things (section 4).</summary>
internal sealed class ModelGraph(IReadOnlyCollection<Digest> stored)
{
    private static ModelContent Of(Digest digest) => ModelContents.ByDigest[digest];

    public static ModelNode NodeOf(Digest digest) => new(digest, !Of(digest).IsManifest);

    public static ModelNode NodeOf(ModelEntry entry) => new(entry.Digest, entry.IsDocument);

    /// <summary>
    /// Returns the digests that a node protects from deletion: all digests in a document of an unknown type, or all pointers of a manifest
    /// except its subject.
    /// </summary>
    public IEnumerable<Digest> HeldBy(ModelNode node) =>
        !stored.Contains(node.Digest) ? [] : node.IsDocument ? Of(node.Digest).Named : Of(node.Digest).Children;

    /// <summary>Returns the digests that a node points at; none if it is not stored.</summary>
    public IEnumerable<Digest> Successors(ModelNode node) =>
        !stored.Contains(node.Digest) ? [] : node.IsDocument || SubjectOf(node).IsEmpty ? HeldBy(node) : HeldBy(node).Append(SubjectOf(node));

    /// <summary>Returns the subject of a stored manifest, or the empty digest.</summary>
    public Digest SubjectOf(ModelNode node) => !node.IsDocument && stored.Contains(node.Digest) ? Of(node.Digest).Subject : default;

    /// <summary>Returns the nodes that are reachable from roots, including the roots.</summary>
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

    /// <summary>Returns the digests that claims keep at least (without the digests in documents of unknown types), or at most.</summary>
    public HashSet<Digest> Claimed(IEnumerable<Digest> claims, bool atMost) =>
        [.. claims.Where(stored.Contains).Concat(Reach(claims.Where(c => atMost || Of(c).IsManifest).Where(stored.Contains).Select(NodeOf)).Select(n => n.Digest))];
}
