using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace OciLayout.Storage;

/// <summary>What other processes left in <c>ingest/</c>: their claims while they live, their litter when they died.</summary>
internal sealed class IngestDirectory
{
    /// <summary>Other tools keep unfinished uploads here, too; theirs count as abandoned after a day.</summary>
    private static readonly TimeSpan ForeignAge = TimeSpan.FromHours(24);

    /// <summary>A digest and a media type as a session shortens it fit by far.</summary>
    private const int LongestClaim = 1024;

    private readonly IFileSystem _files;
    private readonly string _path;

    public IngestDirectory(IFileSystem files, string path)
    {
        _files = files;
        _path = path;
    }

    /// <summary>The claims of all living sessions but one's own; the caller holds the gate exclusively.</summary>
    public IReadOnlyList<KeyValuePair<Digest, string>> LiveClaims(string? ownId)
    {
        var result = new Dictionary<Digest, string>();
        foreach (var session in Sessions())
        {
            if (session.Key == ownId || IsDead(session.Key)) continue;
            if (session.Any(f => f.Name == session.Key + Session.ClaimsSuffix && f.Length > 0)) ReadClaims(session.Key, result);
        }

        return [.. result];
    }

    /// <summary>What nobody alive owns, the lock files of dead sessions last; the caller holds the gate exclusively.</summary>
    public IReadOnlyList<(string Path, long Size)> Leftovers(string? ownId, DateTime now)
    {
        var result = new List<(string, long)>();
        foreach (var session in Sessions())
        {
            if (session.Key == ownId || !IsDead(session.Key)) continue;
            foreach (var file in session.OrderBy(f => f.Name.EndsWith(Session.LockSuffix, StringComparison.Ordinal)))
                result.Add((PathOf(file.Name), file.Length));
        }

        foreach (var file in _files.List(_path))
        {
            if (IdOf(file.Name) is null && file.Kind == FileKind.File && file.Name[0] != '.' && now - file.Modified > ForeignAge)
                result.Add((PathOf(file.Name), file.Length));
        }

        return result;
    }

    private IEnumerable<IGrouping<string, FileFact>> Sessions() =>
        _files.List(_path).Where(f => f.Kind == FileKind.File && IdOf(f.Name) is not null).ToList().GroupBy(f => IdOf(f.Name)!);

    // Whoever can lock the file knows that its owner is gone. Without the file the owner died while it opened or closed.
    private bool IsDead(string id)
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
            return false; // nobody can tell; whoever may be alive is
        }
    }

    private void ReadClaims(string id, Dictionary<Digest, string> into)
    {
        var mine = new Dictionary<Digest, string>();
        try
        {
            using var reader = new StreamReader(_files.OpenRead(PathOf(id + Session.ClaimsSuffix)), Encoding.UTF8);
            foreach (var line in Lines(reader))
            {
                var blank = line.IndexOf(' ');
                if (!Digest.TryParse(line.Substring(1, (blank > 0 ? blank : line.Length) - 1), out var digest)) continue;
                if (line[0] == '-') mine.Remove(digest);
                else mine[digest] = blank < 0 ? "" : line.Substring(blank + 1);
            }
        }
        catch (FileNotFoundException)
        {
            return; // the session ended since it was listed; planning looks without the gate
        }

        foreach (var claim in mine)
        {
            // One claims it as a blob, one as a manifest: the manifest keeps more.
            if (!into.TryGetValue(claim.Key, out var known) || !MediaTypes.IsManifest(known)) into[claim.Key] = claim.Value;
        }
    }

    // What is longer than any claim is none: a file without line ends costs no memory.
    private static IEnumerable<string> Lines(StreamReader reader)
    {
        var line = new StringBuilder();
        int next;
        do
        {
            next = reader.Read();
            if (next >= 0 && next != '\n')
            {
                if (line.Length <= LongestClaim) line.Append((char)next);
                continue;
            }

            if (line.Length is > 0 and <= LongestClaim) yield return line.ToString();
            line.Clear();
        }
        while (next >= 0);
    }

    private static string? IdOf(string name)
    {
        if (name.Length <= Session.IdLength || name[Session.IdLength] != '.') return null;
        var id = name.Substring(0, Session.IdLength);
        return Digest.IsLowerHex(id.AsSpan()) ? id : null;
    }

    private string PathOf(string name) => _path + Path.DirectorySeparatorChar + name;
}
