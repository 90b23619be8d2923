using System;
using System.IO;

namespace OciLayout.Tests.Blobs;

/// <summary>A stream that must not be read.</summary>
internal sealed class UnreadableStream : MemoryStream
{
    public override int Read(byte[] buffer, int offset, int count) => throw new InvalidOperationException("The stream was read.");

    public override int Read(Span<byte> buffer) => throw new InvalidOperationException("The stream was read.");
}
