using System.Collections.Generic;
using System.Linq;

namespace OciLayout.Tests.StateModel;

/// <summary>
/// A model of the store of oras-go (content/oci/oci.go, version 2.6): a set of blobs, a map of references that includes the digests of
/// manifests, and a graph of the pushed content. Its garbage collection does what the comments of oras-go describe.
/// </summary>
internal sealed class OrasStore
{
    public HashSet<Digest> Blobs { get; private set; } = [];

    /// <summary>The manifests that have a reference by digest.</summary>
    public HashSet<Digest> Manifests { get; private set; } = [];

    public Dictionary<string, Digest> Tags { get; } = [];

    public OciErrorKind? Push(ModelContent thing)
    {
        if (!Blobs.Add(thing.Digest)) return OciErrorKind.AlreadyExists;
        if (thing.IsManifest) Manifests.Add(thing.Digest);
        return null;
    }

    public OciErrorKind? Tag(ModelContent thing, string tag)
    {
        if (!Blobs.Contains(thing.Digest)) return OciErrorKind.NotFound;
        Manifests.Add(thing.Digest);
        Tags[tag] = thing.Digest;
        return null;
    }

    public OciErrorKind? Untag(string tag) => Tags.Remove(tag) ? null : OciErrorKind.NotFound;

    /// <summary>Returns the manifests that point at content, including its referrers.</summary>
    public IEnumerable<Digest> Predecessors(Digest digest) => Manifests.Where(m => Blobs.Contains(m) && ModelContents.ByDigest[m].Named.Contains(digest));

    /// <summary>
    /// Returns the digests that a deletion with AutoGC deletes: the target, the referrers of deleted manifests, and content without
    /// remaining predecessor and without tag.
    /// </summary>
    /// <param name="target">The content to delete.</param>
    /// <param name="subjects">Whether a subject counts as a pointer like any other: true in oras-go, false in this module.</param>
    public HashSet<Digest> Deletion(Digest target, bool subjects)
    {
        var gone = new HashSet<Digest>();
        var queue = new Queue<Digest>([target]);
        while (queue.Count > 0)
        {
            var head = queue.Dequeue();
            if (!gone.Add(head) || !ModelContents.ByDigest[head].IsManifest || !Blobs.Contains(head)) continue;
            foreach (var referrer in Predecessors(head).Where(p => ModelContents.ByDigest[p].Subject == head)) queue.Enqueue(referrer);
            foreach (var next in subjects ? ModelContents.ByDigest[head].Named : ModelContents.ByDigest[head].Children)
            {
                if (!Tags.ContainsValue(next) && Pointers(next, subjects).All(gone.Contains)) queue.Enqueue(next);
            }
        }

        return gone;
    }

    public IEnumerable<Digest> Pointers(Digest digest, bool subjects) =>
        Predecessors(digest).Where(p => subjects || ModelContents.ByDigest[p].Children.Contains(digest));

    public void Remove(HashSet<Digest> gone)
    {
        Blobs.ExceptWith(gone);
        Manifests.ExceptWith(gone);
        foreach (var tag in Tags.Where(t => gone.Contains(t.Value)).Select(t => t.Key).ToList()) Tags.Remove(tag);
    }

    /// <summary>Deletes content that is not reachable from tags, from further roots, or from referrers of kept content.</summary>
    /// <param name="more">The further roots.</param>
    public void Collect(IEnumerable<Digest> more)
    {
        var kept = Reach(Tags.Values.Concat(more));
        while (Manifests.Where(m => !kept.Contains(m) && Subjects(m).Any(kept.Contains)).ToList() is { Count: > 0 } referrers) kept.UnionWith(Reach(referrers));
        Blobs.IntersectWith(kept);
        Manifests.IntersectWith(kept);
    }

    private IEnumerable<Digest> Subjects(Digest digest)
    {
        while (Blobs.Contains(digest) && !ModelContents.ByDigest[digest].Subject.IsEmpty) yield return digest = ModelContents.ByDigest[digest].Subject;
    }

    private HashSet<Digest> Reach(IEnumerable<Digest> roots)
    {
        var reached = new HashSet<Digest>();
        var queue = new Queue<Digest>(roots);
        while (queue.Count > 0)
        {
            var digest = queue.Dequeue();
            if (!reached.Add(digest) || !Blobs.Contains(digest)) continue;
            foreach (var next in ModelContents.ByDigest[digest].Named) queue.Enqueue(next);
        }

        return reached;
    }
}
