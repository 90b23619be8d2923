using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
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

    private readonly IFileSystem _files;

    // The lock of this class. It guards all fields below.
    private readonly object _sync = new();

    // A digest is in _claims if and only if the last line about it in _claimsFile adds it, with the same media type.
    private readonly Dictionary<Digest, string> _claims = [];

    // A digest is in _active if and only if an operation in progress has claimed it. Count is the number of times that the scopes in
    // progress have claimed it, and MediaType is the last one. A digest can be in _active and not in _claims: a claim that was released
    // counts in this process until its operations end.
    private readonly Dictionary<Digest, (int Count, string MediaType)> _active = [];

    // The number of scopes that have not ended. It is positive if _active is not empty.
    private int _operations;

    // While the session is open, this process holds _lock on the file _prefix.session, unless another program deleted that file
    // (CheckFiles). The claims are in the file _prefix.claims. Id, CheckFiles and NewFile read _prefix without the lock.
    private string _prefix;
    private IDisposable _lock;
    private ClaimsFile _claimsFile;

    // Once true, no operation begins, and the files are deleted.
    private bool _disposed;

    // The number in the last name that NewFile returned. Not guarded by _sync.
    private int _lastName;

    // The permissions of ingest/; null between CheckFiles and the next upload. Not guarded by _sync, because the object does not change.
    private CreationPolicy? _policy;

    private Session(IFileSystem files, (string Prefix, IDisposable Lock, ClaimsFile Claims) own)
    {
        _files = files;
        (_prefix, _lock, _claimsFile) = own;
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    /// <summary>The first part of every file name of this session.</summary>
    public string Id => Path.GetFileName(_prefix);

    /// <summary>
    /// Returns whether the lock file of the session still exists. Uploads that are created after this call have the permissions that
    /// <c>ingest/</c> has now.
    /// </summary>
    public bool CheckFiles()
    {
        _policy = null;
        return _files.Stat(_prefix + LockSuffix) is not null;
    }

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
            if (CheckFiles()) return true;
            var created = Create(_files, ingest);
            try
            {
                created.Claims.Add(_claims.Select(c => new Claim(c.Key, c.Value)));
            }
            catch
            {
                created.Claims.Dispose();
                created.Lock.Dispose();
                throw;
            }

            _claimsFile.Dispose();
            _lock.Dispose();
            (_prefix, _lock, _claimsFile) = created;
            return true;
        }
    }

    private static (string Prefix, IDisposable Lock, ClaimsFile Claims) Create(IFileSystem files, string ingest)
    {
        var prefix = NewName(ingest);

        // On Windows, creating the file locks it. On Unix these are two steps, so the file gets its final name after it is locked.
        var created = files.PinsOpenFiles ? prefix + LockSuffix : prefix + ".new";
        var taken = files.TryLock(created, exclusive: true) ?? throw new IOException($"'{created}' was created by this process and is locked by another process.");
        try
        {
            if (!files.PinsOpenFiles) files.Replace(created, prefix + LockSuffix);
            return (prefix, taken, ClaimsFile.Create(files, prefix + ClaimsSuffix));
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    /// <summary>Returns a new file name prefix that no session uses.</summary>
    public static string NewName(string ingest) => ingest + Path.DirectorySeparatorChar + Guid.NewGuid().ToString("N");

    /// <summary>Returns a new name for an upload or another temporary file of this session.</summary>
    public string NewFile(string suffix) =>
        _prefix + "." + Interlocked.Increment(ref _lastName).ToString(CultureInfo.InvariantCulture) + suffix;

    /// <summary>Creates the file of an upload, which has a name of <see cref="NewFile"/>.</summary>
    public Stream CreateUpload(string path, FilePurpose purpose) => _files.CreateNext(path, purpose, ref _policy);

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

    /// <summary>
    /// Releases claims on content that was deleted or is now reachable from the index. The caller holds the store lock.
    /// </summary>
    public void Release(IEnumerable<Digest> digests)
    {
        lock (_sync)
        {
            var released = digests.Where(_claims.ContainsKey).Distinct().ToList();
            if (released.Count == 0) return;
            try
            {
                _claimsFile.Release(released);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return; // harmless: the claims stay, and the index is saved
            }

            foreach (var digest in released) _claims.Remove(digest);
            _claimsFile.Shorten(_claims);
        }
    }

    /// <summary>Adds the claims of an operation in progress, for <see cref="ClaimScope"/>.</summary>
    internal void Add(IReadOnlyList<Claim> claims)
    {
        lock (_sync)
        {
            // First the file, because a claim is only valid if other processes can read it.
            _claimsFile.Add(claims.Where(c => !_claims.TryGetValue(c.Digest, out var mediaType) || mediaType != c.MediaType));
            foreach (var claim in claims)
            {
                _active.TryGetValue(claim.Digest, out var active);
                _active[claim.Digest] = (active.Count + 1, claim.MediaType);
                _claims[claim.Digest] = claim.MediaType;
            }
        }
    }

    /// <summary>Adds a claim that an operation in progress has already. Returns false if none has it.</summary>
    internal bool TryJoin(Digest digest, string mediaType)
    {
        lock (_sync)
        {
            if (!_active.TryGetValue(digest, out var active) || active.MediaType != mediaType) return false;
            if (!_claims.TryGetValue(digest, out var claimed) || claimed != mediaType) return false;
            _active[digest] = (active.Count + 1, mediaType);
            return true;
        }
    }

    /// <summary>Ends an operation, which has claimed the given digests.</summary>
    internal void EndOperation(List<Digest> claimed)
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
}
