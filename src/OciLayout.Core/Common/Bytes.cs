using System;
using System.IO;

namespace OciLayout.Common;

/// <summary>Helpers for byte arrays.</summary>
internal static class Bytes
{
    public static byte[] Join(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        var result = new byte[first.Length + second.Length];
        first.CopyTo(result);
        second.CopyTo(result.AsSpan(first.Length));
        return result;
    }

    /// <summary>Reads the rest of a stream that has a length.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="position">The current position in the stream.</param>
    public static byte[] ReadAll(Stream stream, long position = 0)
    {
        var bytes = new byte[Math.Max(0, stream.Length - position)];
        var done = 0;
        for (int read; done < bytes.Length && (read = stream.Read(bytes, done, bytes.Length - done)) > 0;) done += read;
        if (done < bytes.Length) Array.Resize(ref bytes, done);
        return bytes;
    }
}
