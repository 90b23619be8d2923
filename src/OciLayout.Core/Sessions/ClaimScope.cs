using System;
using System.Collections.Generic;

namespace OciLayout.Sessions;

/// <summary>The claims of one operation in progress. Deletion by this process respects them, too, until the scope ends. Thread-safe.</summary>
internal sealed class ClaimScope : IDisposable
{
    private readonly Session _session;

    // A digest is in the list once for each time that this scope has claimed it. The session counts the same number until the scope ends.
    // The list is also the lock of this class; the lock of the session may be acquired below it.
    private readonly List<Digest> _claimed = [];
    private bool _hasEnded;

    /// <summary>Creates the scope of an operation that the session has counted (<see cref="Session.TryBeginOperation"/>).</summary>
    public ClaimScope(Session session) => _session = session;

    /// <summary>Claims content, before checking that it exists. The caller holds the store lock shared.</summary>
    public void Claim(IReadOnlyList<Claim> claims)
    {
        _session.Add(claims);
        lock (_claimed)
        {
            foreach (var claim in claims) _claimed.Add(claim.Digest);
        }
    }

    public void Claim(Digest digest, string mediaType) => Claim([new Claim(digest, mediaType)]);

    /// <summary>
    /// Claims content that another operation in progress in this process has claimed in the same way. The content cannot have been deleted
    /// since, so the caller does not need the store lock.
    /// </summary>
    public bool TryJoin(Digest digest, string mediaType)
    {
        if (!_session.TryJoin(digest, mediaType)) return false;
        lock (_claimed) _claimed.Add(digest);
        return true;
    }

    public void Dispose()
    {
        lock (_claimed)
        {
            if (_hasEnded) return;
            _hasEnded = true;
            _session.EndOperation(_claimed);
        }
    }
}
