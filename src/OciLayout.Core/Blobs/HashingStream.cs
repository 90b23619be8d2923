using System;
using System.IO;
using System.Security.Cryptography;
using OciLayout.Model;

namespace OciLayout.Blobs;

/// <summary>Hashes the bytes that are read from or written to another stream.</summary>
internal sealed class HashingStream(Stream inner, DigestAlgorithm algorithm) : Stream
{
    private readonly IncrementalHash _hash = algorithm.CreateHash();

    public override bool CanRead => inner.CanRead;

    public override bool CanSeek => false;

    public override bool CanWrite => inner.CanWrite;

    public override long Length => inner.Length;

    public override long Position
    {
        get => inner.Position;
        set => throw new NotSupportedException();
    }

    /// <summary>Returns the digest of all bytes so far. Call it once.</summary>
    public Digest Finish() => Digest.FromHash(_hash, algorithm);

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = inner.Read(buffer, offset, count);
        _hash.AppendData(buffer, offset, read);
        return read;
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        _hash.AppendData(buffer, offset, count);
        inner.Write(buffer, offset, count);
    }

    public override void Flush() => inner.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _hash.Dispose();
        base.Dispose(disposing);
    }
}
