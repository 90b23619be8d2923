using System;
using System.IO;
using System.Security.Cryptography;
using OciLayout.Model;

namespace OciLayout.Blobs;

/// <summary>Reads and verifies a blob. The read that would return the last byte fails if the digest does not match.</summary>
internal sealed class VerifyingStream : Stream
{
    private readonly Stream _inner;
    private readonly Digest _expected;
    private readonly DigestAlgorithm _algorithm;
    private readonly IncrementalHash _hash;
    private readonly long _length;
    private readonly string? _root;
    private long _position;
    private OciException? _failure; // thrown by all later reads

    /// <summary>Verifies the content of a stream.</summary>
    /// <param name="inner">The content.</param>
    /// <param name="expected">The digest that it must have.</param>
    /// <param name="algorithm">The algorithm of the digest.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="root">The layout that it is read from, for messages; null if it is not read from one.</param>
    public VerifyingStream(Stream inner, Digest expected, DigestAlgorithm algorithm, long length, string? root = null)
    {
        _inner = inner;
        _expected = expected;
        _algorithm = algorithm;
        _hash = algorithm.CreateHash();
        _length = length;
        _root = root;
        if (length == 0) Finish();
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => _length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException("Verified content is read once, from its beginning.");
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (_failure is not null) throw _failure;
        if (count == 0 || _position == _length) return 0;
        var read = _inner.Read(buffer, offset, (int)Math.Min(count, _length - _position));
        if (read == 0) throw _failure = ContentErrors.Truncated(_expected, _length, _position);

        _hash.AppendData(buffer, offset, read);
        _position += read;
        if (_position < _length) return read;
        try
        {
            Finish();
        }
        catch (OciException e)
        {
            Array.Clear(buffer, offset, read); // do not return the end of wrong content
            _failure = e;
            throw;
        }

        return read;
    }

    private void Finish()
    {
        var actual = Digest.FromHash(_hash, _algorithm);
        if (actual != _expected) throw ContentErrors.WrongDigest(_expected, actual, _root);
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }
}
