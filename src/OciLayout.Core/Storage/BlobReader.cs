using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Threading;

namespace OciLayout.Storage;

/// <summary>Reads <c>blobs/</c>: what is there, how long it is, and its verified bytes.</summary>
internal sealed class BlobReader
{
    private readonly ILayout _layout;

    public BlobReader(ILayout layout) => _layout = layout;

    /// <summary>
    /// The file of a digest; null when it is absent. Only a regular file counts; one of length 0 only for the digest of
    /// nothing, since a FIFO looks like one and would block whoever opens it.
    /// </summary>
    public FileFact? Find(Digest digest)
    {
        if (digest.IsEmpty) throw new OciException(OciErrorKind.InvalidDigest, "A digest is needed and none was given.", "");
        if (_layout.Stat(LayoutNames.Blob(digest)) is not { Kind: FileKind.File } fact) return null;
        return fact.Length > 0 || IsDigestOfNothing(digest) ? fact : null;
    }

    /// <summary>Opens content; its length is compared now, its digest while it is read.</summary>
    /// <param name="digest">The content.</param>
    /// <param name="size">The length that the descriptor promises; null accepts any.</param>
    public Stream Open(Digest digest, long? size)
    {
        var (algorithm, length) = Expect(digest, size);
        return new VerifyingStream(length == 0 ? Stream.Null : OpenFile(digest), digest, algorithm, length);
    }

    /// <summary>Opens content for those who hash what they read and compare, as a push does; its length is compared now.</summary>
    public Stream OpenUnverified(Digest digest, long? size) => Expect(digest, size).Length == 0 ? Stream.Null : OpenFile(digest);

    // What is going to be read: how it is verified, and how long it is.
    private (DigestAlgorithm Algorithm, long Length) Expect(Digest digest, long? size)
    {
        if (digest.KnownAlgorithm is not { } algorithm)
        {
            if (digest.IsEmpty) throw new OciException(OciErrorKind.InvalidDigest, "A digest is needed and none was given.", "");
            throw new OciException(OciErrorKind.InvalidDigest, $"{digest} cannot be verified: its algorithm is none of sha256, sha384 and sha512.", digest.ToString());
        }

        if (Find(digest) is not { } fact) throw NotFound(digest);
        if (size is { } expected && expected != fact.Length)
        {
            throw new OciException(OciErrorKind.SizeMismatch, $"The descriptor of {digest} says {expected} bytes; the blob has {fact.Length}.", digest.ToString())
            {
                Expected = expected.ToString(CultureInfo.InvariantCulture),
                Actual = fact.Length.ToString(CultureInfo.InvariantCulture),
            };
        }

        return (algorithm, fact.Length);
    }

    private Stream OpenFile(Digest digest)
    {
        try
        {
            return _layout.Open(LayoutNames.Blob(digest));
        }
        catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw NotFound(digest, e); // removed since the look
        }
    }

    /// <summary>Reads content whole.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.SizeLimitExceeded"/>, and what <see cref="Open"/> says.</exception>
    public byte[] ReadAll(Digest digest, long? size, long limit, CancellationToken cancellation)
    {
        if (size > limit) throw TooLarge(digest, size.Value, limit);
        var (algorithm, length) = Expect(digest, size);
        var bytes = ReadUnverified(digest, length, limit, cancellation);
        Verify(digest, bytes, algorithm);
        return bytes;
    }

    /// <summary>Fails when bytes are not those of their digest.</summary>
    public static void Verify(Digest digest, byte[] bytes, DigestAlgorithm algorithm)
    {
        if (!digest.IsOf(bytes, algorithm)) throw VerifyingStream.Mismatch(digest, Digest.Compute(bytes, algorithm));
    }

    private byte[] ReadUnverified(Digest digest, long length, long limit, CancellationToken cancellation)
    {
        if (length > limit) throw TooLarge(digest, length, limit);
        var bytes = new byte[length];
        if (length == 0) return bytes;
        using var stream = OpenFile(digest);
        for (var done = 0; done < bytes.Length;)
        {
            cancellation.ThrowIfCancellationRequested();
            var read = stream.Read(bytes, done, Math.Min(bytes.Length - done, 1 << 20));
            if (read == 0) throw VerifyingStream.Truncated(digest, length, done);
            done += read;
        }

        return bytes;
    }

    /// <summary>Every file that is named as content of a known algorithm; anything else in <c>blobs/</c> is nobody's here.</summary>
    public IEnumerable<(Digest Digest, FileFact File)> List()
    {
        foreach (var algorithm in DigestAlgorithms.All)
        {
            foreach (var file in _layout.List(LayoutNames.Directory(algorithm)))
            {
                if (file.Kind != FileKind.Directory && Digest.TryFromFile(algorithm, file.Name, out var digest)) yield return (digest, file);
            }
        }
    }

    public static OciException NotFound(Digest digest, Exception? cause = null) =>
        new(OciErrorKind.NotFound, $"{digest} is not stored.", digest.ToString(), cause);

    private static bool IsDigestOfNothing(Digest digest) =>
        digest.KnownAlgorithm is { } algorithm && digest == Digest.Compute(default, algorithm);

    private static OciException TooLarge(Digest digest, long size, long limit) =>
        new(OciErrorKind.SizeLimitExceeded, $"{digest} has {size} bytes; at most {limit} are read at once here.", digest.ToString())
        {
            Expected = "at most " + limit.ToString(CultureInfo.InvariantCulture),
            Actual = size.ToString(CultureInfo.InvariantCulture),
        };
}
