using System;
using System.IO;

namespace OciLayout.Storage.Tar;

/// <summary>Detects the format of a file by its first bytes, not by its name.</summary>
internal static class ArchiveKind
{
    private static ReadOnlySpan<byte> Gzip => [0x1F, 0x8B];

    private static ReadOnlySpan<byte> Zstandard => [0x28, 0xB5, 0x2F, 0xFD];

    private static ReadOnlySpan<byte> Bzip2 => "BZh"u8;

    private static ReadOnlySpan<byte> Xz => [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0];

    /// <summary>
    /// Returns the compression of a file: <c>gzip</c>, <c>zstd</c>, <c>bzip2</c> or <c>xz</c>; null when it has none of these.
    /// </summary>
    public static string? CompressionOf(ReadOnlySpan<byte> start) =>
        start.StartsWith(Gzip) ? "gzip" : start.StartsWith(Zstandard) ? "zstd" : start.StartsWith(Xz) ? "xz" : start.StartsWith(Bzip2) ? "bzip2" : null;

    /// <summary>Reads the first 512 bytes of a stream, or fewer at its end.</summary>
    public static byte[] ReadStart(Stream stream, out int count)
    {
        var block = new byte[TarHeader.Size];
        count = 0;
        for (int read; count < block.Length && (read = stream.Read(block, count, block.Length - count)) > 0;) count += read;
        return block;
    }

    public static bool IsTar(byte[] start, int count) => count == TarHeader.Size && (TarHeader.IsZero(start) || TarHeader.HasValidChecksum(start));

    /// <summary>Throws unless a stream is an uncompressed tar archive. Its position is then at the beginning.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidArchive"/>, <see cref="OciErrorKind.InvalidLayout"/>.</exception>
    public static void RequirePlainTar(Stream stream, string path)
    {
        var start = ReadStart(stream, out var count);
        stream.Position = 0;
        if (CompressionOf(start.AsSpan(0, count)) is { } compression)
        {
            throw new OciException(OciErrorKind.InvalidArchive, $"'{path}' is compressed with {compression}, so it cannot be read in place.", path)
            {
                Expected = "a directory or an uncompressed tar archive",
                Actual = compression,
            };
        }

        if (!IsTar(start, count)) throw NoLayout(path);
    }

    /// <summary>Returns the error for a compression that cannot be read. <see cref="OciException.Actual"/> names it.</summary>
    public static OciException Unsupported(string archive, string problem, string compression) =>
        new(OciErrorKind.InvalidArchive, $"The archive '{archive}' cannot be used: {problem}. Only gzip can be read.", archive)
        {
            Expected = "an archive without compression, or with gzip",
            Actual = compression,
        };

    public static OciException NoLayout(string path) =>
        new(OciErrorKind.InvalidLayout, $"'{path}' is no image layout: it is neither a directory nor a tar archive.", path)
        {
            Expected = "a directory or an uncompressed tar archive",
        };
}
