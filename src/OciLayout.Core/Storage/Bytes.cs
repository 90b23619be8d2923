using System;
using System.IO;

namespace OciLayout.Storage;

/// <summary>Arrays of bytes that are not made twice.</summary>
internal static class Bytes
{
    private const int Chunk = 80 * 1024;

    public static byte[] Join(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        var result = new byte[first.Length + second.Length];
        first.CopyTo(result);
        second.CopyTo(result.AsSpan(first.Length));
        return result;
    }

    /// <summary>Reads a file of which the bytes may be known already, as they mostly are when a commit reads the index again.</summary>
    /// <returns>What it holds; the known array itself when it holds that.</returns>
    public static byte[] Read(Stream file, byte[] known)
    {
        var length = (int)file.Length;
        if (length != known.Length) return Rest(file, new byte[length], 0);
        var chunk = new byte[Math.Min(length, Chunk)];
        for (var done = 0; done < length;)
        {
            var read = file.Read(chunk, 0, Math.Min(chunk.Length, length - done));
            if (read > 0 && chunk.AsSpan(0, read).SequenceEqual(known.AsSpan(done, read)))
            {
                done += read;
                continue;
            }

            var bytes = new byte[length];
            known.AsSpan(0, done).CopyTo(bytes);
            chunk.AsSpan(0, read).CopyTo(bytes.AsSpan(done));
            return Rest(file, bytes, done + read);
        }

        return known;
    }

    private static byte[] Rest(Stream file, byte[] bytes, int done)
    {
        for (int read; done < bytes.Length && (read = file.Read(bytes, done, bytes.Length - done)) > 0;) done += read;
        if (done < bytes.Length) Array.Resize(ref bytes, done);
        return bytes;
    }
}
