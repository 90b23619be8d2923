using System.IO;
using System.IO.Compression;
using OciLayout.Common;

namespace OciLayout.Archives;

/// <summary>Decompresses gzip. Damaged data is an <see cref="InvalidDataException"/> that says so.</summary>
internal sealed class GunzipStream(Stream compressed, bool leaveOpen = false) : ReadOnlyStream
{
    private readonly GZipStream _plain = new(compressed, CompressionMode.Decompress, leaveOpen);

    public override int Read(byte[] buffer, int offset, int count)
    {
        try
        {
            return _plain.Read(buffer, offset, count);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException("its gzip data is corrupt", e); // the text of the framework is about zip files
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _plain.Dispose();
        base.Dispose(disposing);
    }
}
