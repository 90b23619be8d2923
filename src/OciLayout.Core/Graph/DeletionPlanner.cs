using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using OciLayout.Storage;

namespace OciLayout.Graph;

/// <summary>
/// Finds out what goes with something: its referrers, and what nothing else points at then; to a fixpoint. It reads only, and refuses
/// when something that stays would lose what it points at, or a tag would go that nobody named.
/// </summary>
internal sealed class DeletionPlanner
{
    private readonly BlobReader _blobs;
    private readonly ListedEntries _listed;
    private readonly long _limit;
    private readonly CancellationToken _cancellation;
    private readonly ILookup<string, IndexEntry> _fallbacks;
    private readonly IndexReach _all;
    private readonly Dictionary<Digest, RemovalReason> _plan = [];
    private readonly List<Digest> _order = [];
    private readonly HashSet<Digest> _candidates = [];

    public DeletionPlanner(ContentGraph graph, BlobReader blobs, ListedEntries entries, Descriptor target, long limit, CancellationToken cancellation)
    {
        _blobs = blobs;
        _listed = entries;
        _limit = limit;
        _cancellation = cancellation;
        Target = target;
        _fallbacks = entries.Fallbacks.ToLookup(e => e.Tag!, StringComparer.Ordinal);
        _all = graph.Reached(entries, limit, cancellation, NodeKey.Of(target));
    }

    public Descriptor Target { get; }

    /// <summary>The plan.</summary>
    /// <param name="tag">The tag by which the target was named; null when it was named by digest.</param>
    /// <param name="cascade">Whether referrers and what dangles go, too.</param>
    /// <param name="options">Whether to override refusals.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, <see cref="OciErrorKind.ContentReferenced"/>, <see cref="OciErrorKind.IncompleteGraph"/>.</exception>
    public DeletionPlan Plan(string? tag, bool cascade, DeletionOptions options)
    {
        var force = options.Force;
        if (_blobs.Find(Target.Digest) is null && !_listed.Lists(Target.Digest)) throw BlobReader.NotFound(Target.Digest);
        if (cascade && !force) RefuseUnreadable();
        Add(Target.Digest, RemovalReason.Target);
        if (cascade) Cascade();
        var held = Holders().ToList();
        var lost = LostTags(tag);
        if (!force) Refuse(held, lost);
        var edits = EditFallbacks();
        var moved = new HashSet<string>(edits.Where(e => e.Replacement is not null).Select(e => e.Tag));
        var tags = Entries().Where(e => e.Tag is not null && !moved.Contains(e.Tag)).Select(e => e.Tag!).Distinct().OrderBy(t => t, StringComparer.Ordinal);
        return new DeletionPlan(Target, Items(), [.. tags], [.. _plan.Keys])
        {
            Tag = tag,
            Options = options,
            Version = _listed.Version,
            Forced = [.. held.Select(h => h.Member).Distinct()],
            FallbackEdits = edits,
        };
    }

    private void Cascade()
    {
        for (var next = 0; next < _order.Count || TakeDangling(); next++)
        {
            _cancellation.ThrowIfCancellationRequested();
            var digest = _order[next];
            foreach (var (predecessor, role) in _all.Predecessors(digest))
            {
                if (role == DescriptorRole.Subject) Add(predecessor.Digest, RemovalReason.Referrer);
            }

            foreach (var list in _fallbacks[Reference.FallbackTag(digest)]) Add(list.Digest, RemovalReason.FallbackIndex);
            foreach (var (key, node) in _all.NodesOf(digest))
            {
                foreach (var edge in node.Edges)
                {
                    if (edge.Role != DescriptorRole.Subject && !IsStrangerIn(key, edge)) _candidates.Add(edge.Digest);
                }
            }
        }
    }

    // What only planned manifests point at, by other than subject, and that no tag keeps. Each one found may free more.
    private bool TakeDangling()
    {
        var before = _order.Count;
        foreach (var candidate in _candidates.ToList())
        {
            // What is held comes back when one of its holders goes; looking at it in every round would cost the square of a deep graph.
            if (_plan.ContainsKey(candidate) || IsNamed(candidate) || IsHeld(candidate))
            {
                _candidates.Remove(candidate);
                continue;
            }

            if (HasKeptReferrer(candidate)) continue;
            Add(candidate, RemovalReason.Dangling);
            _candidates.Remove(candidate);
        }

        return _order.Count > before;
    }

    // Below the target a referrer that stays keeps what it is attached to: one that is tagged, or that something else points at, or
    // a referrer of the referrer.
    private bool HasKeptReferrer(Digest digest)
    {
        var seen = new HashSet<Digest> { digest };
        var stack = new Stack<Digest>(seen);
        while (stack.Count > 0)
        {
            foreach (var (node, role) in _all.Predecessors(stack.Pop()))
            {
                if (role != DescriptorRole.Subject || _plan.ContainsKey(node.Digest) || !seen.Add(node.Digest)) continue;
                if (IsNamed(node.Digest) || IsHeld(node.Digest)) return true;
                stack.Push(node.Digest);
            }
        }

        return false;
    }

    // Subjects and lists of referrers hold nothing.
    private IEnumerable<NodeKey> HoldersOf(Digest digest) => _all.Predecessors(digest)
        .Where(p => p.Role != DescriptorRole.Subject && !_plan.ContainsKey(p.Node.Digest) && !IsFallback(p.Node)).Select(p => p.Node);

    private bool IsHeld(Digest digest) => HoldersOf(digest).Any();

    /// <summary>Everything that points at a planned member from outside the plan.</summary>
    private IEnumerable<(Digest Member, NodeKey Holder)> Holders() => _order.SelectMany(member => HoldersOf(member).Select(holder => (member, holder)));

    /// <summary>
    /// Tags, and the image names of containerd, that would go although nobody named them. The tags of lists that go are no names of their own.
    /// </summary>
    private List<string> LostTags(string? named) =>
    [
        .. Entries().Where(e => e.Name is not null && e.Name != named && _plan[e.Digest] is var reason
            && !(reason == RemovalReason.Target && named is null) && !(reason == RemovalReason.FallbackIndex && Reference.IsFallbackTag(e.Name)))
            .Select(e => e.Name!).Distinct().OrderBy(t => t, StringComparer.Ordinal),
    ];

    private void Refuse(List<(Digest Member, NodeKey Holder)> held, List<string> lost)
    {
        if (held.Count == 0 && lost.Count == 0) return;
        var related = new List<string>(lost);
        related.AddRange(held.Select(h => h.Holder.Digest.ToString()).Distinct());
        var what = lost.Count > 0 && held.Count > 0 ? $"the tags {Names(lost)} would go with it, and {Names([.. held.Select(Describe).Distinct()])}"
            : lost.Count > 0 ? (lost.Count == 1 ? $"the tag {Names(lost)} would go with it" : $"the tags {Names(lost)} would go with it")
            : Names([.. held.Select(Describe).Distinct()]);
        throw new OciException(OciErrorKind.ContentReferenced, $"{Target.Digest} is not deleted: {what}.", Target.Digest.ToString()) { Related = related };
    }

    private string Describe((Digest Member, NodeKey Holder) held)
    {
        var tags = _listed.FindDigest(held.Holder.Digest).Where(e => e.Name is not null).Select(e => e.Name!).ToList();
        var holder = held.Holder.Digest + (tags.Count > 0 ? $" ({Names(tags)})" : "");
        return held.Member == Target.Digest ? $"{holder} points at it" : $"{holder} points at {held.Member}, which would go with it";
    }

    private static string Names(List<string> names) =>
        string.Join(", ", names.Take(5).Select(n => Digest.Shorten(n))) + (names.Count > 5 ? $" and {names.Count - 5} more" : "");

    private void RefuseUnreadable()
    {
        var problems = _all.Problems.Select(p => p.Problem.Message).ToList();
        if (problems.Count == 0) return;
        throw new OciException(
            OciErrorKind.IncompleteGraph,
            $"{Target.Digest} is not deleted with what dangles: what others share with it cannot be established. {problems[0]}" + (problems.Count > 1 ? $" And {problems.Count - 1} more." : ""),
            Target.Digest.ToString())
        {
            Related = problems,
        };
    }

    // Lists that stay and name referrers that go are written anew without them, or go when nothing is left.
    private List<FallbackEdit> EditFallbacks()
    {
        var edits = new List<FallbackEdit>();
        foreach (var entry in _fallbacks.SelectMany(lists => lists))
        {
            var key = new NodeKey(entry.Digest, MediaTypes.KindOf(entry.MediaType));
            if (_plan.ContainsKey(entry.Digest)) continue;
            var node = _all[key];
            var gone = new HashSet<Digest>(node.Edges.Select(e => e.Digest).Where(d => _plan.ContainsKey(d) && SubjectsOf(d).Any(s => Reference.FallbackTag(s) == entry.Tag)));
            if (gone.Count == 0) continue;
            var left = node.Edges.Any(e => e.Role == DescriptorRole.Manifest && !gone.Contains(e.Digest));
            var bytes = left ? Json.WithoutByteOrderMark(_blobs.ReadAll(entry.Digest, null, _limit, _cancellation)) : default;
            edits.Add(new FallbackEdit(entry.Tag!, entry.Describe(), left ? FallbackIndex.Without(bytes, gone.Contains) : null));
            if (_listed.FindDigest(entry.Digest).All(e => e.Tag == entry.Tag || e.Tag is null) && !IsHeld(entry.Digest)) Add(entry.Digest, RemovalReason.FallbackIndex);
        }

        return edits;
    }

    private IEnumerable<Digest> SubjectsOf(Digest digest) => _all.NodesOf(digest).Select(n => n.Node.Subject).Where(s => !s.IsEmpty);

    private bool IsFallback(NodeKey key) => _listed.FindDigest(key.Digest).Any(e => FallbackIndex.Is(e, key.Kind));

    // A list may name what is attached to something else, or to nothing: that is not pulled along by it.
    private bool IsStrangerIn(NodeKey list, Edge edge) =>
        _plan[list.Digest] == RemovalReason.FallbackIndex
        && !SubjectsOf(edge.Digest).Any(_plan.ContainsKey);

    // A tag, or the name that containerd writes, keeps; the tag of a list of referrers does not.
    private bool IsNamed(Digest digest) => _listed.FindDigest(digest).Any(e => e.IsNamed && !FallbackIndex.Is(e, MediaTypes.KindOf(e.MediaType)));

    /// <summary>The entries of all that is planned.</summary>
    private IEnumerable<IndexEntry> Entries() => _order.SelectMany(_listed.FindDigest);

    private void Add(Digest digest, RemovalReason reason)
    {
        if (_plan.ContainsKey(digest)) return;
        _plan.Add(digest, reason);
        _order.Add(digest);
    }

    private List<RemovedItem> Items()
    {
        var items = new List<RemovedItem>();
        foreach (var (digest, rank) in RemovalOrder.ParentsFirst(_order, d => [.. _all.NodesOf(d).SelectMany(n => n.Node.Edges)]))
        {
            // Never-stored content (foreign layers, sparse copies) needs no removal.
            if (digest.KnownAlgorithm is null || _blobs.Find(digest) is not { } file) continue;
            items.Add(new RemovedItem(digest, file.Length, TypeOf(digest), _plan[digest]) { Rank = rank });
        }

        return items;
    }

    private string? TypeOf(Digest digest) =>
        digest == Target.Digest ? Target.MediaType
        : _listed.FindDigest(digest).FirstOrDefault()?.MediaType ?? _all.Predecessors(digest).Select(p => EdgeType(p.Node, digest)).FirstOrDefault();

    private string EdgeType(NodeKey parent, Digest child) => _all[parent].Edges.First(e => e.Digest == child).MediaType;
}
