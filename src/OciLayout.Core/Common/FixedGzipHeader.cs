using System.IO;

namespace OciLayout.Common;

/// <summary>
/// Replaces the header of a gzip stream by a fixed one. .NET writes the operating system and the compression level into it, which would
/// make equal archives differ.
/// </summary>
internal sealed class FixedGzipHeader(Stream target) : WriteOnlyStream
{
    /// <summary>The header: no name, no time, an unknown operating system.</summary>
    public static readonly byte[] Bytes = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255];

    private int _position;

    public override void Write(byte[] buffer, int offset, int count)
    {
        for (; _position < Bytes.Length && count > 0; _position++, offset++, count--) target.WriteByte(Bytes[_position]);
        if (count > 0) target.Write(buffer, offset, count);
    }

    public override void Flush() => target.Flush();
}
