using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using OciLayout.Artifacts;
using OciLayout.Graph;
using OciLayout.Index;
using OciLayout.Model;
using OciLayout.Referrers;
using OciLayout.Store;

namespace OciLayout.Transfer;

/// <summary>Plans an export: the whole index with all blobs, or the entries of some references with the content that they reach.</summary>
internal sealed class ExportPlanner
{
    private readonly StoreReader _store;
    private readonly StoreState _state;
    private readonly ExportOptions _options;
    private readonly long _limit;
    private readonly CancellationToken _cancellation;
    private readonly HashSet<Digest> _below;

    public ExportPlanner(StoreReader store, ExportOptions options, CancellationToken cancellationToken)
    {
        _store = store;
        _state = store.State;
        _options = options;
        _limit = store.ManifestLimit;
        _cancellation = cancellationToken;
        _below = [.. options.ExcludeBelow];
    }

    public ExportPlan Plan()
    {
        // An export of one platform without references exports that platform of each tag.
        var references = _options.References ?? (_options.Platform is null ? null : [.. _store.GetTags().Select(t => t.Tag!)]);
        var (index, entries) = references is not null ? Choose(references) : _state.Index.Read(t => (t.ToBytes(), t.Entries.ToList()));
        var roots = entries.Where(e => !e.Digest.IsEmpty).Select(e => e.Key).ToList();
        var graph = _state.Graph.FindReachable(roots, _limit, _cancellation);
        if (_below.Count > 0) AddContentBelow();
        var missing = MissingContent.Of(roots.Select(r => r.Digest), graph, d => Excluded(d) || (d.IsVerifiable && _state.Blobs.Find(d) is not null));
        if (missing.Required.Count > 0) throw ArchiveErrors.ExportIncomplete(_state.Root, missing.Required);

        var digests = new HashSet<Digest>(graph.Order.Select(k => k.Digest));
        if (references is null) digests.UnionWith(_state.Blobs.List().Select(b => b.Digest));
        var items = new List<ExportItem>();
        var excluded = 0;
        foreach (var digest in digests.OrderBy(d => d))
        {
            _cancellation.ThrowIfCancellationRequested();
            if (Excluded(digest)) excluded++;
            else if (digest.IsVerifiable && _state.Blobs.Find(digest) is { } file) items.Add(new ExportItem(digest, file.Length));
        }

        var images = _options.DockerCompatible ? FindImages(entries, graph) : null;
        return new ExportPlan(items, index)
        {
            Size = items.Sum(i => i.Size),
            ExcludedCount = excluded,
            Absent = missing.Optional,
            DockerNames = images is null ? [] : [.. images.Images.SelectMany(i => i.Names)],
            OmittedNames = images?.Omitted ?? [],
            DockerManifest = images?.Write(),
        };
    }

    private DockerImages FindImages(List<IndexEntry> entries, ReachableSet graph)
    {
        var repository = _options.RepositoryName;
        if (!ImageName.IsValid(repository + ":latest"))
            throw ArchiveErrors.InvalidRepository(repository);
        return DockerImages.Of(entries, graph, MembersOf, d => d.IsVerifiable && _state.Blobs.Find(d) is not null, repository);
    }

    private IReadOnlyList<Descriptor> MembersOf(NodeKey index) =>
        Manifest.Parse(_state.Blobs.ReadAll(index.Digest, null, _limit, _cancellation), index.Kind, index.Digest.ToString()).Manifests;

    // Content that the other side has is read from the whole index, because the chosen references may not reach it.
    private void AddContentBelow()
    {
        var sent = _state.Graph.FindListed(_state.Index, _limit, _cancellation).Order.Where(k => _below.Contains(k.Digest)).ToList();
        _below.UnionWith(_state.Graph.FindReachable(sent, _limit, _cancellation).Order.Select(k => k.Digest));
    }

    private bool Excluded(Digest digest) => _below.Contains(digest) || _options.Exclude?.Invoke(digest) == true;

    // A tag exports its own entry, not those of other tags of its content. A digest exports an entry without a tag.
    private (byte[] Index, List<IndexEntry> Entries) Choose(IReadOnlyList<string> references)
    {
        var chosen = new List<(Descriptor Target, string? Tag)>();
        foreach (var reference in references.Distinct(StringComparer.Ordinal))
        {
            var target = _store.Resolve(reference, allowBarePrefix: true, _cancellation);
            var isTag = _state.Index.Read(t => t.FindTag(reference)) is { NamesItself: false } entry && entry.Digest == target.Digest;
            var image = _options.Platform is null ? target : new PlatformFinder(_store).SelectAsync(target, _options.Platform, _cancellation).AsTask().GetAwaiter().GetResult();
            chosen.Add((image != target || isTag ? image : Listed(image), isTag ? reference : null));
        }

        if (_options.IncludeReferrers) AddReferrers(chosen);
        var table = IndexTable.Parse(IndexTable.EmptyIndex.ToArray());
        foreach (var (target, tag) in chosen.OrderBy(c => c.Tag, StringComparer.Ordinal).ThenBy(c => c.Target.Digest))
        {
            if (tag is not null) table.SetTag(target, tag);
            else table.Add(target);
        }

        return (table.ToBytes(), table.Entries.ToList());
    }

    // Adds the referrers of all exported manifests, and their referrers. A tag that is derived from the digest of the subject is exported
    // as well, because tools such as cosign find the referrer by it.
    private void AddReferrers(List<(Descriptor Target, string? Tag)> chosen)
    {
        var asked = new HashSet<Digest>();
        var added = new HashSet<Digest>(chosen.Select(c => c.Target.Digest));
        for (var i = 0; i < chosen.Count; i++)
        {
            foreach (var key in _state.Graph.FindReachable([NodeKey.Of(chosen[i].Target)], _limit, _cancellation).Order.Where(k => k.Kind != ManifestKind.None && asked.Add(k.Digest)))
            {
                foreach (var referrer in _store.GetReferrers(key.Digest, _cancellation).Where(r => added.Add(r.Digest)))
                {
                    var derived = FallbackTag.Of(key.Digest) + ".";
                    var tags = _state.Index.Read(t => t.FindDigest(referrer.Digest).Select(e => e.Tag).Where(t => t?.StartsWith(derived, StringComparison.Ordinal) == true).ToList());
                    var target = Listed(new Descriptor(referrer.MediaType, referrer.Digest, referrer.Size) { ArtifactType = referrer.ArtifactType });
                    chosen.AddRange(tags.Count == 0 ? [(target, null)] : tags.Select(t => (target, t)));
                }

                chosen.AddRange(_store.GetDigestTags(key.Digest).Select(t => (t.Target, (string?)t.Tag)).Where(t => !chosen.Exists(c => c.Tag == t.Item2)).ToList());
            }
        }
    }

    // Takes the descriptor from the index, because it may have annotations and a platform.
    private Descriptor Listed(Descriptor target) =>
        _state.Index.Read(t => t.FindDigest(target.Digest).FirstOrDefault(e => e.Problem is null && e.MediaType == target.MediaType))?.ToDescriptor() ?? target;
}
