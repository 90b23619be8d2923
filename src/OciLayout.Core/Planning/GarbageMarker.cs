using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Blobs;
using OciLayout.Files;
using OciLayout.Graph;
using OciLayout.Index;
using OciLayout.Model;
using OciLayout.Referrers;
using OciLayout.Sessions;

namespace OciLayout.Planning;

/// <summary>
/// The mark phase of garbage collection: finds the content to retain. Starts from the roots in the index and the claims, and adds referrers
/// of retained content. Refuses if it cannot read all retained manifests, unless forced.
/// </summary>
internal sealed class GarbageMarker
{
    private readonly ManifestGraph _graph;
    private readonly BlobReader _blobs;
    private readonly long _limit;
    private readonly GarbageOptions _options;
    private readonly DateTime _now;
    private readonly CancellationToken _cancellation;

    /// <param name="graph">The manifest graph.</param>
    /// <param name="blobs">The blobs of the store.</param>
    /// <param name="limit">The size limit for manifests, in bytes.</param>
    /// <param name="options">The content to retain, and the refusals to override.</param>
    /// <param name="now">The time that the age of files is measured from.</param>
    /// <param name="cancellationToken">The cancellation token.</param>
    public GarbageMarker(ManifestGraph graph, BlobReader blobs, long limit, GarbageOptions options, DateTime now, CancellationToken cancellationToken)
    {
        _graph = graph;
        _blobs = blobs;
        _limit = limit;
        _options = options;
        _now = now;
        _cancellation = cancellationToken;
    }

    /// <summary>Returns the content to retain, and the number of digests that only claims retain.</summary>
    /// <param name="index">The index.</param>
    /// <param name="claims">The claims that must be respected.</param>
    /// <param name="files">The stored files, to retain young manifests that the index does not list; null to ignore these.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.IncompleteGraph"/>.</exception>
    public (ReachableSet Retained, int Claimed) Mark(IndexSnapshot index, IReadOnlyList<Claim> claims, Task<List<StoredFile>>? files)
    {
        var entries = index.Entries;
        var roots = new List<NodeKey>();
        var fallbackEntries = new List<IndexEntry>();
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
            if (IsRoot(index, entry, key)) roots.Add(key);
            else if (entry.Tag is not null) fallbackEntries.Add(entry);
            else untagged.Add(key);
        }

        var listedRoots = roots.Count;
        if (files is not null && _options.MinimumAge > TimeSpan.Zero) AddYoungManifests(roots, files.GetAwaiter().GetResult(), entries);
        var fallbacks = fallbackEntries.ToLookup(e => e.Tag!, StringComparer.Ordinal);
        var retained = _graph.FindReachable(roots, _limit, _cancellation);
        for (var i = 0; i < listedRoots; i++)
        {
            if (IsMissing(roots[i], retained[roots[i]])) problems.Add(ContentErrors.NotStored(roots[i].Digest, _blobs.Root));
        }

        AddReferrers(retained, fallbacks, untagged);
        var claimed = new List<NodeKey>();
        foreach (var claim in claims)
        {
            if (!retained.TryGet(claim.Target, out _) && _blobs.Find(claim.Digest) is not null) claimed.Add(claim.Target);
        }

        if (claimed.Count > 0)
        {
            var before = retained.DigestCount;
            _graph.Extend(retained, claimed, _limit, _cancellation);
            AddReferrers(retained, fallbacks, untagged);
            Refuse(retained, problems);
            return (retained, retained.DigestCount - before);
        }

        Refuse(retained, problems);
        return (retained, 0);
    }

    /// <summary>
    /// Adds everything that the index lists and that processes claim. Only new manifests are read; missing content is looked up again.
    /// </summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.IncompleteGraph"/>.</exception>
    public void Extend(ReachableSet retained, IndexSnapshot index, IReadOnlyList<Claim> claims)
    {
        var problems = new List<OciException>();
        var more = new List<NodeKey>();
        foreach (var entry in index.Entries)
        {
            if (entry.Digest.IsEmpty)
            {
                if (entry.IsNamed) problems.Add(entry.Malformed());
                continue;
            }

            var key = KeyOf(entry);
            if (retained.TryGet(key, out _)) continue;
            more.Add(key);
            if (IsRoot(index, entry, key) && _blobs.Find(key.Digest) is null) problems.Add(ContentErrors.NotStored(key.Digest, _blobs.Root));
        }

        foreach (var claim in claims) more.Add(claim.Target);
        _graph.Extend(retained, more, _limit, _cancellation, retry: true);
        Refuse(retained, problems);
    }

    /// <summary>Returns the node of an entry. Reads the content to find its kind if the entry has no media type.</summary>
    public NodeKey KeyOf(IndexEntry entry) =>
        entry.MediaType.Length == 0 && SniffKind(entry.Digest) is not ManifestKind.None and var kind ? new NodeKey(entry.Digest, kind) : entry.Key;

    /// <summary>Returns whether a file is younger than the minimum age of garbage.</summary>
    public bool IsYoung(FileStatus file) => _options.MinimumAge > TimeSpan.Zero && _now - file.Modified < _options.MinimumAge;

    /// <summary>Returns the kind of manifest that content is, from the content alone; None if it is not a manifest.</summary>
    public ManifestKind ReadKind(Digest digest) =>
        _blobs.Use(digest, _limit, 0, (bytes, _) => MediaTypes.KindOf(Manifest.Sniff(bytes)), _cancellation);

    // Roots are entries with a name, entries of an unknown media type, because their references are not known for sure, and young content.
    // A fallback tag does not make its index a root; the subject retains the index. A young fallback index may arrive before its subject.
    private bool IsRoot(IndexSnapshot index, IndexEntry entry, NodeKey key)
    {
        if (_options.KeepUntagged || key.Kind is ManifestKind.None or ManifestKind.Document) return true;
        if (entry.IsNamed && !index.IsFallback(entry)) return true;
        return _options.MinimumAge > TimeSpan.Zero && _blobs.Find(entry.Digest) is { } file && IsYoung(file);
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

    // Adds the fallback indexes of retained subjects, and untagged manifests whose subject is retained, directly or along a chain of
    // subjects, until nothing changes. Content that is retained as a layer but listed as a manifest is retained as a manifest, with its
    // references, because its entry is not deleted.
    private void AddReferrers(ReachableSet retained, ILookup<string, IndexEntry> fallbacks, List<NodeKey> untagged)
    {
        if (fallbacks.Count == 0 && untagged.Count == 0) return;
        var referrers = ReferrersBySubject(untagged);
        var untaggedByDigest = new Dictionary<DigestValue, List<NodeKey>>();
        foreach (var key in untagged) Add(untaggedByDigest, key.Digest, key);
        var seen = new HashSet<DigestValue>();
        var stack = new List<Digest>();
        for (var next = 0; next < retained.Order.Count;)
        {
            var more = new List<NodeKey>();
            for (; next < retained.Order.Count; next++) stack.Add(retained.Order[next].Digest);
            while (stack.Count > 0)
            {
                var digest = stack[stack.Count - 1];
                stack.RemoveAt(stack.Count - 1);
                var isListed = untaggedByDigest.TryGetValue(digest.Value, out var keys);
                var isSubject = referrers.TryGetValue(digest.Value, out var found);
                if (!isListed && !isSubject && fallbacks.Count == 0) continue; // true for nearly all content
                if (!seen.Add(digest.Value)) continue;
                if (isListed) more.AddRange(keys!);
                if (isSubject) stack.AddRange(found!);
                if (fallbacks.Count == 0) continue;
                foreach (var entry in fallbacks[FallbackTag.Of(digest)]) more.Add(KeyOf(entry));
            }

            _graph.Extend(retained, more, _limit, _cancellation);
        }
    }

    // Returns referrers by subject, following the chains of subjects from some manifests. Visits each link once, even if chains share it.
    private Dictionary<DigestValue, List<Digest>> ReferrersBySubject(List<NodeKey> manifests)
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

    private void Refuse(ReachableSet retained, List<OciException> problems)
    {
        if (_options.Force) return;
        problems.AddRange(retained.Problems.Select(p => p.Problem));
        if (problems.Count == 0) return;
        throw DeletionErrors.NeededUnknown(problems);
    }
}
