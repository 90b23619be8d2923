using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Model;

namespace OciLayout.Blobs;

/// <summary>
/// The blobs that this process has verified. A file is identified by its length and modification time and, on Linux, by its inode number
/// and change time. While these are unchanged, its content is not read again. Thread-safe.
/// </summary>
internal sealed class VerifiedBlobs
{
    /// <summary>The maximum number of blobs, which need about 6 MB of memory. When it is reached, all of them are forgotten.</summary>
    private const int Limit = 1 << 16;

    private readonly BlobReader _blobs;
    private readonly object _sync = new();
    private Dictionary<DigestValue, FileIdentity> _known = new();

    public VerifiedBlobs(BlobReader blobs) => _blobs = blobs;

    /// <summary>Remembers that the content of a file was verified.</summary>
    public void Remember(Digest digest, FileStatus file)
    {
        lock (_sync)
        {
            if (_known.Count >= Limit) _known = new();
            _known[digest.Value] = new FileIdentity(file);
        }
    }

    /// <summary>Returns whether this process has verified the content of a file.</summary>
    public bool Knows(Digest digest, FileStatus file)
    {
        lock (_sync) return _known.TryGetValue(digest.Value, out var known) && known == new FileIdentity(file);
    }

    /// <summary>Verifies stored content, unless this process has already done so.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, <see cref="OciErrorKind.SizeMismatch"/>,
    /// <see cref="OciErrorKind.DigestMismatch"/>.</exception>
    public void Require(Digest digest, long? size, CancellationToken cancellationToken) =>
        Require(digest, _blobs.Find(digest) ?? throw ContentErrors.NotStored(digest, _blobs.Root), size, cancellationToken);

    /// <summary>Verifies stored content whose file the caller has just found.</summary>
    public void Require(Digest digest, FileStatus file, long? size, CancellationToken cancellationToken)
    {
        // Find returns an empty file only for the digest of empty content.
        if (file.Length == 0 || (Knows(digest, file) && (size ?? file.Length) == file.Length)) return;
        using (var content = _blobs.Open(digest, size)) content.Drain(cancellationToken);

        // Do not remember a file that was changed or replaced while it was read.
        if (_blobs.Find(digest) is { } now && new FileIdentity(now) == new FileIdentity(file)) Remember(digest, file);
    }

    /// <summary>Returns whether content is stored and correct. Unreadable content counts as incorrect.</summary>
    public bool Has(Digest digest, long? size, CancellationToken cancellationToken)
    {
        try
        {
            Require(digest, size, cancellationToken);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OciException)
        {
            return false;
        }
    }

    // A reference type, because collections over it come precompiled with .NET.
    private sealed record FileIdentity(long Length, DateTime Modified, ulong Version)
    {
        public FileIdentity(FileStatus file)
            : this(file.Length, file.Modified, file.Version)
        {
        }
    }
}
