using System;
using OciLayout.Common;

namespace OciLayout.Safety.Hostile;

/// <summary>A stream over bytes that cannot seek and returns only some bytes at a time.</summary>
internal sealed class ForwardStream(byte[] bytes) : ReadOnlyStream
{
    private int _at;

    public override int Read(byte[] buffer, int offset, int count)
    {
        int read = Math.Min(Math.Min(count, 300), bytes.Length - _at);
        Array.Copy(bytes, _at, buffer, offset, read);
        _at += read;
        return read;
    }
}
