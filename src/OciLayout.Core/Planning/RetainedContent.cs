using System.Collections.Generic;
using System.Linq;
using System.Threading;
using OciLayout.Graph;
using OciLayout.Sessions;

namespace OciLayout.Planning;

/// <summary>
/// The planned content that a deletion must not delete after all, because the index lists it, a process claims it, or a retained manifest
/// references it. Content that is deleted by force although manifests reference it is retained only by claims, and retains nothing.
/// </summary>
internal sealed class RetainedContent
{
    private readonly IndexSnapshot _index;
    private readonly HashSet<Digest> _planned;
    private readonly HashSet<Digest> _forced;
    private readonly Retainers _retainers;
    private readonly ReachableSet _claimed;
    private readonly Dictionary<Digest, bool> _known = [];

    /// <param name="graph">The manifest graph.</param>
    /// <param name="index">The index, which no longer lists the planned content.</param>
    /// <param name="claims">The claims that must be respected.</param>
    /// <param name="planned">The content to delete.</param>
    /// <param name="forced">The part of it that is deleted although manifests reference it.</param>
    /// <param name="limit">The size limit for manifests, in bytes.</param>
    /// <param name="cancellationToken">The cancellation token.</param>
    public RetainedContent(
        ManifestGraph graph, IndexSnapshot index, IReadOnlyList<Claim> claims, HashSet<Digest> planned, IReadOnlyCollection<Digest> forced, long limit, CancellationToken cancellationToken)
    {
        _index = index;
        _planned = planned;
        _forced = [.. forced];
        _retainers = new Retainers(graph.Query(index, limit, cancellationToken, isExcluded: _forced.Contains), digest => _planned.Contains(digest) && !IsReferenced(digest));
        _claimed = graph.FindReachable(claims.Select(c => c.Target), limit, cancellationToken);
    }

    /// <summary>Returns whether content must not be deleted.</summary>
    public bool Contains(Digest digest) => _claimed.Contains(digest) || IsReferenced(digest);

    // Callers query parents before their children, so the recursion through _retainers stays shallow.
    private bool IsReferenced(Digest digest)
    {
        if (_forced.Contains(digest)) return false;
        if (_known.TryGetValue(digest, out var isReferenced)) return isReferenced;
        _known[digest] = false; // guards against a cycle, which requires a hash collision
        return _known[digest] = _index.Lists(digest) || _retainers.Any(digest);
    }
}
