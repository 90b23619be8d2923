using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Threading;

namespace OciLayout.Storage;

/// <summary>Reads <c>blobs/</c>: what is there, how long it is, and its verified bytes.</summary>
internal sealed class BlobReader
{
    private const int UsualManifest = 4096;
    private const int LargestSpare = 1 << 16;
    private const int LongestArray = 0x7FFFFFC7; // of the framework

    [ThreadStatic]
    private static byte[]? s_spare;

    private readonly ILayout _layout;

    public BlobReader(ILayout layout) => _layout = layout;

    /// <summary>
    /// The file of a digest; null when it is absent. Only a regular file counts; one of length 0 only for the digest of
    /// nothing, since a FIFO looks like one and would block whoever opens it.
    /// </summary>
    public FileFact? Find(Digest digest)
    {
        if (digest.IsEmpty) throw new OciException(OciErrorKind.InvalidDigest, "A digest is needed and none was given.", "");
        if (_layout.Stat(digest) is not { Kind: FileKind.File } fact) return null;
        return fact.Length > 0 || IsDigestOfNothing(digest) ? fact : null;
    }

    /// <summary>Opens content; its length is compared now, its digest while it is read.</summary>
    /// <param name="digest">The content.</param>
    /// <param name="size">The length that the descriptor promises; null accepts any.</param>
    public Stream Open(Digest digest, long? size)
    {
        var algorithm = AlgorithmOf(digest);
        var file = OpenUnverified(digest, size);
        return new VerifyingStream(file, digest, algorithm, file.Length);
    }

    /// <summary>Opens content for those who hash what they read and compare, as a push does; its length is compared now.</summary>
    public Stream OpenUnverified(Digest digest, long? size)
    {
        _ = AlgorithmOf(digest);
        var file = OpenFile(digest);
        try
        {
            if (file.Length == 0 && !IsDigestOfNothing(digest)) throw NotFound(digest); // as Find says
            if (size is not { } expected || expected == file.Length) return file;
            throw new OciException(OciErrorKind.SizeMismatch, $"The descriptor of {digest} says {expected} bytes; the blob has {file.Length}.", digest.ToString())
            {
                Expected = expected.ToString(CultureInfo.InvariantCulture),
                Actual = file.Length.ToString(CultureInfo.InvariantCulture),
            };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static DigestAlgorithm AlgorithmOf(Digest digest)
    {
        if (digest.KnownAlgorithm is { } algorithm) return algorithm;
        if (digest.IsEmpty) throw new OciException(OciErrorKind.InvalidDigest, "A digest is needed and none was given.", "");
        throw new OciException(OciErrorKind.InvalidDigest, $"{digest} cannot be verified: its algorithm is none of sha256, sha384 and sha512.", digest.ToString());
    }

    private Stream OpenFile(Digest digest)
    {
        try
        {
            return _layout.Open(digest);
        }
        catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // A FIFO in the place of nothing counts as that.
            return IsDigestOfNothing(digest) && Find(digest) is not null ? Stream.Null : throw NotFound(digest, e);
        }
    }

    /// <summary>Reads content whole.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.SizeLimitExceeded"/>, and what <see cref="Open"/> says.</exception>
    public byte[] ReadAll(Digest digest, long? size, long limit, CancellationToken cancellation)
    {
        byte[] bytes = [];
        ReadAll(digest, size, limit, ref bytes, cancellation);
        return bytes;
    }

    /// <summary>Reads content whole into a buffer, or into a new one of its length when it does not fit there.</summary>
    /// <returns>The length.</returns>
    public int ReadAll(Digest digest, long? size, long limit, ref byte[] buffer, CancellationToken cancellation)
    {
        if (size > limit) throw TooLarge(digest, size.Value, limit);
        using var file = OpenUnverified(digest, size);
        if (file.Length > Math.Min(limit, LongestArray)) throw TooLarge(digest, file.Length, Math.Min(limit, LongestArray));
        var length = (int)file.Length;
        if (buffer.Length < length) buffer = new byte[length];
        for (var done = 0; done < length;)
        {
            cancellation.ThrowIfCancellationRequested();
            var read = file.Read(buffer, done, Math.Min(length - done, 1 << 20));
            if (read == 0) throw VerifyingStream.Truncated(digest, length, done);
            done += read;
        }

        Verify(digest, buffer.AsSpan(0, length), AlgorithmOf(digest));
        return length;
    }

    /// <summary>Reads content whole, for a use that keeps nothing of its bytes.</summary>
    /// <param name="digest">The content.</param>
    /// <param name="limit">The longest that is read.</param>
    /// <param name="about">What the use has to know.</param>
    /// <param name="use">Gets the bytes, which are other content's afterwards.</param>
    /// <param name="cancellation">Stops it.</param>
    public TResult Use<TAbout, TResult>(Digest digest, long limit, TAbout about, Func<ReadOnlyMemory<byte>, TAbout, TResult> use, CancellationToken cancellation)
    {
        var buffer = s_spare ?? new byte[UsualManifest];
        s_spare = null;
        try
        {
            var length = ReadShort(digest, buffer);
            if (length == 0 || length > limit) length = ReadAll(digest, null, limit, ref buffer, cancellation);
            return use(buffer.AsMemory(0, length), about);
        }
        finally
        {
            if (buffer.Length <= LargestSpare) s_spare = buffer;
        }
    }

    // What is not as it should be is read again, and told.
    private int ReadShort(Digest digest, byte[] buffer)
    {
        if (digest.KnownAlgorithm is not { } algorithm) return 0;
        var length = _layout.ReadShort(digest, buffer);
        return digest.IsOf(buffer.AsSpan(0, length), algorithm) ? length : 0;
    }

    private static void Verify(Digest digest, ReadOnlySpan<byte> bytes, DigestAlgorithm algorithm)
    {
        if (!digest.IsOf(bytes, algorithm)) throw VerifyingStream.Mismatch(digest, Digest.Compute(bytes, algorithm));
    }

    /// <summary>Every file that is named as content of a known algorithm; anything else in <c>blobs/</c> is nobody's here.</summary>
    public IEnumerable<StoredBlob> List()
    {
        foreach (var algorithm in DigestAlgorithms.All)
        {
            foreach (var file in _layout.List(LayoutNames.Directory(algorithm)))
            {
                if (file.Kind != FileKind.Directory && Digest.TryFromFile(algorithm, file.Listed, out var digest)) yield return new StoredBlob(digest, file);
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

/// <summary>A file that is named as content.</summary>
/// <param name="Digest">By its name.</param>
/// <param name="File">What is known of it.</param>
internal readonly record struct StoredBlob(Digest Digest, FileFact File);
