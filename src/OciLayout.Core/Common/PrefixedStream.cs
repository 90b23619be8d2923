using System;
using System.IO;

namespace OciLayout.Common;

/// <summary>Returns bytes that were read from a stream before, and then the rest of the stream.</summary>
internal sealed class PrefixedStream(byte[] start, int length, Stream rest) : ReadOnlyStream
{
    private int _at;

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (_at == length) return rest.Read(buffer, offset, count);
        var taken = Math.Min(count, length - _at);
        Buffer.BlockCopy(start, _at, buffer, offset, taken);
        _at += taken;
        return taken;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) rest.Dispose();
        base.Dispose(disposing);
    }
}
