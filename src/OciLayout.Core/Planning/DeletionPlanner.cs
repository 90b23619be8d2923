using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using OciLayout.Blobs;
using OciLayout.Graph;
using OciLayout.Index;
using OciLayout.Model;
using OciLayout.Referrers;

namespace OciLayout.Planning;

/// <summary>
/// Plans a deletion: the target, its referrers, and content that becomes unreferenced, until nothing is left to add. Only reads. Refuses if
/// a retained manifest would lose content that it references, or if a tag that was not named would be deleted.
/// </summary>
internal sealed class DeletionPlanner
{
    private readonly BlobReader _blobs;
    private readonly IndexSnapshot _index;
    private readonly long _limit;
    private readonly CancellationToken _cancellation;
    private readonly ILookup<string, IndexEntry> _fallbacks;
    private readonly ReachabilityQuery _graph;
    private readonly Retainers _retainers;
    private readonly Dictionary<Digest, RemovalReason> _plan = [];
    private readonly List<Digest> _order = [];
    private readonly HashSet<Digest> _candidates = [];
    private readonly HashSet<string> _deletedLists = new(StringComparer.Ordinal); // fallback tags of planned subjects
    private readonly HashSet<string> _deletedTags = new(StringComparer.Ordinal); // digest tags of planned subjects
    private readonly HashSet<Digest> _attached = []; // the content that has these digest tags

    public DeletionPlanner(ManifestGraph graph, BlobReader blobs, IndexSnapshot entries, Descriptor target, long limit, CancellationToken cancellationToken)
    {
        _blobs = blobs;
        _index = entries;
        _limit = limit;
        _cancellation = cancellationToken;
        Target = target;
        _fallbacks = entries.Fallbacks.ToLookup(e => e.Tag!, StringComparer.Ordinal);
        _graph = graph.Query(entries, limit, cancellationToken, NodeKey.Of(target));
        _retainers = new Retainers(_graph, _plan.ContainsKey);
    }

    public Descriptor Target { get; }

    /// <summary>Returns the plan.</summary>
    /// <param name="tag">The tag that named the target; null if a digest named it.</param>
    /// <param name="options">The options. No cascade if that option is null.</param>
    /// <exception cref="OciException">
    /// <see cref="OciErrorKind.NotFound"/>, <see cref="OciErrorKind.ContentReferenced"/>, <see cref="OciErrorKind.IncompleteGraph"/>.
    /// </exception>
    public DeletionPlan Plan(string? tag, DeletionOptions options)
    {
        var (force, cascade) = (options.Force, options.Cascade == true);
        if (_blobs.Find(Target.Digest) is null && !_index.Lists(Target.Digest)) throw ContentErrors.NotStored(Target.Digest, _blobs.Root);
        if (cascade && !force) RefuseUnreadable();
        Add(Target.Digest, RemovalReason.Target);
        if (cascade) Cascade();
        var forced = References().ToList();
        var lost = LostTags(tag);
        if (!force) Refuse(forced, lost);
        var edits = EditFallbacks();
        var moved = new HashSet<string>(edits.Where(e => e.Replacement is not null).Select(e => e.Tag));
        var tags = Entries().Where(e => e.Tag is not null && !moved.Contains(e.Tag)).Select(e => e.Tag!).Distinct().OrderBy(t => t, StringComparer.Ordinal);
        return new DeletionPlan(Target, Items(), [.. tags], [.. _plan.Keys])
        {
            Tag = tag,
            Options = options,
            Version = _index.Version,
            Forced = [.. forced.Select(f => f.Member).Distinct()],
            FallbackEdits = edits,
        };
    }

    private void Cascade()
    {
        for (var next = 0; next < _order.Count || AddDangling(); next++)
        {
            _cancellation.ThrowIfCancellationRequested();
            var digest = _order[next];
            foreach (var (predecessor, role) in _graph.Predecessors(digest))
            {
                if (role == DescriptorRole.Subject) Add(predecessor.Digest, RemovalReason.Referrer);
            }

            foreach (var list in _fallbacks[FallbackTag.Of(digest)])
            {
                _deletedLists.Add(list.Tag!);
                Add(list.Digest, RemovalReason.FallbackIndex);
            }

            foreach (var attached in _index.Attached(digest))
            {
                _deletedTags.Add(attached.Tag!);
                _attached.Add(attached.Digest);
                _candidates.Add(attached.Digest);
            }

            foreach (var (key, node) in _graph.NodesOf(digest))
            {
                foreach (var edge in node.Edges)
                {
                    if (edge.Role is not (DescriptorRole.Subject or DescriptorRole.Reference) && !IsForeignMember(key, edge)) _candidates.Add(edge.Digest);
                }
            }
        }
    }

    // Plans the candidates that only planned manifests reference, other than by subject, and that have no name. A fallback index has a name
    // and is deleted only with its subject. Content with a digest tag is deleted with the subject of the tag unless something else keeps it.
    // Each planned candidate may free more.
    private bool AddDangling()
    {
        var before = _order.Count;
        foreach (var candidate in _candidates.ToList())
        {
            // A candidate with a retainer is dropped. Cascade adds it again when a retainer is planned. Checking it in every round would take
            // quadratic time in a deep graph.
            if (_plan.ContainsKey(candidate) || IsNamed(candidate) || _retainers.Any(candidate))
            {
                _candidates.Remove(candidate);
                continue;
            }

            if (HasRetainedReferrer(candidate)) continue;
            Add(candidate, _attached.Contains(candidate) ? RemovalReason.Referrer : RemovalReason.Dangling);
            _candidates.Remove(candidate);
        }

        return _order.Count > before;
    }

    // A retained referrer retains its subject, unless the subject is the target. A referrer is retained if it has a name, if another
    // manifest references it, or if it has a retained referrer.
    private bool HasRetainedReferrer(Digest digest)
    {
        var seen = new HashSet<Digest> { digest };
        var stack = new Stack<Digest>(seen);
        while (stack.Count > 0)
        {
            foreach (var (node, role) in _graph.Predecessors(stack.Pop()))
            {
                if (role != DescriptorRole.Subject || _plan.ContainsKey(node.Digest) || !seen.Add(node.Digest)) continue;
                if (IsNamed(node.Digest) || _retainers.Any(node.Digest)) return true;
                stack.Push(node.Digest);
            }
        }

        return false;
    }

    /// <summary>Returns the references from unplanned manifests to planned content.</summary>
    private IEnumerable<(Digest Member, NodeKey Retainer)> References() => _order.SelectMany(member => _retainers.Of(member).Select(retainer => (member, retainer)));

    /// <summary>
    /// Returns the tags and containerd image names that would be deleted although the caller did not name them. Excludes the fallback tags
    /// and the digest tags of planned subjects.
    /// </summary>
    private List<string> LostTags(string? named) =>
    [
        .. Entries().Where(e => e.Name is not null && e.Name != named && _plan[e.Digest] is var reason
            && !(reason == RemovalReason.Target && named is null) && !(_deletedLists.Contains(e.Name) && _index.IsFallback(e)) && !_deletedTags.Contains(e.Name))
            .Select(e => e.Name!).Distinct().OrderBy(t => t, StringComparer.Ordinal),
    ];

    private void Refuse(List<(Digest Member, NodeKey Retainer)> references, List<string> lost)
    {
        if (references.Count == 0 && lost.Count == 0) return;
        var related = new List<string>(lost);
        related.AddRange(references.Select(r => r.Retainer.Digest.ToString()).Distinct());
        throw DeletionErrors.Referenced(Target.Digest, lost, [.. references.Select(Describe).Distinct()], related);
    }

    private string Describe((Digest Member, NodeKey Retainer) reference)
    {
        var tags = _index.FindDigest(reference.Retainer.Digest).Where(e => e.Name is not null).Select(e => e.Name!).ToList();
        var retainer = reference.Retainer.Digest + (tags.Count > 0 ? $" ({Names(tags)})" : "");
        return reference.Member == Target.Digest ? $"{retainer} references it" : $"{retainer} references {reference.Member}, which would be deleted, too";
    }

    private static string Names(List<string> names) =>
        string.Join(", ", names.Take(5).Select(n => Digest.Shorten(n))) + (names.Count > 5 ? $" and {names.Count - 5} more" : "");

    private void RefuseUnreadable()
    {
        var problems = _graph.Problems.Select(p => p.Problem.Message).ToList();
        if (problems.Count == 0) return;
        throw DeletionErrors.SharedUnknown(Target.Digest, problems);
    }

    // Plans the changes to retained fallback indexes that list planned content. The new version omits this content; the tag is deleted if
    // no member is left. The old version is deleted, and another fallback index may list it in turn.
    private List<FallbackEdit> EditFallbacks()
    {
        var current = new Dictionary<string, Digest>(StringComparer.Ordinal); // the last entry with a tag wins
        foreach (var entry in _index.Entries.Where(e => e.Tag is not null && _fallbacks.Contains(e.Tag))) current[entry.Tag!] = entry.Digest;
        var edited = new List<IndexEntry>();
        var open = _index.Fallbacks.Where(e => !_plan.ContainsKey(e.Digest)).ToList();
        while (open.FindIndex(ListsPlanned) is >= 0 and var at)
        {
            var entry = open[at];
            open.RemoveAll(e => e.Digest == entry.Digest);
            if (current[entry.Tag!] == entry.Digest) edited.Add(entry);
            if (!_retainers.Any(entry.Digest)) Add(entry.Digest, RemovalReason.FallbackIndex);
        }

        return [.. edited.Select(Edit)];
    }

    private bool ListsPlanned(IndexEntry list) => _graph[new NodeKey(list.Digest, ManifestKind.Index)].Edges.Any(e => _plan.ContainsKey(e.Digest));

    private FallbackEdit Edit(IndexEntry entry)
    {
        var left = _graph[new NodeKey(entry.Digest, ManifestKind.Index)].Edges.Any(e => e.Role == DescriptorRole.Manifest && !_plan.ContainsKey(e.Digest));
        var bytes = left ? Json.WithoutByteOrderMark(_blobs.ReadAll(entry.Digest, null, _limit, _cancellation)) : default;
        return new FallbackEdit(entry.Tag!, entry.Describe(), left ? FallbackIndex.Without(bytes, _plan.ContainsKey) : null);
    }

    private IEnumerable<Digest> SubjectsOf(Digest digest) => _graph.NodesOf(digest).Select(n => n.Node.Subject).Where(s => !s.IsEmpty);

    // A fallback index may list manifests that have another subject, or none. They are not deleted with the index.
    private bool IsForeignMember(NodeKey list, Edge edge) =>
        _plan[list.Digest] == RemovalReason.FallbackIndex
        && !SubjectsOf(edge.Digest).Any(_plan.ContainsKey);

    // A tag or a containerd image name retains content. This includes a fallback tag, as Cascade plans fallback indexes with their subjects.
    // The digest tag of a planned subject does not.
    private bool IsNamed(Digest digest) => _index.FindDigest(digest).Any(e => e.IsNamed && (e.Tag is null || !_deletedTags.Contains(e.Tag)));

    /// <summary>Returns the index entries of planned content.</summary>
    private IEnumerable<IndexEntry> Entries() => _order.SelectMany(_index.FindDigest);

    private void Add(Digest digest, RemovalReason reason)
    {
        if (_plan.ContainsKey(digest)) return;
        _plan.Add(digest, reason);
        _order.Add(digest);
    }

    private List<RemovedItem> Items()
    {
        var items = new List<RemovedItem>();
        foreach (var (digest, rank) in RemovalOrder.ParentsFirst(_order, d => [.. _graph.NodesOf(d).SelectMany(n => n.Node.Edges)]))
        {
            // Content that was never stored (foreign layers, sparse copies) needs no removal.
            if (digest.KnownAlgorithm is null || _blobs.Find(digest) is not { } file) continue;
            items.Add(new RemovedItem(digest, file.Length, TypeOf(digest), _plan[digest]) { Rank = rank });
        }

        return items;
    }

    private string? TypeOf(Digest digest) =>
        digest == Target.Digest ? Target.MediaType
        : _index.FindDigest(digest).FirstOrDefault()?.MediaType ?? _graph.Predecessors(digest).Select(p => EdgeType(p.Node, digest)).FirstOrDefault();

    private string EdgeType(NodeKey parent, Digest child) => _graph[parent].Edges.First(e => e.Digest == child).MediaType;
}
