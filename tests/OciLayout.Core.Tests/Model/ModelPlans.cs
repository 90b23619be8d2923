using System;
using System.Collections.Generic;
using System.Linq;

namespace OciLayout.Tests.Model;

/// <summary>Deletion and garbage collection as section 2 words them, with no thought for speed.</summary>
internal sealed class ModelPlans(IReadOnlyList<ModelEntry> entries, IReadOnlySet<Digest> stored)
{
    public static bool IsFallbackTag(string? tag) => tag == Universe.FallbackTag;

    private static Thing Of(Digest digest) => Universe.ByDigest[digest];

    // What is not stored tells nobody its subject.
    private Digest SubjectOf(Digest digest) => stored.Contains(digest) ? Of(digest).Subject : default;

    private bool IsFallback(Digest digest) => Of(digest).IsIndex && entries.Any(e => e.Digest == digest && IsFallbackTag(e.Tag));

    private bool IsNamed(Digest digest) => entries.Any(e => e.Digest == digest && e.Tag is not null && !(IsFallbackTag(e.Tag) && Of(digest).IsIndex));

    /// <summary>All that digests reach; what is not stored is a leaf.</summary>
    public HashSet<Digest> Reach(IEnumerable<Digest> roots, bool subjects = true)
    {
        var reached = new HashSet<Digest>();
        var queue = new Queue<Digest>(roots);
        while (queue.Count > 0)
        {
            var digest = queue.Dequeue();
            if (!reached.Add(digest) || !stored.Contains(digest)) continue;
            foreach (var next in subjects ? Of(digest).Successors : Of(digest).Children) queue.Enqueue(next);
        }

        return reached;
    }

    /// <summary>What garbage collection keeps; null when it refuses.</summary>
    public HashSet<Digest>? Collect(IEnumerable<Digest> claims, bool keepUntagged, bool force)
    {
        if (!force)
        {
            if (entries.Count > 0 && !keepUntagged && entries.All(e => e.Tag is null || (IsFallbackTag(e.Tag) && Of(e.Digest).IsIndex))) return null;
            if (entries.Count == 0 && stored.Any(d => Of(d).IsManifest)) return null;
        }

        var roots = entries.Where(e => keepUntagged || !Of(e.Digest).IsManifest || (e.Tag is not null && !(IsFallbackTag(e.Tag) && Of(e.Digest).IsIndex)))
            .Select(e => e.Digest).ToList();
        if (!force && roots.Any(r => !stored.Contains(r))) return null;
        roots.AddRange(claims.Where(stored.Contains));
        while (true)
        {
            var kept = Reach(roots);
            var more = entries.Select(e => e.Digest).Where(d => !kept.Contains(d)).Where(d => kept.Contains(Universe.M2.Digest) && IsFallback(d)
                || entries.Any(e => e.Digest == d && e.Tag is null) && SubjectChain(d).Any(kept.Contains)).ToList();
            if (more.Count == 0) return kept;
            roots.AddRange(more);
        }
    }

    private IEnumerable<Digest> SubjectChain(Digest digest)
    {
        while (stored.Contains(digest) && !Of(digest).Subject.IsEmpty) yield return digest = Of(digest).Subject;
    }

    /// <summary>What a deletion takes, and how fallback tags move; null when it is refused.</summary>
    public (HashSet<Digest> Plan, Dictionary<string, Thing?> Edits)? Delete(Digest target, string? named, bool cascade, bool force)
    {
        var all = Reach(entries.Select(e => e.Digest).Append(target)).Where(stored.Contains).ToList();
        var plan = new HashSet<Digest> { target };
        var lists = new HashSet<Digest>();
        for (var before = 0; cascade && before != plan.Count;)
        {
            before = plan.Count;
            plan.UnionWith(all.Where(d => plan.Contains(Of(d).Subject)));
            if (plan.Contains(Universe.M2.Digest))
            {
                foreach (var list in entries.Where(e => IsFallbackTag(e.Tag) && Of(e.Digest).IsIndex).Select(e => e.Digest))
                {
                    if (plan.Add(list)) lists.Add(list);
                }
            }

            if (before != plan.Count) continue;
            var candidates = plan.Where(stored.Contains).SelectMany(p => Of(p).Children.Where(c => !lists.Contains(p) || plan.Contains(SubjectOf(c)))).ToList();
            plan.UnionWith(candidates.Where(c => !IsNamed(c) && !Holders(c).Any() && !HasKeptReferrer(c)).ToList());
        }

        var held = plan.Any(m => Holders(m).Any());
        var lost = entries.Any(e => e.Tag is not null && plan.Contains(e.Digest) && e.Tag != named
            && !(named is null && e.Digest == target) && !(lists.Contains(e.Digest) && IsFallbackTag(e.Tag)));
        if (!force && (held || lost)) return null;

        var edits = new Dictionary<string, Thing?>();
        foreach (var list in entries.Where(e => IsFallback(e.Digest) && IsFallbackTag(e.Tag) && !plan.Contains(e.Digest) && stored.Contains(e.Digest)).ToList())
        {
            var gone = Of(list.Digest).Children.Where(c => plan.Contains(c) && SubjectOf(c) == Universe.M2.Digest).ToList();
            if (gone.Count == 0) continue;
            edits[list.Tag!] = Universe.Without(Of(list.Digest), gone);
            if (entries.All(e => e.Digest != list.Digest || e.Tag is null || e.Tag == list.Tag) && !Holders(list.Digest).Any()) plan.Add(list.Digest);
        }

        return (plan, edits);

        IEnumerable<Digest> Holders(Digest d) => all.Where(h => Of(h).Children.Contains(d) && !plan.Contains(h) && !IsFallback(h));

        bool HasKeptReferrer(Digest d) =>
            all.Where(r => Of(r).Subject == d && !plan.Contains(r)).Any(r => IsNamed(r) || Holders(r).Any() || HasKeptReferrer(r));
    }
}
