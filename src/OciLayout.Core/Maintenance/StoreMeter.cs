using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using OciLayout.Common;
using OciLayout.Index;
using OciLayout.Model;
using OciLayout.Planning;
using OciLayout.Store;

namespace OciLayout.Maintenance;

/// <summary>
/// Measures the disk space that tags keep, as the effect of deleting them followed by a garbage collection. Reads the manifests once. The
/// sizes that tags own take one more pass over the graph; only the total size of each tag takes a walk of its own.
/// </summary>
internal sealed class StoreMeter
{
    private readonly Dictionary<Digest, long> _files;
    private readonly RetentionGraph _graph;
    private readonly Dominators _dominators;
    private readonly IReadOnlyList<(IndexEntry Entry, NodeKey Key)> _entries;
    private readonly CancellationToken _cancellation;

    public StoreMeter(StoreState state, long limit, CancellationToken cancellationToken)
    {
        _cancellation = cancellationToken;
        _files = StoredContent.In(state.Blobs, cancellationToken);
        // Nothing is deleted here, so unreadable manifests are not a reason to refuse.
        var marker = new GarbageMarker(state.Graph, state.Blobs, limit, new GarbageOptions { Force = true }, DateTime.UtcNow, cancellationToken);
        var entries = state.Entries();
        var claims = state.ClaimsToRespect();
        var retained = marker.Mark(entries, claims, null).Retained;
        _entries = [.. entries.Entries.Where(e => !e.Digest.IsEmpty).Select(e => (e, marker.KeyOf(e)))];
        _graph = new RetentionGraph(retained, _entries, entries.IsFallback, claims.Select(c => c.Target), cancellationToken);
        _dominators = new Dominators(_graph.Graph, RetentionGraph.Root);
    }

    /// <summary>Returns the usage of the wanted tags, in ordinal order.</summary>
    public List<TagUsage> Tags(Func<string, bool> wanted)
    {
        var named = _entries.Where(e => e.Entry.Tag is not null && !e.Entry.NamesItself && wanted(e.Entry.Tag))
            .GroupBy(e => e.Entry.Tag!, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => (Tag: g.Key, g.Last().Entry.Digest)).ToList(); // the last entry with a tag wins
        var own = OwnSizes();
        var result = new TagUsage[named.Count];
        ParallelLoop.For(named.Count, i => result[i] = Measure(named[i].Tag, named[i].Digest, own), _cancellation);
        return [.. result];
    }

    /// <summary>Returns the usage of the whole store.</summary>
    /// <param name="garbage">The plan of a garbage collection.</param>
    /// <param name="refusal">The reason why garbage collection would refuse unless forced; null if it would not.</param>
    public StoreUsage Total(GarbagePlan garbage, OciException? refusal)
    {
        var totals = new Totals(this, _dominators.Order);
        var orphans = garbage.Items.Sum(i => i.Size);
        return new StoreUsage
        {
            Size = _files.Values.Sum() + garbage.Items.Where(i => i.Digest.IsEmpty).Sum(i => i.Size),
            OwnSize = OwnedSize(),
            OrphanSize = orphans,
            OrphanCount = garbage.Items.Count,
            BlobCount = _files.Count,
            ManifestCount = totals.ManifestCount + garbage.Items.Count(i => MediaTypes.IsManifest(i.MediaType)),
            MissingCount = totals.MissingCount,
            Refusal = refusal,
            Problems = totals.Problems,
            Blobs = _files,
        };
    }

    private TagUsage Measure(string tag, Digest digest, Dictionary<int, long> own)
    {
        _cancellation.ThrowIfCancellationRequested();
        if (_graph.NodeOf(tag) is not { } node) return new TagUsage(tag, digest); // a fallback index that nothing keeps
        var totals = new Totals(this, From(node));
        return new TagUsage(tag, digest)
        {
            Size = totals.Size,
            OwnSize = own[node],
            BlobCount = totals.BlobCount,
            ManifestCount = totals.ManifestCount,
            MissingCount = totals.MissingCount,
            Problems = totals.Problems,
        };
    }

    private HashSet<int> From(int node)
    {
        var seen = new HashSet<int> { node };
        var stack = new Stack<int>();
        stack.Push(node);
        while (stack.Count > 0)
        {
            foreach (var next in _graph.Graph.Successors(stack.Pop()))
            {
                if (seen.Add(next)) stack.Push(next);
            }
        }

        return seen;
    }

    // Runs backwards: nodes come after their dominator, so each sum is complete when it is added to that of the dominator.
    private Dictionary<int, long> OwnSizes()
    {
        var order = _dominators.Order;
        var sums = new long[order.Count];
        var own = new Dictionary<int, long>();
        for (var i = order.Count - 1; i >= 0; i--)
        {
            sums[i] += SizeOf(order[i]);
            if (_graph.IsTag(order[i])) own[order[i]] = sums[i];
            if (i > 0) sums[_dominators.Dominator[i]] += sums[i];
        }

        return own;
    }

    private long OwnedSize()
    {
        var order = _dominators.Order;
        var isOwned = new bool[order.Count];
        var size = 0L;
        for (var i = 1; i < order.Count; i++)
        {
            isOwned[i] = _graph.IsTag(order[i]) || isOwned[_dominators.Dominator[i]];
            if (isOwned[i]) size += SizeOf(order[i]);
        }

        return size;
    }

    private long SizeOf(int node) => _graph.IsContent(node, out var digest, out _) && _files.TryGetValue(digest, out var size) ? size : 0;

    /// <summary>The totals over some nodes.</summary>
    private sealed class Totals
    {
        public Totals(StoreMeter meter, IEnumerable<int> nodes)
        {
            foreach (var node in nodes)
            {
                if (meter._graph.ProblemOf(node) is { } problem) Problems.Add(problem);
                if (!meter._graph.IsContent(node, out var digest, out var isManifest)) continue;
                if (!meter._files.TryGetValue(digest, out var size))
                {
                    MissingCount++;
                    continue;
                }

                Size += size;
                BlobCount++;
                if (isManifest) ManifestCount++;
            }
        }

        public long Size { get; }

        public int BlobCount { get; }

        public int ManifestCount { get; }

        public int MissingCount { get; }

        public List<OciException> Problems { get; } = [];
    }
}
