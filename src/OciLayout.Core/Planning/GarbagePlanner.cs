using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Blobs;
using OciLayout.Graph;
using OciLayout.Model;
using OciLayout.Sessions;

namespace OciLayout.Planning;

/// <summary>
/// Plans garbage collection: lists the stored files, and orders those that <see cref="GarbageMarker"/> does not retain for deletion. Only
/// reads. Refuses if it cannot read all retained manifests.
/// </summary>
internal sealed class GarbagePlanner
{
    private const int Many = 256;

    private readonly ManifestGraph _graph;
    private readonly BlobReader _blobs;
    private readonly long _limit;
    private readonly GarbageOptions _options;
    private readonly CancellationToken _cancellation;
    private readonly GarbageMarker _marker;
    private ReachableSet _retained = new();
    private (long Version, IReadOnlyList<Claim> Claims) _retainedFor = (-1, []);

    /// <param name="graph">The manifest graph.</param>
    /// <param name="blobs">The blobs of the store.</param>
    /// <param name="limit">The size limit for manifests, in bytes.</param>
    /// <param name="options">The content to retain, and the refusals to override.</param>
    /// <param name="now">The time that the age of files is measured from.</param>
    /// <param name="cancellationToken">The cancellation token.</param>
    public GarbagePlanner(ManifestGraph graph, BlobReader blobs, long limit, GarbageOptions options, DateTime now, CancellationToken cancellationToken)
    {
        _marker = new GarbageMarker(graph, blobs, limit, options, now, cancellationToken);
        _graph = graph;
        _blobs = blobs;
        _limit = limit;
        _options = options;
        _cancellation = cancellationToken;
    }

    /// <summary>Returns the plan for an index and the claims of other sessions.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.IncompleteGraph"/>.</exception>
    public GarbagePlan Plan(IndexSnapshot index, IReadOnlyList<Claim> claims)
    {
        var entries = index.Entries;

        // In a large store the files are listed while the manifests are read.
        var listing = entries.Count >= Many && _options.MinimumAge <= TimeSpan.Zero ? Task.Run(() => Files()) : Task.FromResult(Files());
        if (!_options.Force) RefuseUntagged(index, listing);
        var (retained, claimed) = _marker.Mark(index, claims, listing);
        (_retained, _retainedFor) = (retained, (index.Version, claims));
        var files = listing.GetAwaiter().GetResult();
        var garbage = new List<StoredFile>();
        var retainedSize = 0L;
        for (var i = 0; i < files.Count; i++)
        {
            var file = files[i];
            if (!retained.Contains(file.Digest) && !file.IsYoung) garbage.Add(file);
            else retainedSize += file.Length;
        }

        var removed = entries.Where(e => !e.Digest.IsEmpty && !retained.Contains(e.Digest)).ToList();
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
            KeptSize = retainedSize,
            ClaimedCount = claimed,
        };
    }

    /// <summary>
    /// Returns the content to retain just before deletion, for the current index and claims. Reuses the result of the plan if they have not
    /// changed.
    /// </summary>
    public ReachableSet FindRetained(IndexSnapshot index, IReadOnlyList<Claim> claims) =>
        _retained.IsComplete && _retainedFor.Version == index.Version && Claim.AreSame(_retainedFor.Claims, claims) ? _retained : _marker.Mark(index, claims, null).Retained;

    /// <summary>
    /// Returns the content that the running sweep must not delete: the content that the plan retains, and content for every entry of the
    /// index (the entries of garbage have been removed before) and every claim.
    /// </summary>
    public ReachableSet ExtendRetained(IndexSnapshot index, IReadOnlyList<Claim> claims)
    {
        _marker.Extend(_retained, index, claims);
        return _retained;
    }

    private List<StoredFile> Files()
    {
        var files = new List<StoredFile>();
        foreach (var (digest, file) in _blobs.List())
        {
            _cancellation.ThrowIfCancellationRequested();
            files.Add(new StoredFile(digest, file.Length, _marker.IsYoung(file)));
        }

        return files;
    }

    private void RefuseUntagged(IndexSnapshot index, Task<List<StoredFile>> files)
    {
        var entries = index.Entries;
        if (_options.KeepUntagged && entries.Count > 0) return;
        if (entries.Count > 0 && !entries.Any(e => e.IsNamed && !index.IsFallback(e)))
            throw DeletionErrors.NothingTagged(entries.Count);
        if (entries.Count == 0 && files.GetAwaiter().GetResult().Any(f => f.Length <= _limit && MayBeManifest(f.Digest)))
            throw DeletionErrors.NothingListed();
    }

    private bool MayBeManifest(Digest digest)
    {
        try
        {
            return _marker.ReadKind(digest) != ManifestKind.None;
        }
        catch (Exception e) when (e is OciException or IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }
}
