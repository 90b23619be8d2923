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
    private readonly Holders _holders;
    private readonly Dictionary<Digest, RemovalReason> _plan = [];
    private readonly List<Digest> _order = [];
    private readonly HashSet<Digest> _candidates = [];
    private readonly HashSet<string> _goneLists = new(StringComparer.Ordinal); // the fallback tags of subjects that go

    public DeletionPlanner(ContentGraph graph, BlobReader blobs, ListedEntries entries, Descriptor target, long limit, CancellationToken cancellation)
    {
        _blobs = blobs;
        _listed = entries;
        _limit = limit;
        _cancellation = cancellation;
        Target = target;
        _fallbacks = entries.Fallbacks.ToLookup(e => e.Tag!, StringComparer.Ordinal);
        _all = graph.Reached(entries, limit, cancellation, NodeKey.Of(target));
        _holders = new Holders(_all, _plan.ContainsKey);
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

            foreach (var list in _fallbacks[Reference.FallbackTag(digest)])
            {
                _goneLists.Add(list.Tag!);
                Add(list.Digest, RemovalReason.FallbackIndex);
            }

            foreach (var (key, node) in _all.NodesOf(digest))
            {
                foreach (var edge in node.Edges)
                {
                    if (edge.Role is not (DescriptorRole.Subject or DescriptorRole.Reference) && !IsStrangerIn(key, edge)) _candidates.Add(edge.Digest);
                }
            }
        }
    }

    // What only planned manifests point at, by other than subject, and that no tag keeps; a fallback index goes with its subject only. Each one
    // found may free more.
    private bool TakeDangling()
    {
        var before = _order.Count;
        foreach (var candidate in _candidates.ToList())
        {
            // What is held comes back when one of its holders goes; looking at it in every round would cost the square of a deep graph.
            if (_plan.ContainsKey(candidate) || IsNamed(candidate) || _holders.Any(candidate))
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
                if (IsNamed(node.Digest) || _holders.Any(node.Digest)) return true;
                stack.Push(node.Digest);
            }
        }

        return false;
    }

    /// <summary>Everything that points at a planned member from outside the plan.</summary>
    private IEnumerable<(Digest Member, NodeKey Holder)> Holders() => _order.SelectMany(member => _holders.Of(member).Select(holder => (member, holder)));

    /// <summary>
    /// Tags, and the image names of containerd, that would go although nobody named them. The tags of lists that go are no names of their own.
    /// </summary>
    private List<string> LostTags(string? named) =>
    [
        .. Entries().Where(e => e.Name is not null && e.Name != named && _plan[e.Digest] is var reason
            && !(reason == RemovalReason.Target && named is null) && !(_goneLists.Contains(e.Name) && _listed.IsFallback(e)))
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

    // Fallback indexes that stay and name what goes are written anew without it, or go when nothing is left. The old ones go, which may again
    // be named by others.
    private List<FallbackEdit> EditFallbacks()
    {
        var current = new Dictionary<string, Digest>(StringComparer.Ordinal); // of several entries with one tag the last one counts
        foreach (var entry in _listed.Entries.Where(e => e.Tag is not null && _fallbacks.Contains(e.Tag))) current[entry.Tag!] = entry.Digest;
        var edited = new List<IndexEntry>();
        var open = _listed.Fallbacks.Where(e => !_plan.ContainsKey(e.Digest)).ToList();
        while (open.FindIndex(NamesWhatGoes) is >= 0 and var at)
        {
            var entry = open[at];
            open.RemoveAll(e => e.Digest == entry.Digest);
            if (current[entry.Tag!] == entry.Digest) edited.Add(entry);
            if (!_holders.Any(entry.Digest)) Add(entry.Digest, RemovalReason.FallbackIndex);
        }

        return [.. edited.Select(Edit)];
    }

    private bool NamesWhatGoes(IndexEntry list) => _all[new NodeKey(list.Digest, ManifestKind.Index)].Edges.Any(e => _plan.ContainsKey(e.Digest));

    private FallbackEdit Edit(IndexEntry entry)
    {
        var left = _all[new NodeKey(entry.Digest, ManifestKind.Index)].Edges.Any(e => e.Role == DescriptorRole.Manifest && !_plan.ContainsKey(e.Digest));
        var bytes = left ? Json.WithoutByteOrderMark(_blobs.ReadAll(entry.Digest, null, _limit, _cancellation)) : default;
        return new FallbackEdit(entry.Tag!, entry.Describe(), left ? FallbackIndex.Without(bytes, _plan.ContainsKey) : null);
    }

    private IEnumerable<Digest> SubjectsOf(Digest digest) => _all.NodesOf(digest).Select(n => n.Node.Subject).Where(s => !s.IsEmpty);

    // A list may name what is attached to something else, or to nothing: that is not pulled along by it.
    private bool IsStrangerIn(NodeKey list, Edge edge) =>
        _plan[list.Digest] == RemovalReason.FallbackIndex
        && !SubjectsOf(edge.Digest).Any(_plan.ContainsKey);

    // A tag, or the name that containerd writes, keeps. That of a fallback index does so while its subject stays.
    private bool IsNamed(Digest digest) => _listed.FindDigest(digest).Any(e => e.IsNamed);

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
