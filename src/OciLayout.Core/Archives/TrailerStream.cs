using System;
using System.IO;
using System.Threading;
using OciLayout.Common;

namespace OciLayout.Archives;

/// <summary>Keeps the last four bytes of gzip data. They are the length of the content of the last member, modulo 2^32.</summary>
internal sealed class TrailerStream(Stream compressed, bool leaveOpen) : ReadOnlyStream
{
    private readonly byte[] _last = new byte[4];

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = compressed.Read(buffer, offset, count);
        var kept = Math.Max(0, _last.Length - read);
        Array.Copy(_last, _last.Length - kept, _last, 0, kept);
        Array.Copy(buffer, offset + read - (_last.Length - kept), _last, kept, _last.Length - kept);
        return read;
    }

    /// <summary>Reads to the end, and returns the length.</summary>
    public uint ReadLength()
    {
        this.Drain(CancellationToken.None);
        return _last[0] | ((uint)_last[1] << 8) | ((uint)_last[2] << 16) | ((uint)_last[3] << 24);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !leaveOpen) compressed.Dispose();
        base.Dispose(disposing);
    }
}
