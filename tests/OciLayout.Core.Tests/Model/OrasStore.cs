using System.Collections.Generic;
using System.Linq;

namespace OciLayout.Tests.Model;

/// <summary>
/// A store as oras-go keeps it (content/oci/oci.go, version 2.6): a set of blobs, a map of references, among them the digests of manifests, and a
/// graph of what was pushed. Its collection is the one that its comments describe.
/// </summary>
internal sealed class OrasStore
{
    public HashSet<Digest> Blobs { get; private set; } = [];

    /// <summary>The manifests that are remembered by their digests.</summary>
    public HashSet<Digest> Manifests { get; private set; } = [];

    public Dictionary<string, Digest> Tags { get; } = [];

    public OciErrorKind? Push(Thing thing)
    {
        if (!Blobs.Add(thing.Digest)) return OciErrorKind.AlreadyExists;
        if (thing.IsManifest) Manifests.Add(thing.Digest);
        return null;
    }

    public OciErrorKind? Tag(Thing thing, string tag)
    {
        if (!Blobs.Contains(thing.Digest)) return OciErrorKind.NotFound;
        Manifests.Add(thing.Digest);
        Tags[tag] = thing.Digest;
        return null;
    }

    public OciErrorKind? Untag(string tag) => Tags.Remove(tag) ? null : OciErrorKind.NotFound;

    /// <summary>All that points at content; a subject points, too.</summary>
    public IEnumerable<Digest> Predecessors(Digest digest) => Manifests.Where(m => Blobs.Contains(m) && Universe.ByDigest[m].Named.Contains(digest));

    /// <summary>
    /// What a deletion with AutoGC removes: the target, the referrers of what goes, and what nothing points at any more and no tag names.
    /// </summary>
    /// <param name="target">What is deleted.</param>
    /// <param name="subjects">Whether a subject is a pointer like any other, as in oras-go; this module has another rule.</param>
    public HashSet<Digest> Deletion(Digest target, bool subjects)
    {
        var gone = new HashSet<Digest>();
        var queue = new Queue<Digest>([target]);
        while (queue.Count > 0)
        {
            var head = queue.Dequeue();
            if (!gone.Add(head) || !Universe.ByDigest[head].IsManifest || !Blobs.Contains(head)) continue;
            foreach (var referrer in Predecessors(head).Where(p => Universe.ByDigest[p].Subject == head)) queue.Enqueue(referrer);
            foreach (var next in subjects ? Universe.ByDigest[head].Named : Universe.ByDigest[head].Children)
            {
                if (!Tags.ContainsValue(next) && Pointers(next, subjects).All(gone.Contains)) queue.Enqueue(next);
            }
        }

        return gone;
    }

    public IEnumerable<Digest> Pointers(Digest digest, bool subjects) =>
        Predecessors(digest).Where(p => subjects || Universe.ByDigest[p].Children.Contains(digest));

    public void Remove(HashSet<Digest> gone)
    {
        Blobs.ExceptWith(gone);
        Manifests.ExceptWith(gone);
        foreach (var tag in Tags.Where(t => gone.Contains(t.Value)).Select(t => t.Key).ToList()) Tags.Remove(tag);
    }

    /// <summary>Keeps what tags reach, and the referrers of that with what they reach.</summary>
    /// <param name="more">What else is a root.</param>
    public void Collect(IEnumerable<Digest> more)
    {
        var kept = Reach(Tags.Values.Concat(more));
        while (Manifests.Where(m => !kept.Contains(m) && Subjects(m).Any(kept.Contains)).ToList() is { Count: > 0 } referrers) kept.UnionWith(Reach(referrers));
        Blobs.IntersectWith(kept);
        Manifests.IntersectWith(kept);
    }

    private IEnumerable<Digest> Subjects(Digest digest)
    {
        while (Blobs.Contains(digest) && !Universe.ByDigest[digest].Subject.IsEmpty) yield return digest = Universe.ByDigest[digest].Subject;
    }

    private HashSet<Digest> Reach(IEnumerable<Digest> roots)
    {
        var reached = new HashSet<Digest>();
        var queue = new Queue<Digest>(roots);
        while (queue.Count > 0)
        {
            var digest = queue.Dequeue();
            if (!reached.Add(digest) || !Blobs.Contains(digest)) continue;
            foreach (var next in Universe.ByDigest[digest].Named) queue.Enqueue(next);
        }

        return reached;
    }
}
