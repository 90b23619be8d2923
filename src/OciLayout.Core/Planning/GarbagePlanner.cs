using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Blobs;
using OciLayout.Files;
using OciLayout.Graph;
using OciLayout.Index;
using OciLayout.Layout;
using OciLayout.Model;
using OciLayout.Sessions;

namespace OciLayout.Planning;

/// <summary>
/// Plans garbage collection: finds the content that is not reachable from any root. Only reads. Refuses if it cannot read all manifests
/// that stay.
/// </summary>
internal sealed class GarbagePlanner
{
    private const int Many = 256;

    private readonly ManifestGraph _graph;
    private readonly BlobReader _blobs;
    private readonly long _limit;
    private readonly GarbageOptions _options;
    private readonly CancellationToken _cancellation;
    private ReachableSet? _kept;
    private (long Version, IReadOnlyList<Claim> Claims) _keptFor = (-1, []);

    public GarbagePlanner(ManifestGraph graph, BlobReader blobs, long limit, GarbageOptions options, CancellationToken cancellationToken)
    {
        _graph = graph;
        _blobs = blobs;
        _limit = limit;
        _options = options;
        _cancellation = cancellationToken;
    }

    /// <summary>Returns the plan for an index and the claims of other sessions.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.IncompleteGraph"/>.</exception>
    public GarbagePlan Plan(IndexSnapshot listed, IReadOnlyList<Claim> claims, DateTime now)
    {
        var entries = listed.Entries;

        // In a large store the files are listed while the manifests are read.
        var listing = entries.Count >= Many && _options.MinimumAge <= TimeSpan.Zero ? Task.Run(() => Files(now)) : Task.FromResult(Files(now));
        if (!_options.Force) RefuseUntagged(listed, listing);
        var (kept, claimed) = Mark(listed, claims, listing, now);
        (_kept, _keptFor) = (kept, (listed.Version, claims));
        var files = listing.GetAwaiter().GetResult();
        var garbage = new List<GarbageFile>();
        var keptSize = 0L;
        for (var i = 0; i < files.Count; i++)
        {
            var file = files[i];
            if (!kept.Contains(file.Digest) && !file.IsYoung) garbage.Add(new GarbageFile(file.Digest, file.Length));
            else keptSize += file.Length;
        }

        var removed = entries.Where(e => !e.Digest.IsEmpty && !kept.Contains(e.Digest)).ToList();
        var removedKeys = new List<NodeKey>();
        var removedDigests = new List<Digest>(removed.Count);
        var seen = new HashSet<DigestValue>();
        foreach (var entry in removed)
        {
            if (MediaTypes.KindOf(entry.MediaType) is not ManifestKind.None and var kind) removedKeys.Add(new NodeKey(entry.Digest, kind));
            if (seen.Add(entry.Digest.Value)) removedDigests.Add(entry.Digest);
        }

        var items = new GarbageOrder(_graph, _blobs, garbage, _limit, _cancellation).Sort(removedKeys);
        return new GarbagePlan(items, removed, removedDigests)
        {
            KeptCount = files.Count - items.Count,
            KeptSize = keptSize,
            ClaimedCount = claimed,
        };
    }

    /// <summary>Returns the content that an index and claims keep.</summary>
    public ReachableSet Keep(IndexSnapshot listed, IReadOnlyList<Claim> claims, DateTime now) =>
        Mark(listed, claims, null, now).Kept;

    /// <summary>Returns the same just before deletion. Reuses the result of the plan if index and claims have not changed.</summary>
    public ReachableSet KeepStill(IndexSnapshot listed, IReadOnlyList<Claim> claims, DateTime now) =>
        _kept is { IsComplete: true } && _keptFor.Version == listed.Version && Claim.AreSame(_keptFor.Claims, claims) ? _kept : Keep(listed, claims, now);

    /// <summary>
    /// Returns the content that the running sweep must not delete: content that the plan kept, every entry of the index (the entries of
    /// garbage have been removed before) and every claim. The set only grows, so only new manifests are read; missing content is looked up
    /// again.
    /// </summary>
    public ReachableSet KeepOn(IndexSnapshot listed, IReadOnlyList<Claim> claims, DateTime now)
    {
        var kept = _kept ??= new ReachableSet();
        var problems = new List<OciException>();
        var more = new List<NodeKey>();
        foreach (var entry in listed.Entries)
        {
            if (entry.Digest.IsEmpty)
            {
                if (entry.IsNamed) problems.Add(entry.Malformed());
                continue;
            }

            var key = KeyOf(entry);
            if (kept.TryGet(key, out _)) continue;
            more.Add(key);
            if (IsRoot(listed, entry, key, now) && _blobs.Find(key.Digest) is null) problems.Add(BlobReader.NotFound(key.Digest));
        }

        foreach (var claim in claims) more.Add(claim.Target);
        _graph.Extend(kept, more, _limit, _cancellation, retry: true);
        Refuse(kept, problems);
        return kept;
    }

    private List<StoredFile> Files(DateTime now)
    {
        var files = new List<StoredFile>();
        foreach (var (digest, file) in _blobs.List())
        {
            _cancellation.ThrowIfCancellationRequested();
            files.Add(new StoredFile(digest, file.Length, IsYoung(file, now)));
        }

        return files;
    }

    private (ReachableSet Kept, int Claimed) Mark(
        IndexSnapshot listed, IReadOnlyList<Claim> claims, Task<List<StoredFile>>? files, DateTime now)
    {
        var entries = listed.Entries;
        var roots = new List<NodeKey>();
        var lists = new List<IndexEntry>();
        var untagged = new List<NodeKey>();
        var problems = new List<OciException>();
        foreach (var entry in entries)
        {
            if (entry.Digest.IsEmpty)
            {
                if (entry.IsNamed) problems.Add(entry.Malformed());
                continue;
            }

            var key = KeyOf(entry);
            if (IsRoot(listed, entry, key, now)) roots.Add(key);
            else if (entry.Tag is not null) lists.Add(entry);
            else untagged.Add(key);
        }

        var named = roots.Count;
        if (files is not null && _options.MinimumAge > TimeSpan.Zero) AddYoungManifests(roots, files.GetAwaiter().GetResult(), entries);
        var fallbacks = lists.ToLookup(e => e.Tag!, StringComparer.Ordinal);
        var kept = _graph.FindReachable(roots, _limit, _cancellation);
        for (var i = 0; i < named; i++)
        {
            if (IsMissing(roots[i], kept[roots[i]])) problems.Add(BlobReader.NotFound(roots[i].Digest));
        }

        Complete(kept, fallbacks, untagged);
        var others = new List<NodeKey>();
        foreach (var claim in claims)
        {
            if (!kept.TryGet(claim.Target, out _) && _blobs.Find(claim.Digest) is not null) others.Add(claim.Target);
        }

        if (others.Count > 0)
        {
            var before = kept.DigestCount;
            _graph.Extend(kept, others, _limit, _cancellation);
            Complete(kept, fallbacks, untagged);
            Refuse(kept, problems);
            return (kept, kept.DigestCount - before);
        }

        Refuse(kept, problems);
        return (kept, 0);
    }

    /// <summary>Returns the node of an entry. Reads the content to find its kind if the entry has no media type.</summary>
    public NodeKey KeyOf(IndexEntry entry) =>
        entry.MediaType.Length == 0 && SniffKind(entry.Digest) is not ManifestKind.None and var kind ? new NodeKey(entry.Digest, kind) : entry.Key;

    // Roots are entries with a name, entries of an unknown media type, because their references are not known for sure, and young content.
    // A fallback tag does not make its index a root; the subject keeps the index. A young fallback index may arrive before its subject.
    private bool IsRoot(IndexSnapshot listed, IndexEntry entry, NodeKey key, DateTime now)
    {
        if (_options.KeepUntagged || key.Kind is ManifestKind.None or ManifestKind.Document) return true;
        if (entry.IsNamed && !listed.IsFallback(entry)) return true;
        return _options.MinimumAge > TimeSpan.Zero && _blobs.Find(entry.Digest) is { } file && IsYoung(file, now);
    }

    // Keeps the fallback indexes of kept subjects, and untagged manifests whose subject is kept, directly or along a chain of subjects,
    // until nothing changes. Content that is kept as a layer but listed as a manifest is kept as a manifest, with its references, because
    // its entry stays.
    private void Complete(ReachableSet kept, ILookup<string, IndexEntry> fallbacks, List<NodeKey> untagged)
    {
        if (fallbacks.Count == 0 && untagged.Count == 0) return;
        var referrers = Referrers(untagged);
        var listed = new Dictionary<DigestValue, List<NodeKey>>();
        foreach (var key in untagged) Add(listed, key.Digest, key);
        var seen = new HashSet<DigestValue>();
        var open = new List<Digest>();
        for (var next = 0; next < kept.Order.Count;)
        {
            var more = new List<NodeKey>();
            for (; next < kept.Order.Count; next++) open.Add(kept.Order[next].Digest);
            while (open.Count > 0)
            {
                var digest = open[open.Count - 1];
                open.RemoveAt(open.Count - 1);
                var isListed = listed.TryGetValue(digest.Value, out var keys);
                var isSubject = referrers.TryGetValue(digest.Value, out var found);
                if (!isListed && !isSubject && fallbacks.Count == 0) continue; // true for nearly all content
                if (!seen.Add(digest.Value)) continue;
                if (isListed) more.AddRange(keys!);
                if (isSubject) open.AddRange(found!);
                if (fallbacks.Count == 0) continue;
                foreach (var entry in fallbacks[Reference.FallbackTag(digest)]) more.Add(KeyOf(entry));
            }

            _graph.Extend(kept, more, _limit, _cancellation);
        }
    }

    // Returns referrers by subject, following the chains of subjects from some manifests. Visits each link once, even if chains share it.
    private Dictionary<DigestValue, List<Digest>> Referrers(List<NodeKey> manifests)
    {
        var referrers = new Dictionary<DigestValue, List<Digest>>();
        var seen = new NodeTable<bool>(manifests.Count);
        var nodes = _graph.Get(manifests, _limit, _cancellation);
        for (var i = 0; i < manifests.Count; i++)
        {
            var (key, node) = (manifests[i], nodes[i]);
            while (seen.TryAdd(key, true) && node.Edges.Length > 0 && node.Edges[0] is { Role: DescriptorRole.Subject } edge)
            {
                Add(referrers, edge.Digest, key.Digest);
                key = edge.Target;
                node = _graph.Get(key, _limit, _cancellation);
            }
        }

        return referrers;
    }

    private static void Add<T>(Dictionary<DigestValue, List<T>> groups, Digest digest, T item)
    {
        if (!groups.TryGetValue(digest.Value, out var items)) groups.Add(digest.Value, items = []);
        items.Add(item);
    }

    private bool IsMissing(NodeKey key, ManifestNode node) => node.State == NodeState.Missing || (key.Kind is ManifestKind.None or ManifestKind.Document && _blobs.Find(key.Digest) is null);

    private void Refuse(ReachableSet kept, List<OciException> problems)
    {
        if (_options.Force) return;
        problems.AddRange(kept.Problems.Select(p => p.Problem));
        if (problems.Count == 0) return;
        throw new OciException(
            OciErrorKind.IncompleteGraph,
            $"Nothing is removed: what has to stay cannot be established. {problems[0].Message}" + (problems.Count > 1 ? $" And {problems.Count - 1} more." : ""),
            problems[0].Subject,
            problems[0])
        {
            Related = [.. problems.Select(p => p.Message)],
        };
    }

    private void RefuseUntagged(IndexSnapshot listed, Task<List<StoredFile>> files)
    {
        var entries = listed.Entries;
        if (_options.KeepUntagged && entries.Count > 0) return;
        if (entries.Count > 0 && !entries.Any(e => e.IsNamed && !listed.IsFallback(e)))
            throw Refusal(LayoutNames.Index, $"the index lists {entries.Count} manifests and no tag, so all of them would be removed");
        if (entries.Count == 0 && files.GetAwaiter().GetResult().Any(f => f.Length <= _limit && MayBeManifest(f.Digest)))
            throw Refusal("blobs", "the index lists nothing, and there are manifests in blobs/, or content that cannot be read");

        static OciException Refusal(string subject, string reason) => new(OciErrorKind.IncompleteGraph, $"Nothing is removed: {reason}.", subject);
    }

    private void AddYoungManifests(List<NodeKey> roots, List<StoredFile> files, IReadOnlyList<IndexEntry> entries)
    {
        var listed = new HashSet<DigestValue>();
        foreach (var entry in entries) listed.Add(entry.Digest.Value);
        foreach (var file in files)
        {
            if (!file.IsYoung || file.Length > _limit || listed.Contains(file.Digest.Value)) continue;
            if (SniffKind(file.Digest) is var kind and not ManifestKind.None) roots.Add(new NodeKey(file.Digest, kind));
        }
    }

    private bool IsYoung(FileStatus file, DateTime now) => _options.MinimumAge > TimeSpan.Zero && now - file.Modified < _options.MinimumAge;

    /// <summary>
    /// Returns the kind of manifest that content is, from the content alone; None if it is not a manifest or cannot be read.
    /// </summary>
    private ManifestKind SniffKind(Digest digest)
    {
        try
        {
            return ReadKind(digest);
        }
        catch (OciException)
        {
            return ManifestKind.None;
        }
    }

    private bool MayBeManifest(Digest digest)
    {
        try
        {
            return ReadKind(digest) != ManifestKind.None;
        }
        catch (Exception e) when (e is OciException or IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    private ManifestKind ReadKind(Digest digest) =>
        _blobs.Use(digest, _limit, 0, (bytes, _) => MediaTypes.KindOf(Manifest.Sniff(bytes)), _cancellation);

    private readonly record struct StoredFile(Digest Digest, long Length, bool IsYoung);
}
