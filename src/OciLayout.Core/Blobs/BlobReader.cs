using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Layout;
using OciLayout.Model;

namespace OciLayout.Blobs;

/// <summary>Finds, lists and reads the blobs of a layout, and verifies their content. Thread-safe.</summary>
internal sealed class BlobReader
{
    private const int UsualManifest = 4096;
    private const int LargestSpare = 1 << 16;
    private const int LongestArray = 0x7FFFFFC7; // the limit of .NET

    [ThreadStatic]
    private static byte[]? s_spare;

    private readonly ILayout _layout;

    public BlobReader(ILayout layout) => _layout = layout;

    /// <summary>The path of the layout, for messages.</summary>
    public string Root => _layout.Root;

    /// <summary>
    /// Returns the file of a digest; null if it does not exist. Only a regular file counts. An empty file counts only for the digest of
    /// empty content, because a FIFO also has the length 0 and would block the reader.
    /// </summary>
    public FileStatus? Find(Digest digest)
    {
        if (digest.IsEmpty) throw ContentErrors.NoDigest();
        if (_layout.Stat(digest) is not { Kind: FileKind.File } fact) return null;
        return fact.Length > 0 || IsDigestOfNothing(digest) ? fact : null;
    }

    /// <summary>Opens content. Checks its size now, and its digest while it is read.</summary>
    /// <param name="digest">The content.</param>
    /// <param name="size">The size in the descriptor, in bytes; null to accept any size.</param>
    public Stream Open(Digest digest, long? size)
    {
        var algorithm = AlgorithmOf(digest);
        var file = OpenUnverified(digest, size);
        return new VerifyingStream(file, digest, algorithm, file.Length, Root);
    }

    /// <summary>Opens content for a caller that verifies the digest itself, such as a push. Checks the size.</summary>
    public Stream OpenUnverified(Digest digest, long? size)
    {
        _ = AlgorithmOf(digest);
        var file = OpenFile(digest);
        try
        {
            if (file.Length == 0 && !IsDigestOfNothing(digest)) throw ContentErrors.NotStored(digest, Root); // same rule as in Find
            if (size is not { } expected || expected == file.Length) return file;
            throw ContentErrors.WrongSize(digest, expected, file.Length, Root);
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
        if (digest.IsEmpty) throw ContentErrors.NoDigest();
        throw ContentErrors.UnsupportedAlgorithm(digest, "verify");
    }

    private Stream OpenFile(Digest digest)
    {
        try
        {
            return _layout.Open(digest);
        }
        catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // The content is empty and its file is a FIFO, which must not be opened.
            return IsDigestOfNothing(digest) && Find(digest) is not null ? Stream.Null : throw ContentErrors.NotStored(digest, Root, cause: e);
        }
    }

    /// <summary>Reads content completely and verifies it.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.SizeLimitExceeded"/>, and the errors of <see cref="Open"/>.</exception>
    public byte[] ReadAll(Digest digest, long? size, long limit, CancellationToken cancellationToken)
    {
        byte[] bytes = [];
        ReadAll(digest, size, limit, ref bytes, cancellationToken);
        return bytes;
    }

    /// <summary>Reads content completely into a buffer and verifies it. If the buffer is too short, it is replaced by a new one.</summary>
    /// <returns>The number of bytes read.</returns>
    public int ReadAll(Digest digest, long? size, long limit, ref byte[] buffer, CancellationToken cancellationToken)
    {
        if (size > limit) throw ContentErrors.TooLarge(digest, size.Value, limit);
        using var file = OpenUnverified(digest, size);
        if (file.Length > Math.Min(limit, LongestArray)) throw ContentErrors.TooLarge(digest, file.Length, Math.Min(limit, LongestArray));
        var length = (int)file.Length;
        if (buffer.Length < length) buffer = new byte[length];
        var count = file.Fill(buffer, 0, length, cancellationToken);
        if (count < length) throw ContentErrors.Truncated(digest, length, count);
        Verify(digest, buffer.AsSpan(0, length), AlgorithmOf(digest));
        return length;
    }

    /// <summary>Reads and verifies content for a function that does not keep the bytes.</summary>
    /// <param name="digest">The content.</param>
    /// <param name="limit">The maximum size, in bytes.</param>
    /// <param name="about">The argument of the function.</param>
    /// <param name="use">The function. The bytes it receives are only valid until it returns.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    public TResult Use<TAbout, TResult>(Digest digest, long limit, TAbout about, Func<ReadOnlyMemory<byte>, TAbout, TResult> use, CancellationToken cancellationToken)
    {
        var buffer = s_spare ?? new byte[UsualManifest];
        s_spare = null;
        try
        {
            var length = ReadShort(digest, buffer);
            if (length == 0 || length > limit) length = ReadAll(digest, null, limit, ref buffer, cancellationToken);
            return use(buffer.AsMemory(0, length), about);
        }
        finally
        {
            if (buffer.Length <= LargestSpare) s_spare = buffer;
        }
    }

    // Returns 0 if the content is not valid. The caller then reads it again, which reports the error.
    private int ReadShort(Digest digest, byte[] buffer)
    {
        if (digest.KnownAlgorithm is not { } algorithm) return 0;
        var length = _layout.ReadShort(digest, buffer);
        return digest.IsOf(buffer.AsSpan(0, length), algorithm) ? length : 0;
    }

    private void Verify(Digest digest, ReadOnlySpan<byte> bytes, DigestAlgorithm algorithm)
    {
        if (!digest.IsOf(bytes, algorithm)) throw ContentErrors.WrongDigest(digest, Digest.Compute(bytes, algorithm), Root);
    }

    /// <summary>Lists every file whose name is the digest of a known algorithm. Other files in <c>blobs/</c> are ignored.</summary>
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

    private static bool IsDigestOfNothing(Digest digest) =>
        digest.KnownAlgorithm is { } algorithm && digest == Digest.Compute(default, algorithm);
}
