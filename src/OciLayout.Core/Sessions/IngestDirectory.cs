using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using OciLayout.Files;
using OciLayout.Layout;

namespace OciLayout.Sessions;

/// <summary>
/// Reads the files of other processes in <c>ingest/</c>: the claims of running processes, and the leftovers of ended ones.
/// </summary>
internal sealed class IngestDirectory
{
    /// <summary>The age after which unfinished uploads of other tools count as abandoned.</summary>
    private static readonly TimeSpan ForeignAge = TimeSpan.FromHours(24);

    /// <summary>The age after which interrupted downloads count as abandoned.</summary>
    private static readonly TimeSpan PartialAge = TimeSpan.FromDays(7);

    // The directory is read again for each question, because other processes change it at any time. Names: a file belongs to a session if
    // and only if its name begins with the ID of the session and a dot. A session is running if and only if its lock file is locked.
    private readonly IFileSystem _files;
    private readonly string _path;

    public IngestDirectory(IFileSystem files, string path)
    {
        _files = files;
        _path = path;
    }

    /// <summary>
    /// Returns the claims of all running sessions except one's own. Only reliable while the caller holds the store lock exclusively; planning
    /// does not.
    /// </summary>
    public IReadOnlyList<Claim> ClaimsOfOthers(string? ownId)
    {
        Dictionary<Digest, string>? result = null;
        foreach (var session in Sessions())
        {
            if (session.Id == ownId || !session.HasClaims || HasEnded(session.Id)) continue;
            ReadClaims(session.Id, result ??= []);
        }

        return result is null ? [] : [.. result.Select(c => new Claim(c.Key, c.Value))];
    }

    /// <summary>
    /// Returns the files that do not belong to a running process, the lock file of each session last. Only reliable while the caller holds the
    /// store lock exclusively; planning does not.
    /// </summary>
    public IReadOnlyList<Leftover> Leftovers(string? ownId, DateTime now)
    {
        var result = new List<Leftover>();
        foreach (var session in Sessions())
        {
            if (session.Id == ownId || !HasEnded(session.Id)) continue;
            result.AddRange(session.Files.OrderBy(f => f.Path.EndsWith(Session.LockSuffix, StringComparison.Ordinal)));
        }

        foreach (var file in _files.List(_path))
        {
            if (IdOf(file.Name) is null && file.Kind == FileKind.File && file.Name[0] != '.' && now - file.Modified > ForeignAge)
                result.Add(new Leftover(PathOf(file.Name), file.Length));
        }

        var partial = LayoutNames.PartialIn(_path);
        foreach (var file in _files.List(partial))
        {
            if (file.Kind == FileKind.File && now - file.Modified > PartialAge) result.Add(new Leftover(partial + Path.DirectorySeparatorChar + file.Name, file.Length));
        }

        return result;
    }

    private Dictionary<string, SessionFiles>.ValueCollection Sessions()
    {
        var sessions = new Dictionary<string, SessionFiles>();
        foreach (var file in _files.List(_path))
        {
            if (file.Kind != FileKind.File || IdOf(file.Name) is not { } id) continue;
            if (!sessions.TryGetValue(id, out var session)) sessions.Add(id, session = new SessionFiles(id));
            session.Files.Add(new Leftover(PathOf(file.Name), file.Length));
            if (file.Length > 0 && file.Name == id + Session.ClaimsSuffix) session.HasClaims = true;
        }

        return sessions.Values;
    }

    // If the lock file can be locked, its process has ended. Without a lock file, the process ended while it opened or closed the session.
    private bool HasEnded(string id)
    {
        var path = PathOf(id + Session.LockSuffix);
        if (_files.Stat(path) is null) return true;
        try
        {
            using var held = _files.TryLock(path, exclusive: true);
            return held is not null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OciException)
        {
            return false; // unknown, so treat the session as running
        }
    }

    private void ReadClaims(string id, Dictionary<Digest, string> into)
    {
        Dictionary<Digest, string> claims;
        try
        {
            claims = ClaimsFile.Read(_files.OpenRead(PathOf(id + Session.ClaimsSuffix)));
        }
        catch (FileNotFoundException)
        {
            return; // the session ended after it was listed; planning holds no lock
        }

        foreach (var claim in claims)
        {
            // If several sessions claim a digest, prefer the claim as a manifest, which keeps more content.
            if (!into.TryGetValue(claim.Key, out var known) || !MediaTypes.IsManifest(known)) into[claim.Key] = claim.Value;
        }
    }

    private static string? IdOf(string name)
    {
        if (name.Length <= Session.IdLength || name[Session.IdLength] != '.') return null;
        var id = name.Substring(0, Session.IdLength);
        return Digest.IsLowerHex(id.AsSpan()) ? id : null;
    }

    private string PathOf(string name) => _path + Path.DirectorySeparatorChar + name;

    private sealed class SessionFiles(string id)
    {
        public string Id => id;

        public List<Leftover> Files { get; } = [];

        // True if and only if Files contains a claims file that is not empty.
        public bool HasClaims { get; set; }
    }
}
