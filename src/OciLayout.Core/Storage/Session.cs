using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;

namespace OciLayout.Storage;

/// <summary>
/// What this process is doing in a store: a file in <c>ingest/</c> that it holds locked while it lives, the names of its uploads, and
/// an append-only list of claims, which keep content from the garbage collection of other processes.
/// </summary>
internal sealed class Session : IDisposable
{
    public const string LockSuffix = ".session";
    public const string ClaimsSuffix = ".claims";
    public const int IdLength = 32;

    /// <summary>From this length on, claims that are over are dropped from the file.</summary>
    private const int LongClaims = 1 << 16;

    private readonly IFileSystem _files;
    private string _prefix;
    private IDisposable _lock;
    private Stream _claimsFile;
    private readonly Dictionary<Digest, string> _claims = [];
    private readonly Dictionary<Digest, (int Count, string MediaType)> _active = [];
    private readonly object _sync = new();
    private int _lastName;
    private long _claimsLength;
    private bool _isTorn;
    private int _operations;
    private bool _disposed;

    private Session(IFileSystem files, (string Prefix, IDisposable Lock, Stream Claims) own)
    {
        _files = files;
        (_prefix, _lock, _claimsFile) = own;
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    /// <summary>The first part of every file name of this session.</summary>
    public string Id => Path.GetFileName(_prefix);

    /// <summary>Whether its files are where others look for them.</summary>
    public bool IsThere => _files.Stat(_prefix + LockSuffix) is not null;

    /// <summary>Opens a session; the caller holds the gate shared, so that nobody takes it for a dead one before it is locked.</summary>
    public static Session Open(IFileSystem files, string ingest) => new(files, Create(files, ingest));

    /// <summary>
    /// Creates the files of the session again if another program removed them, with everything that is claimed: operations go on with this
    /// session. The caller holds the gate shared.
    /// </summary>
    /// <returns>False when the session has ended.</returns>
    public bool TryReopen(string ingest)
    {
        lock (_sync)
        {
            if (_disposed) return false;
            if (IsThere) return true;
            var (oldLock, oldClaims) = (_lock, _claimsFile);
            (_prefix, _lock, _claimsFile) = Create(_files, ingest);
            (_claimsLength, _isTorn) = (0, false);
            oldClaims.Dispose();
            oldLock.Dispose();
            var lines = new StringBuilder();
            foreach (var claim in _claims) lines.Append(Line(claim.Key, claim.Value));
            Append(lines);
            return true;
        }
    }

    private static string Line(Digest digest, string mediaType) => $"+{digest} {Digest.Shorten(mediaType)}\n";

    private static (string Prefix, IDisposable Lock, Stream Claims) Create(IFileSystem files, string ingest)
    {
        var prefix = NewName(ingest);

        // Where open files are pinned, creating is locking. Elsewhere the two are apart.
        var born = files.PinsOpenFiles ? prefix + LockSuffix : prefix + ".new";
        var held = files.TryLock(born, exclusive: true) ?? throw new IOException($"'{born}' was made by this process and is locked by another.");
        try
        {
            if (!files.PinsOpenFiles) files.Replace(born, prefix + LockSuffix);
            return (prefix, held, files.Create(prefix + ClaimsSuffix, FilePurpose.Plain));
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>A new first part for file names, which no session has.</summary>
    public static string NewName(string ingest) => ingest + Path.DirectorySeparatorChar + Guid.NewGuid().ToString("N");

    /// <summary>A new name for an upload or another temporary file of this session.</summary>
    public string NewFile(string suffix) =>
        _prefix + "." + Interlocked.Increment(ref _lastName).ToString(CultureInfo.InvariantCulture) + suffix;

    /// <summary>Begins an operation, whose claims this very process respects, too, until it ends; null when the session has ended.</summary>
    public ClaimScope? TryBeginOperation()
    {
        lock (_sync)
        {
            if (_disposed) return null;
            _operations++;
            return new ClaimScope(this);
        }
    }

    /// <summary>What operations in progress in this process have claimed.</summary>
    public IReadOnlyList<Claim> ActiveClaims()
    {
        lock (_sync)
        {
            return _active.Count == 0 ? [] : [.. _active.Select(a => new Claim(a.Key, a.Value.MediaType))];
        }
    }

    /// <summary>Whether this session must go on: something is claimed, or an operation is under way that may be staging what it will claim.</summary>
    public bool IsInUse
    {
        get
        {
            lock (_sync) return _claims.Count > 0 || _operations > 0;
        }
    }

    /// <summary>Whether anything is claimed at all.</summary>
    public bool HasClaims
    {
        get
        {
            lock (_sync) return _claims.Count > 0;
        }
    }

    public bool IsClaimed(Digest digest)
    {
        lock (_sync) return _claims.ContainsKey(digest);
    }

    /// <summary>Gives up claims whose content a root of the index reaches by now. The caller holds the gate shared.</summary>
    public void Release(IEnumerable<Digest> digests)
    {
        var lines = new StringBuilder();
        lock (_sync)
        {
            var released = digests.Where(_claims.ContainsKey).Distinct().ToList();
            if (released.Count == 0) return;
            foreach (var digest in released) lines.Append('-').Append(digest).Append('\n');
            try
            {
                Append(lines);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return; // what stays claimed hurts nobody, and the index is saved
            }

            foreach (var digest in released) _claims.Remove(digest);
            Shorten();
        }
    }

    // Once claims that are over are most of the file. Nobody reads it now, since the caller holds the gate; and where an error cuts this off,
    // the last line about each digest still is the right one.
    private void Shorten()
    {
        if (_claimsLength < LongClaims || !_claimsFile.CanSeek) return;
        var lines = new StringBuilder();
        foreach (var claim in _claims) lines.Append(Line(claim.Key, claim.Value));
        if (lines.Length > _claimsLength / 4) return;
        var bytes = Encoding.UTF8.GetBytes(lines.ToString());
        try
        {
            _claimsFile.Position = 0;
            _claimsFile.Write(bytes, 0, bytes.Length);
            _claimsFile.Flush();
            _claimsFile.SetLength(bytes.Length);
            _claimsLength = bytes.Length;
        }
        catch (IOException)
        {
            _isTorn = true;
        }

        _claimsFile.Position = _claimsLength;
    }

    private void Add(IReadOnlyList<Claim> claims)
    {
        var lines = new StringBuilder();
        lock (_sync)
        {
            foreach (var claim in claims)
            {
                if (_claims.TryGetValue(claim.Digest, out var mediaType) && mediaType == claim.MediaType) continue;
                lines.Append(Line(claim.Digest, claim.MediaType));
            }

            Append(lines); // first of all: what others cannot read is not claimed
            foreach (var claim in claims)
            {
                _active.TryGetValue(claim.Digest, out var active);
                _active[claim.Digest] = (active.Count + 1, claim.MediaType);
                _claims[claim.Digest] = claim.MediaType;
            }
        }
    }

    private bool TryJoin(Digest digest, string mediaType)
    {
        lock (_sync)
        {
            if (!_active.TryGetValue(digest, out var active) || active.MediaType != mediaType) return false;
            if (!_claims.TryGetValue(digest, out var claimed) || claimed != mediaType) return false;
            _active[digest] = (active.Count + 1, mediaType);
            return true;
        }
    }

    private void End(List<Digest> claimed)
    {
        lock (_sync)
        {
            _operations--;
            foreach (var digest in claimed)
            {
                var (count, mediaType) = _active[digest];
                if (count == 1) _active.Remove(digest);
                else _active[digest] = (count - 1, mediaType);
            }
        }
    }

    private void Append(StringBuilder lines)
    {
        if (lines.Length == 0) return;
        var bytes = Encoding.UTF8.GetBytes((_isTorn ? "\n" : "") + lines);
        _isTorn = true; // a full disk may take half a line, and what follows must not become part of it
        try
        {
            _claimsFile.Write(bytes, 0, bytes.Length);
            _claimsFile.Flush();
        }
        catch (IOException) when (_claimsFile.CanSeek)
        {
            // Nor must what was written of it count, or come back behind a shorter line.
            _claimsFile.SetLength(_claimsLength);
            _claimsFile.Position = _claimsLength;
            _isTorn = false;
            throw;
        }

        _claimsLength += bytes.Length;
        _isTorn = false;
    }

    private void OnProcessExit(object? sender, EventArgs e) => Dispose();

    /// <summary>Ends the session and removes its files; what a killed process leaves, garbage collection removes.</summary>
    public void Dispose() => End(evenInUse: true);

    /// <summary>Ends the session unless it is in use.</summary>
    /// <returns>Whether it has ended.</returns>
    public bool TryEnd() => End(evenInUse: false);

    private bool End(bool evenInUse)
    {
        lock (_sync)
        {
            if (_disposed) return true;
            if (!evenInUse && IsInUse) return false;
            _disposed = true;
        }

        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        try
        {
            _claimsFile.Dispose();
            _files.Delete(_prefix + ClaimsSuffix);
            if (!_files.PinsOpenFiles) _files.Delete(_prefix + LockSuffix);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OciException)
        {
            // The store went away or became read-only; the lock goes all the same.
        }

        _lock.Dispose();
        if (_files.PinsOpenFiles)
        {
            try
            {
                _files.Delete(_prefix + LockSuffix);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or OciException)
            {
            }
        }

        return true;
    }

    /// <summary>The claims of one operation.</summary>
    internal sealed class ClaimScope : IDisposable
    {
        private readonly Session _session;
        private readonly List<Digest> _claimed = [];
        private bool _ended;

        public ClaimScope(Session session) => _session = session;

        /// <summary>Claims content, before it is looked at; the caller holds the gate shared.</summary>
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
        /// Claims what an operation of this process that is still under way has claimed in the same way. Nobody has removed it since, so
        /// nobody has to be kept out while it is looked at.
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
                if (_ended) return;
                _ended = true;
                _session.End(_claimed);
            }
        }
    }
}
