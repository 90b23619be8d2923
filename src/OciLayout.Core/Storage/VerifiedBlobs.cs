using System;
using System.IO;
using System.Threading;
using OciLayout.Graph;

namespace OciLayout.Storage;

/// <summary>
/// The blobs that this process has verified, by the identity of their files. A file is the same as before when length and modification time
/// and, on Linux, inode and time of change are the same; then its content is not read again.
/// </summary>
internal sealed class VerifiedBlobs
{
    /// <summary>Beyond this many blobs, all are forgotten. They take about 6 MB of memory.</summary>
    private const int Limit = 1 << 16;

    private const int BufferSize = 128 * 1024;

    private readonly BlobReader _blobs;
    private readonly object _sync = new();
    private Table<Digest, FileIdentity> _known = new();

    public VerifiedBlobs(BlobReader blobs) => _blobs = blobs;

    /// <summary>Remembers that the content of a file was verified.</summary>
    public void Remember(Digest digest, FileFact file)
    {
        lock (_sync)
        {
            if (_known.Count >= Limit) _known = new();
            _known.Set(digest, new FileIdentity(file));
        }
    }

    /// <summary>Returns whether this process has verified the content of a file.</summary>
    public bool Knows(Digest digest, FileFact file)
    {
        lock (_sync) return _known.TryGetValue(digest, out var known) && known == new FileIdentity(file);
    }

    /// <summary>Verifies stored content unless this process has done it before.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, <see cref="OciErrorKind.SizeMismatch"/>, <see cref="OciErrorKind.DigestMismatch"/>.</exception>
    public void Require(Digest digest, long? size, CancellationToken cancellation)
    {
        var file = _blobs.Find(digest) ?? throw BlobReader.NotFound(digest);
        if (file.Length == 0 || (Knows(digest, file) && (size ?? file.Length) == file.Length)) return; // an empty file counts only as the content of the digest of nothing
        using (var content = _blobs.Open(digest, size))
        {
            var buffer = new byte[(int)Math.Min(BufferSize, file.Length)];
            while (content.Read(buffer, 0, buffer.Length) > 0) cancellation.ThrowIfCancellationRequested();
        }

        // A file that was changed or replaced meanwhile is not the one that was read.
        if (_blobs.Find(digest) is { } now && new FileIdentity(now) == new FileIdentity(file)) Remember(digest, file);
    }

    /// <summary>Returns whether content is stored and right; content that cannot be read is not.</summary>
    public bool Has(Digest digest, long? size, CancellationToken cancellation)
    {
        try
        {
            Require(digest, size, cancellation);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OciException)
        {
            return false;
        }
    }

    private readonly record struct FileIdentity(long Length, DateTime Modified, ulong Version)
    {
        public FileIdentity(FileFact file)
            : this(file.Length, file.Modified, file.Version)
        {
        }
    }
}
