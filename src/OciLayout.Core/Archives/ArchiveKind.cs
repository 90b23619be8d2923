using System;
using System.IO;
using OciLayout.Common;
using OciLayout.Model;

namespace OciLayout.Archives;

/// <summary>Detects the format of a file by its first bytes, not by its name.</summary>
internal static class ArchiveKind
{
    /// <summary>Returns the compression of a file, such as <c>gzip</c>; null when it has none, or when it starts with the header of a tar archive.</summary>
    public static string? CompressionOf(byte[] start, int count) => IsTar(start, count) ? null : CompressionOf(start.AsSpan(0, count));

    /// <summary>Reads the first 512 bytes of a stream, or fewer at its end.</summary>
    public static byte[] ReadStart(Stream stream, out int count)
    {
        var block = new byte[TarHeader.Size];
        count = stream.Fill(block, 0, block.Length);
        return block;
    }

    public static bool IsTar(byte[] start, int count) => count == TarHeader.Size && (TarHeader.IsZero(start) || TarHeader.HasValidChecksum(start));

    /// <summary>Throws unless a stream is an uncompressed tar archive. Its position is then at the beginning.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidArchive"/>, <see cref="OciErrorKind.InvalidLayout"/>.</exception>
    public static void RequirePlainTar(Stream stream, string path)
    {
        var start = ReadStart(stream, out var count);
        stream.Position = 0;
        if (CompressionOf(start, count) is { } compression)
        {
            throw ArchiveErrors.CompressedStore(path, compression);
        }

        if (!IsTar(start, count)) throw ArchiveErrors.NotALayout(path);
    }

    private static string? CompressionOf(ReadOnlySpan<byte> start) =>
        start.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) ? "gzip"
        : start.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]) || IsSkippable(start) ? "zstd"
        : start.StartsWith((ReadOnlySpan<byte>)[0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]) ? "xz"
        : start.StartsWith("BZh"u8) ? "bzip2"
        : start.StartsWith((ReadOnlySpan<byte>)[0x04, 0x22, 0x4D, 0x18]) ? "lz4"
        : start.StartsWith("LZIP"u8) ? "lzip"
        : start.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x9D]) ? "compress"
        : start.StartsWith((ReadOnlySpan<byte>)[(byte)'P', (byte)'K', 3, 4]) ? "zip"
        : start.StartsWith((ReadOnlySpan<byte>)[(byte)'7', (byte)'z', 0xBC, 0xAF, 0x27, 0x1C]) ? "7-Zip"
        : start.StartsWith("Rar!"u8) ? "RAR"
        : null;

    // pzstd writes a skippable frame before each frame (RFC 8878, section 3.1.2).
    private static bool IsSkippable(ReadOnlySpan<byte> start) => start.Length >= 8 && (start[0] & 0xF0) == 0x50 && start.Slice(1).StartsWith((ReadOnlySpan<byte>)[0x2A, 0x4D, 0x18]);
}
