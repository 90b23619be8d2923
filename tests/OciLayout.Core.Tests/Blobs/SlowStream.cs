using System;
using OciLayout.Common;

namespace OciLayout.Tests.Blobs;

/// <summary>A stream that returns a few bytes per read, as a pipe does.</summary>
internal sealed class SlowStream(byte[] content) : ReadOnlyStream
{
    private readonly Random _random = new(content.Length);
    private int _position;

    public Action AtEnd { get; set; } = () => { };

    public bool Endless { get; set; }

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (_position == content.Length)
        {
            AtEnd();
            return Endless ? 1 : 0;
        }

        var most = Math.Min(count, content.Length - _position);
        var read = most <= 1 ? most : _random.Next(1, most + 1);
        Array.Copy(content, _position, buffer, offset, read);
        _position += read;
        return read;
    }
}
