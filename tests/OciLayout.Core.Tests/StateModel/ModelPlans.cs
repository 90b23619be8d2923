using System;
using System.Collections.Generic;
using System.Linq;

namespace OciLayout.Tests.StateModel;

/// <summary>Deletion and garbage collection, implemented directly from section 2 without optimization.</summary>
internal sealed class ModelPlans(IReadOnlyList<ModelEntry> entries, IReadOnlySet<Digest> stored)
{
    private readonly ModelGraph _graph = new(stored);

    /// <summary>Returns the nodes that are reachable from the index.</summary>
    public HashSet<ModelNode> Listed() => _graph.Reach(entries.Select(ModelGraph.NodeOf));

    /// <summary>Returns the digests that are reachable from tags.</summary>
    public HashSet<Digest> Tagged() => [.. _graph.Reach(entries.Where(e => e.Tag is not null).Select(ModelGraph.NodeOf)).Select(n => n.Digest)];

    // Determines whether content is an image index whose only tag is the fallback tag of another manifest.
    private bool IsFallback(Digest digest)
    {
        var tags = entries.Where(e => e.Digest == digest && e.Tag is not null).Select(e => e.Tag!).Distinct().ToList();
        return ModelContents.ByDigest[digest].IsIndex && !entries.Any(e => e.Digest == digest && e.IsOther)
            && tags.Count == 1 && ModelContents.FallbackTags.TryGetValue(tags[0], out var subject) && subject != digest;
    }

    private IEnumerable<ModelEntry> ListsOf(Digest subject) => entries.Where(e => IsFallback(e.Digest) && e.Tag is not null && ModelContents.FallbackTags[e.Tag] == subject);

    private bool IsNamed(Digest digest) => entries.Any(e => e.Digest == digest && e.Tag is not null);

    /// <summary>Returns the digests that garbage collection keeps, or null if it refuses.</summary>
    public HashSet<Digest>? Collect(IEnumerable<Digest> claims, bool atMost, bool keepUntagged, bool force)
    {
        if (!force)
        {
            if (entries.Count > 0 && !keepUntagged && entries.All(e => e.Tag is null || IsFallback(e.Digest))) return null;
            if (entries.Count == 0 && stored.Any(d => ModelContents.ByDigest[d].IsManifest)) return null;
        }

        var roots = entries.Where(e => keepUntagged || e.IsDocument || (e.Tag is not null && !IsFallback(e.Digest))).Select(ModelGraph.NodeOf).ToList();
        if (!force && roots.Any(r => !stored.Contains(r.Digest))) return null;
        var claimed = _graph.Claimed(claims, atMost);
        while (true)
        {
            HashSet<Digest> kept = [.. claimed, .. _graph.Reach(roots).Select(n => n.Digest)];
            var more = entries.Where(e => !roots.Contains(ModelGraph.NodeOf(e)) && (IsFallback(e.Digest) && e.Tag is not null
                ? kept.Contains(ModelContents.FallbackTags[e.Tag])
                : e.Tag is null && (kept.Contains(e.Digest) || SubjectChain(e.Digest).Any(kept.Contains)))).Select(ModelGraph.NodeOf).ToList();
            if (more.Count == 0) return kept;
            roots.AddRange(more);
        }
    }

    private IEnumerable<Digest> SubjectChain(Digest digest)
    {
        while (!_graph.SubjectOf(ModelGraph.NodeOf(digest)).IsEmpty) yield return digest = _graph.SubjectOf(ModelGraph.NodeOf(digest));
    }

    /// <summary>Returns the digests that a deletion deletes and the new targets of fallback tags, or null if it is refused.</summary>
    public (HashSet<Digest> Plan, Dictionary<string, ModelContent?> Edits)? Delete(Digest target, string? named, bool cascade, bool force)
    {
        // The target is read by the media type of the entry that names it, or by its own.
        var entry = entries.LastOrDefault(e => named is not null && e.Tag == named) ?? entries.FirstOrDefault(e => e.Digest == target);
        var all = _graph.Reach(entries.Select(ModelGraph.NodeOf).Concat(entry is { IsOther: true } ? [] : [ModelGraph.NodeOf(target)])).Where(n => stored.Contains(n.Digest)).ToList();
        var plan = new HashSet<Digest> { target };
        var lists = new HashSet<Digest>();
        var goneTags = new HashSet<string>();
        for (var before = 0; cascade && before != plan.Count;)
        {
            before = plan.Count;
            plan.UnionWith(all.Where(n => plan.Contains(_graph.SubjectOf(n))).Select(n => n.Digest).ToList());
            foreach (var list in plan.SelectMany(ListsOf).ToList())
            {
                goneTags.Add(list.Tag!);
                if (plan.Add(list.Digest)) lists.Add(list.Digest);
            }

            if (before != plan.Count) continue;
            var candidates = all.Where(n => !n.IsDocument && plan.Contains(n.Digest))
                .SelectMany(n => _graph.HeldBy(n).Where(c => !lists.Contains(n.Digest) || plan.Contains(_graph.SubjectOf(ModelGraph.NodeOf(c))))).ToList();
            plan.UnionWith(candidates.Where(c => !IsNamed(c) && !Holders(c).Any() && !HasKeptReferrer(c)).ToList());
        }

        var held = plan.Any(m => Holders(m).Any());
        var lost = entries.Any(e => e.Tag is not null && plan.Contains(e.Digest) && e.Tag != named
            && !(named is null && e.Digest == target) && !(goneTags.Contains(e.Tag) && IsFallback(e.Digest)));
        if (!force && (held || lost)) return null;

        var edited = new List<ModelEntry>();
        var open = entries.Where(e => e.Tag is not null && IsFallback(e.Digest) && !plan.Contains(e.Digest)).ToList();
        while (open.FirstOrDefault(e => all.Contains(new(e.Digest, false)) && _graph.HeldBy(new(e.Digest, false)).Any(plan.Contains)) is { } list)
        {
            open.RemoveAll(e => e.Digest == list.Digest);
            if (entries.Last(e => e.Tag == list.Tag).Digest == list.Digest) edited.Add(list);
            if (!Holders(list.Digest).Any()) plan.Add(list.Digest);
        }

        return (plan, edited.ToDictionary(e => e.Tag!, e => ModelContents.Without(ModelContents.ByDigest[e.Digest], plan)));

        IEnumerable<Digest> PointersTo(Digest d) => all.Where(n => !plan.Contains(n.Digest) && _graph.HeldBy(n).Contains(d)).Select(n => n.Digest);

        IEnumerable<Digest> Holders(Digest d) => PointersTo(d).Where(IsHolder);

        bool IsHolder(Digest d) => !IsFallback(d) || PointersTo(d).Any(IsHolder);

        bool HasKeptReferrer(Digest d) => all.Where(n => _graph.SubjectOf(n) == d && !plan.Contains(n.Digest)).Select(n => n.Digest)
            .Any(r => IsNamed(r) || Holders(r).Any() || HasKeptReferrer(r));
    }
}
