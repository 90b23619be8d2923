#if !NETSTANDARD2_0
using System.IO;
using OciLayout.Common;
using ZstdSharp;

namespace OciLayout.Images;

/// <summary>Decompresses zstd. Damaged data is an <see cref="InvalidDataException"/>.</summary>
internal sealed class ZstdLayer(Stream stored) : ReadOnlyStream
{
    private readonly DecompressionStream _plain = new(stored, leaveOpen: false);

    public override int Read(byte[] buffer, int offset, int count)
    {
        try
        {
            return _plain.Read(buffer, offset, count);
        }
        catch (System.Exception e) when (e is ZstdException or EndOfStreamException)
        {
            throw new InvalidDataException("its zstd data is corrupt or truncated", e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _plain.Dispose();
        base.Dispose(disposing);
    }
}
#endif
