using System;
using System.Buffers;
using System.IO;
using System.Threading;

namespace OciLayout.Common;

/// <summary>Reads and copies streams.</summary>
internal static class StreamExtensions
{
    /// <summary>The size of a buffer for content, in bytes.</summary>
    public const int BufferSize = 128 * 1024;

    // Limits one read, so that a cancellation is noticed while a large buffer is filled.
    private const int LongestRead = 1 << 20;

    /// <summary>
    /// Reads until a part of a buffer is full or the stream ends. A single read may return fewer bytes than requested.
    /// </summary>
    /// <returns>The number of bytes read; fewer than <paramref name="count"/> only at the end of the stream.</returns>
    public static int Fill(this Stream source, byte[] buffer, int offset, int count, CancellationToken cancellationToken = default)
    {
        var done = 0;
        while (done < count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var read = source.Read(buffer, offset + done, Math.Min(count - done, LongestRead));
            if (read == 0) break;
            done += read;
        }

        return done;
    }

    /// <summary>Skips bytes by reading them.</summary>
    /// <returns>The number of bytes skipped; fewer than <paramref name="count"/> are possible, and 0 only at the end.</returns>
    public static int SkipByReading(this Stream source, int count)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Min(count, BufferSize));
        try
        {
            return source.Read(buffer, 0, Math.Min(count, buffer.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads the rest of a stream that has a length.</summary>
    /// <param name="source">The stream.</param>
    /// <param name="position">The current position in the stream.</param>
    public static byte[] ReadToEnd(this Stream source, long position = 0)
    {
        var bytes = new byte[Math.Max(0, source.Length - position)];
        var count = source.Fill(bytes, 0, bytes.Length);
        if (count < bytes.Length) Array.Resize(ref bytes, count);
        return bytes;
    }

    /// <summary>Copies the rest of a stream.</summary>
    /// <param name="source">The stream to read.</param>
    /// <param name="target">The stream to write.</param>
    /// <param name="cancellationToken">The token that cancels copying.</param>
    /// <param name="copied">Called with the number of bytes after each block.</param>
    public static void CopyTo(this Stream source, Stream target, CancellationToken cancellationToken, Action<int>? copied = null)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            for (int read; (read = source.Read(buffer, 0, BufferSize)) > 0; copied?.Invoke(read))
            {
                cancellationToken.ThrowIfCancellationRequested();
                target.Write(buffer, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads a stream to its end, for a stream that verifies or hashes what is read.</summary>
    /// <param name="source">The stream.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    /// <param name="read">Called with the number of bytes after each block.</param>
    public static void Drain(this Stream source, CancellationToken cancellationToken, Action<int>? read = null) =>
        source.CopyTo(Stream.Null, cancellationToken, read);
}
