using System.IO;

namespace OciLayout.Common;

/// <summary>Reads a stream that stays open when this one is disposed.</summary>
internal sealed class UnownedStream(Stream source) : ReadOnlyStream
{
    public override bool CanSeek => source.CanSeek;

    public override long Length => source.Length;

    public override long Position
    {
        get => source.Position;
        set => source.Position = value;
    }

    public override int Read(byte[] buffer, int offset, int count) => source.Read(buffer, offset, count);

    public override long Seek(long offset, SeekOrigin origin) => source.Seek(offset, origin);
}
