using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using OciLayout.Files;

namespace OciLayout.Sessions;

/// <summary>
/// The activity of this process in a store: a file in <c>ingest/</c> that stays locked while the process runs, the names of its uploads,
/// and an append-only file of claims, which protect content from the garbage collection of other processes. Thread-safe.
/// </summary>
internal sealed class Session : IDisposable
{
    public const string LockSuffix = ".session";
    public const string ClaimsSuffix = ".claims";
    public const int IdLength = 32;

    /// <summary>The length, in bytes, from which the claims file is rewritten without released claims.</summary>
    private const int LongClaims = 1 << 16;

    private readonly IFileSystem _files;
    private string _prefix;
    private IDisposable _lock;
    private Stream _claimsFile;

    // The media types of the claims in the file. Guarded by _sync, like the other fields about claims and operations.
    private readonly Dictionary<Digest, string> _claims = [];

    // The claims of operations in progress, with the number of these operations. A released claim stays here until they end.
    private readonly Dictionary<Digest, (int Count, string MediaType)> _active = [];
    private readonly object _sync = new();
    private int _lastName;
    private long _claimsLength;
    private bool _isTorn; // the file may end with an incomplete line
    private int _operations; // in progress
    private bool _disposed;

    private Session(IFileSystem files, (string Prefix, IDisposable Lock, Stream Claims) own)
    {
        _files = files;
        (_prefix, _lock, _claimsFile) = own;
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    /// <summary>The first part of every file name of this session.</summary>
    public string Id => Path.GetFileName(_prefix);

    /// <summary>Whether the lock file of the session still exists.</summary>
    public bool HasLockFile => _files.Stat(_prefix + LockSuffix) is not null;

    /// <summary>
    /// Opens a session. The caller holds the store lock shared, so that garbage collection cannot see the files before they are locked.
    /// </summary>
    public static Session Open(IFileSystem files, string ingest) => new(files, Create(files, ingest));

    /// <summary>
    /// Creates the files of the session again, with all claims, if another program removed them. Operations continue with this session. The
    /// caller holds the store lock shared.
    /// </summary>
    /// <returns>False if the session has ended.</returns>
    public bool TryReopen(string ingest)
    {
        lock (_sync)
        {
            if (_disposed) return false;
            if (HasLockFile) return true;
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

        // On Windows, creating the file locks it. On Unix these are two steps, so the file gets its final name after it is locked.
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

    /// <summary>Returns a new file name prefix that no session uses.</summary>
    public static string NewName(string ingest) => ingest + Path.DirectorySeparatorChar + Guid.NewGuid().ToString("N");

    /// <summary>Returns a new name for an upload or another temporary file of this session.</summary>
    public string NewFile(string suffix) =>
        _prefix + "." + Interlocked.Increment(ref _lastName).ToString(CultureInfo.InvariantCulture) + suffix;

    /// <summary>
    /// Begins an operation. Until it ends, deletion by this process respects its claims, too. Returns null if the session has ended.
    /// </summary>
    public ClaimScope? TryBeginOperation()
    {
        lock (_sync)
        {
            if (_disposed) return null;
            _operations++;
            return new ClaimScope(this);
        }
    }

    /// <summary>Returns the claims of operations in progress in this process.</summary>
    public IReadOnlyList<Claim> ActiveClaims()
    {
        lock (_sync)
        {
            return _active.Count == 0 ? [] : [.. _active.Select(a => new Claim(a.Key, a.Value.MediaType))];
        }
    }

    /// <summary>
    /// Whether the session must stay open: there are claims, or an operation that may be staging content that it will claim.
    /// </summary>
    public bool IsInUse
    {
        get
        {
            lock (_sync) return _claims.Count > 0 || _operations > 0;
        }
    }

    /// <summary>Whether any content is claimed.</summary>
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

    /// <summary>
    /// Releases claims on content that was deleted or is now reachable from the index. The caller holds the store lock.
    /// </summary>
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
                return; // harmless: the claims stay, and the index is saved
            }

            foreach (var digest in released) _claims.Remove(digest);
            Shorten();
        }
    }

    // Rewrites the claims file when most of it is released claims. No process reads it now, because the caller holds the store lock. If an
    // error interrupts this, the last line about each digest is still correct.
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

            Append(lines); // first, because a claim is only valid if other processes can read it
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
        _isTorn = true; // a full disk can leave half a line; the next line must not continue it
        try
        {
            _claimsFile.Write(bytes, 0, bytes.Length);
            _claimsFile.Flush();
        }
        catch (IOException) when (_claimsFile.CanSeek)
        {
            // The written part must not become valid later, when a shorter line follows it.
            _claimsFile.SetLength(_claimsLength);
            _claimsFile.Position = _claimsLength;
            _isTorn = false;
            throw;
        }

        _claimsLength += bytes.Length;
        _isTorn = false;
    }

    private void OnProcessExit(object? sender, EventArgs e) => Dispose();

    /// <summary>Ends the session and deletes its files. Garbage collection deletes the files of a killed process.</summary>
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
            // The store was deleted or became read-only. Release the lock anyway.
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

    /// <summary>The claims of one operation. Thread-safe.</summary>
    internal sealed class ClaimScope : IDisposable
    {
        private readonly Session _session;
        private readonly List<Digest> _claimed = [];
        private bool _ended;

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
        /// Claims content that another operation in progress in this process has claimed in the same way. The content cannot have been
        /// deleted since, so the caller does not need the store lock.
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
