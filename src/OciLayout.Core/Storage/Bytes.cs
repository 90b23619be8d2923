using System;
using System.IO;

namespace OciLayout.Storage;

/// <summary>Arrays of bytes.</summary>
internal static class Bytes
{
    public static byte[] Join(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        var result = new byte[first.Length + second.Length];
        first.CopyTo(result);
        second.CopyTo(result.AsSpan(first.Length));
        return result;
    }

    /// <summary>Reads what is left of a stream that knows its length.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="position">How much of it was read.</param>
    public static byte[] ReadAll(Stream stream, long position = 0)
    {
        var bytes = new byte[Math.Max(0, stream.Length - position)];
        var done = 0;
        for (int read; done < bytes.Length && (read = stream.Read(bytes, done, bytes.Length - done)) > 0;) done += read;
        if (done < bytes.Length) Array.Resize(ref bytes, done);
        return bytes;
    }
}
