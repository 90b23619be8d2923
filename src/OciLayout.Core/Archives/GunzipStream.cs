#if !NETSTANDARD2_0
using System;
#endif
using System.IO;
using System.IO.Compression;
using OciLayout.Common;

namespace OciLayout.Archives;

/// <summary>
/// Decompresses gzip. Damaged data is an <see cref="InvalidDataException"/> that says so. .NET Framework reads only the first member (RFC
/// 1952, section 2.2). Bytes after it are an exception with the text <see cref="SeveralMembers"/> there.
/// </summary>
internal sealed class GunzipStream : ReadOnlyStream
{
    public const string SeveralMembers = "bytes follow the first member of its gzip data, and .NET Framework does not read them";

#if NETSTANDARD2_0
    private static readonly bool ReadsAllMembers = CanReadMembers();
#else
    private static bool ReadsAllMembers => true;
#endif

    private readonly GZipStream _plain;
    private readonly TrailerStream? _trailer;
    private uint _length; // modulo 2^32, as in the trailer

    public GunzipStream(Stream compressed, bool leaveOpen = false)
    {
        if (!ReadsAllMembers) compressed = _trailer = new TrailerStream(compressed, leaveOpen);
        _plain = new GZipStream(compressed, CompressionMode.Decompress, leaveOpen);
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        int read;
        try
        {
            read = _plain.Read(buffer, offset, count);
        }
        catch (InvalidDataException e)
        {
            throw Corrupt(e);
        }

        _length = unchecked(_length + (uint)read);
        if (read == 0 && count > 0 && _trailer is not null && _trailer.ReadLength() != _length) throw new InvalidDataException(SeveralMembers);
        return read;
    }

#if !NETSTANDARD2_0
    /// <summary>
    /// Writes the rest of the content. Since .NET 10, the framework gives whole blocks to zlib here, which takes a fifth less time than
    /// <see cref="Read"/> with its blocks of 8 KiB. Older versions can lose members that begin at the start of a block.
    /// </summary>
    public override void CopyTo(Stream destination, int bufferSize)
    {
        if (Environment.Version.Major < 10)
        {
            base.CopyTo(destination, bufferSize);
            return;
        }

        try
        {
            _plain.CopyTo(destination, bufferSize);
        }
        catch (InvalidDataException e)
        {
            throw Corrupt(e);
        }
    }
#endif

    protected override void Dispose(bool disposing)
    {
        if (disposing) _plain.Dispose();
        base.Dispose(disposing);
    }

    private static InvalidDataException Corrupt(InvalidDataException e) => new("its gzip data is corrupt", e); // the text of the framework is about zip files

#if NETSTANDARD2_0
    private static bool CanReadMembers()
    {
        using var stored = new MemoryStream();
        for (var member = 0; member < 2; member++)
        {
            using var gzip = new GZipStream(stored, CompressionLevel.Fastest, leaveOpen: true);
            gzip.WriteByte(0);
        }

        stored.Position = 0;
        using var plain = new GZipStream(stored, CompressionMode.Decompress);
        return plain.Fill(new byte[2], 0, 2) == 2;
    }
#endif
}
